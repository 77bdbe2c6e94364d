"""The council's pages about relatives who sell, and the seller's own."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.relatives.commands import DecisionDraft, RelativeDraft, decide_relative, end_relative
from isf.relatives.queries import relatives_to_decide
from isf.relatives.routes import HOUSEHOLD, KINDS, relative_typed
from isf.relatives.rules import Kind
from isf.rules import first_day_after
from marketplace.bookings.relatives import commands, queries
from marketplace.identity.access import Actor, record_view
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from providers.organisations.queries import provider_of

MANAGES = {"permission": Permission.PERSON_MANAGE}
SELLS = {"permission": Permission.OFFER_MANAGE}


@get("/council/relatives", opt=MANAGES)
async def show_waiting(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What waits for a decision, the oldest first."""
    rows = [
        {
            "name": line.person_name,
            "href": f"/council/relatives/{line.id}",
            "seller": line.provider_name,
            "kind": line.kind.label,
            "household": "Yes" if line.same_household else "No",
            "declared": line.declared_at,
        }
        for line in await relatives_to_decide(actor)
    ]
    return await page(request, "bookings/relatives/waiting.html", rows=rows)


@get("/council/relatives/{relative_id:uuid}", opt=MANAGES)
async def show_one(request: AnyRequest, actor: Actor, relative_id: UUID) -> Response[Any]:
    """One relative: what was said, what waits, and the forms to decide, give back and end."""
    return await _one(request, actor, relative_id, Form({}))


@post("/council/relatives/{relative_id:uuid}/decide", opt=MANAGES, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, relative_id: UUID) -> Response[Any]:
    """Agree, or not."""
    form = await Form.read(request)
    answer = form.one_of("agreed", {"yes", "no"}, required="Choose whether the council agrees")
    starts_on = form.day("starts_on") or clock.today()
    last = form.day("last_day")
    try:
        form.check()
        ends_on = first_day_after(last) if last else None
        draft = DecisionDraft(answer == "yes", starts_on, ends_on, form.text("because", most=2000))
        await decide_relative(actor, relative_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        if "ends_on" in form.errors:
            form.errors["last_day"] = form.errors.pop("ends_on")
        return await _one(request, actor, relative_id, form, status=refusal.status)
    words = (
        "The decision is recorded." if answer == "yes" else "It is recorded that the council does not agree."
    )
    return await done(request, f"/council/relatives/{relative_id}", words)


@post("/council/relatives/{relative_id:uuid}/give-back", opt=MANAGES, status_code=200)
async def do_give_back(request: AnyRequest, actor: Actor, relative_id: UUID) -> Response[Any]:
    """Give back what waits."""
    form = await Form.read(request)
    try:
        number = await commands.give_back_barred(
            actor, relative_id, form.text("give_back_because", most=2000)
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _one(request, actor, relative_id, form, status=refusal.status)
    return await done(
        request,
        f"/council/relatives/{relative_id}",
        f"{formats.count(number, 'booking')} given back, at no cost.",
    )


@post("/council/relatives/{relative_id:uuid}/end", opt=MANAGES, status_code=200)
async def do_end(request: AnyRequest, actor: Actor, relative_id: UUID) -> Response[Any]:
    """It is not so any more."""
    form = await Form.read(request)
    ended_on = form.day("ended_on", required="Enter the day from which it is not so, like 24 11 2026")
    try:
        form.check()
        assert ended_on is not None  # noqa: S101 - `check` refuses none
        await end_relative(actor, relative_id, ended_on, form.text("ended_because", most=2000))
    except DomainError as refusal:
        form.take(refusal)
        return await _one(request, actor, relative_id, form, status=refusal.status)
    return await done(request, f"/council/relatives/{relative_id}", "It has ended.")


async def _one(
    request: AnyRequest, actor: Actor, relative_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    line, waiting = await queries.relative_with_bookings(actor, relative_id)
    await record_view(actor, "person", line.person_id)
    return await page(
        request,
        "bookings/relatives/one.html",
        status=status,
        about=line.person_id,
        line=line,
        waiting=waiting,
        booked=[
            {
                "title": each.title,
                "href": f"/bookings/{each.id}",
                "when": formats.when(each),
                "price": each.price_pence,
            }
            for each in waiting
        ],
        decided=[
            {
                "what": "Agreed" if each.agreed else "Not agreed",
                "starts_on": each.starts_on,
                "last_day": each.last_day,
                "because": each.because,
                "who": each.decided_by_name,
            }
            for each in line.decisions
        ],
        total_pence=sum(booking.price_pence for booking in waiting),
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@get("/provider/relatives", opt=SELLS)
async def show_own(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Is anybody who books with you your relative?"""
    return await _own(request, actor, Form({}))


@post("/provider/relatives", opt=SELLS, status_code=200)
async def do_own(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Say so, or keep what was typed."""
    form = await Form.read(request)
    provider = await provider_of(actor)
    customers = {str(customer.id): customer for customer in await queries.customers_of(actor)}
    chosen = form.one_of("person", customers, required="Choose who books with you")
    told = relative_typed(form)
    try:
        form.check()
        await commands.declare_by_seller(actor, customers[chosen].id, RelativeDraft(provider.id, **told))
    except DomainError as refusal:
        form.take(refusal)
        return await _own(request, actor, form, status=refusal.status)
    return await done(request, "/provider/relatives", "It is noted. Their council sees it.")


async def _own(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    return await page(
        request,
        "bookings/relatives/seller.html",
        status=status,
        provider=await provider_of(actor),
        customers=[("", "Choose")]
        + [(str(each.id), each.name) for each in await queries.customers_of(actor)],
        declared=[(each, Kind(each.kind).label) for each in await queries.declared_by_seller(actor)],
        kinds=KINDS,
        household=HOUSEHOLD,
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_waiting, show_one, do_decide, do_give_back, do_end, show_own, do_own]
