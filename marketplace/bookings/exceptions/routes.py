"""The pages of one-off sessions at the council's own service: asking, the worklist, and deciding (row D4)."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf.queries import person
from isf.routes.reading import uuid_typed
from marketplace.bookings.exceptions import commands, queries
from marketplace.bookings.exceptions.commands import Question
from marketplace.bookings.exceptions.offering import Offer, barred, offer_of
from marketplace.bookings.exceptions.rules import ExceptionState
from marketplace.bookings.places.choice import read_choice
from marketplace.bookings.rules import Side
from marketplace.identity.access import Actor, record_view, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

MANAGES = {"permission": Permission.PERSON_MANAGE}
DECIDES = {"permission": Permission.PAYMENT_IN_DECIDE}
SEES = {"permission": Permission.PERSON_SEE}


@get("/people/{person_id:uuid}/exceptions/{in_house_session_id:uuid}", opt=MANAGES)
async def show_ask(
    request: AnyRequest, actor: Actor, person_id: UUID, in_house_session_id: UUID
) -> Response[Any]:
    """The question: which money, and why. Not there where the council allows none that day."""
    return await _ask(request, actor, person_id, in_house_session_id, Form({}))


@post("/people/{person_id:uuid}/exceptions/{in_house_session_id:uuid}", opt=MANAGES, status_code=200)
async def do_ask(
    request: AnyRequest, actor: Actor, person_id: UUID, in_house_session_id: UUID
) -> Response[Any]:
    """Ask it, or keep what was typed."""
    await require_person(actor, person_id, Scope.BOOK)
    form = await Form.read(request)
    fund_id = uuid_typed(form, "fund")
    if fund_id is None:
        form.fail("fund", "Choose which money it would come off")
    why = form.text("why", required="Say why", most=2000)
    try:
        form.check()
        assert fund_id is not None  # noqa: S101 - `check` refuses None
        made = await commands.ask_exception(actor, person_id, Question(in_house_session_id, fund_id, why))
    except DomainError as refusal:
        form.take(refusal)
        return await _ask(request, actor, person_id, in_house_session_id, form, status=refusal.status)
    return await done(request, f"/exceptions/{made}", "It is asked. A finance officer decides.")


async def _ask(
    request: AnyRequest,
    actor: Actor,
    person_id: UUID,
    in_house_session_id: UUID,
    form: Form,
    *,
    status: int = 200,
) -> Response[Any]:
    await require_person(actor, person_id, Scope.BOOK)
    choice = await read_choice(actor, person_id, in_house_session_id, Side.COUNCIL)
    if await offer_of(actor, choice) is not Offer.ASKED_HERE:
        raise NotFound
    funds = [
        (str(each.fund.id), each.fund.title, f"{Money(each.fund.available_pence)} left")
        for each in barred(choice)
    ]
    return await page(
        request,
        "bookings/exceptions/ask.html",
        status=status,
        about=person_id,
        person=choice.person,
        session=choice.session,
        price_pence=choice.price_pence,
        funds=funds,
        form=form.values,
        errors=form.errors,
    )


@get("/council/exceptions", opt=DECIDES)
async def show_waiting(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What waits for a decision; not there where the council never allowed any."""
    rows = [
        {
            "name": line.person_name,
            "href": f"/council/exceptions/{line.id}",
            "what": line.title,
            "when": formats.when(line),
            "price": line.price_pence,
            "asked_by": line.asked_by_name,
        }
        for line in await queries.exceptions_to_decide(actor)
    ]
    return await page(request, "bookings/exceptions/waiting.html", rows=rows)


@get("/council/exceptions/{exception_id:uuid}", opt=DECIDES)
async def show_decide(request: AnyRequest, actor: Actor, exception_id: UUID) -> Response[Any]:
    """One question with everything that decides it."""
    return await _one(request, actor, exception_id, Form({}))


@get("/exceptions/{exception_id:uuid}", opt=SEES)
async def show_one(request: AnyRequest, actor: Actor, exception_id: UUID) -> Response[Any]:
    """The same for whoever may see the person: what was asked and what came of it."""
    return await _one(request, actor, exception_id, Form({}))


@post("/council/exceptions/{exception_id:uuid}", opt=DECIDES, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, exception_id: UUID) -> Response[Any]:
    """Approve or refuse it, with the reason."""
    form = await Form.read(request)
    answer = form.one_of("answer", {"yes", "no"}, required="Choose whether the council allows it")
    because = form.text("because", required="Say why", most=2000)
    try:
        form.check()
        if answer == "yes":
            made = await commands.approve_exception(actor, exception_id, because)
            words = (
                f"It is approved and booked. {Money(made.price_pence)} comes off the next payment afterwards."
            )
        else:
            await commands.refuse_exception(actor, exception_id, because)
            words = "It is refused. The person and the care manager see why."
    except DomainError as refusal:
        form.take(refusal)
        return await _one(request, actor, exception_id, form, status=refusal.status)
    return await done(request, f"/council/exceptions/{exception_id}", words)


@post("/exceptions/{exception_id:uuid}/withdraw", opt=MANAGES, status_code=200)
async def do_withdraw(request: AnyRequest, actor: Actor, exception_id: UUID) -> Response[Any]:
    """Take the question back."""
    form = await Form.read(request)
    try:
        await commands.withdraw_exception(actor, exception_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _one(request, actor, exception_id, form, status=refusal.status)
    return await done(request, f"/exceptions/{exception_id}", "It is withdrawn.")


async def _one(
    request: AnyRequest, actor: Actor, exception_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    line = await queries.exception(actor, exception_id)
    await record_view(actor, "person", line.person_id)
    asked = line.state is ExceptionState.ASKED
    decides = Permission.PAYMENT_IN_DECIDE in actor.permissions and actor.council_id is not None
    return await page(
        request,
        "bookings/exceptions/one.html",
        status=status,
        about=line.person_id,
        person=await person(actor, line.person_id),
        line=line,
        decides=asked and decides and actor.user_id != line.asked_by,
        withdraws=asked and Permission.PERSON_MANAGE in actor.permissions,
        back={"href": "/council/exceptions", "text": "One-off sessions"}
        if decides
        else {"href": f"/people/{line.person_id}/week", "text": f"{line.person_name}’s week"},
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    route_handlers=[show_ask, do_ask, show_waiting, show_decide, show_one, do_decide, do_withdraw],
    include_in_schema=False,
)
