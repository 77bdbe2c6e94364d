"""Changing who holds a part of the money: which part and who, from when, why; then what it does, before it is done."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from isf import queries as people
from isf.budgets import answers, queries
from isf.budgets.answers import Answers, Kind
from isf.budgets.commands import change_route, rehearse
from isf.budgets.reading import holder_typed
from isf.budgets.routes.effects import effect_lines
from isf.budgets.rules import Standing
from isf.budgets.writing import Written
from isf.routes.reading import MANAGES, uuid_typed
from isf.rules import FundDraft, fund_title
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route

_PATH = "/people/{person_id:uuid}/budget/holder"


@get(_PATH, opt=MANAGES)
async def show_who(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Which part of the money, and who holds it from then on."""
    return await _who_page(request, actor, person_id, Form({}))


@post(_PATH, opt=MANAGES, status_code=200)
async def do_who(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Keep who it is and go on to the day."""
    await people.person(actor, person_id)
    form = await Form.read(request)
    try:
        standing = await _standing(actor, person_id)
        fund_id = uuid_typed(form, "fund")
        if fund_id not in {share.fund_id for share in standing.shares}:
            form.fail("fund", "Choose the part that somebody else will hold")
        await _to(actor, form)
        form.check()
        made = await answers.start(actor, person_id, Kind.HOLDER, "who", form.values, standing.seen, fund_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _who_page(request, actor, person_id, form, status=refusal.status)
    return Redirect(f"/people/{person_id}/budget/holder/{made}/when", status_code=303)


async def _standing(actor: Actor, person_id: UUID, day: date | None = None) -> Standing:
    standing = await queries.standing_for(actor, person_id, day)
    if standing is None:
        raise Conflict("There is no budget yet. Make one first, on the person’s page.")
    return standing


async def _to(actor: Actor, form: Form) -> FundDraft:
    route = form.choice("route", Route, required="Choose how the money is held from then on")
    if route is None:
        return FundDraft(Route.COUNCIL_MANAGED, ZERO)
    user, organisation = await holder_typed(actor, form, route, "holder")
    return FundDraft(route, ZERO, user, organisation)


async def _who_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    standing = await _standing(actor, person_id)
    titles = await queries.titles_of(person_id)
    funds = [(str(share.fund_id), titles[share.fund_id]) for share in standing.shares]
    return await page(
        request, "isf/budgets/who.html", status=status, about=person_id, person=person, funds=funds,
        fund=request.query_params.get("fund") or (funds[0][0] if len(funds) == 1 else None),
        holders=[("", "Choose an organisation"), *await people.holders(actor)],
        form=form.values, errors=form.errors,
    )  # fmt: skip


@get(_PATH + "/{handover_id:uuid}/when", opt=MANAGES)
async def show_from_when(
    request: AnyRequest, actor: Actor, person_id: UUID, handover_id: UUID
) -> Response[Any]:
    """From which day, and why."""
    told = await answers.load(actor, person_id, handover_id, Kind.HOLDER)
    return await _when_page(request, actor, told, Form(told.page("when")))


@post(_PATH + "/{handover_id:uuid}/when", opt=MANAGES, status_code=200)
async def do_from_when(
    request: AnyRequest, actor: Actor, person_id: UUID, handover_id: UUID
) -> Response[Any]:
    """Keep the day and the reason; what stands in the way is told here."""
    told = await answers.load(actor, person_id, handover_id, Kind.HOLDER)
    form = await Form.read(request)
    try:
        day = form.day("starts_on", required="Enter the first day with the new holder, like 1 4 2027")
        seen = (await _standing(actor, person_id, day)).seen if day else ""
        await answers.keep(actor, handover_id, "when", form.values, seen)
        form.text("because", required="Write why somebody else holds the money")
        form.check()
        told = await answers.load(actor, person_id, handover_id, Kind.HOLDER)
        await rehearse(partial(_do, actor, told, ""))
    except DomainError as refusal:
        form.take(refusal)
        return await _when_page(request, actor, told, form, status=refusal.status)
    return Redirect(f"/people/{person_id}/budget/holder/{handover_id}/check", status_code=303)


async def _when_page(
    request: AnyRequest, actor: Actor, told: Answers, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, told.person_id)
    for name in ("holder", "route", "isf-holder", "direct_payment-holder"):
        if name in form.errors:  # Typed on the page before: told as a whole here.
            form.fail("_form", form.errors.pop(name))
    return await page(
        request, "isf/budgets/from_when.html", status=status, about=told.person_id, person=person, told=told,
        today=clock.today(), form=form.values, errors=form.errors,
    )  # fmt: skip


async def _do(actor: Actor, told: Answers, seen: str) -> Written:
    when = Form(told.page("when"))
    who = Form(told.page("who"))
    starts_on = when.day("starts_on", required="Enter the first day with the new holder, like 1 4 2027")
    to = await _to(actor, who)
    when.check()
    who.check()
    assert starts_on is not None  # noqa: S101 - the form was checked
    assert told.fund_id is not None  # noqa: S101 - as it was started
    return await change_route(
        actor, told.fund_id, starts_on, to, when.text("because"), seen=seen, change_id=told.id
    )


@get(_PATH + "/{handover_id:uuid}/check", opt=MANAGES)
async def show_check_holder(
    request: AnyRequest, actor: Actor, person_id: UUID, handover_id: UUID
) -> Response[Any]:
    """What happens in pounds, before it is done."""
    told = await answers.load(actor, person_id, handover_id, Kind.HOLDER)
    if told.budget_id is not None:
        return Redirect(f"/people/{person_id}/budget", status_code=303)
    if not told.page("when"):
        return Redirect(f"/people/{person_id}/budget/holder/{handover_id}/when", status_code=303)
    return await _check_page(request, actor, told, Form({}))


@post(_PATH + "/{handover_id:uuid}/check", opt=MANAGES, status_code=200)
async def do_check_holder(
    request: AnyRequest, actor: Actor, person_id: UUID, handover_id: UUID
) -> Response[Any]:
    """Give the rest to the new holder; clicked twice, once."""
    told = await answers.load(actor, person_id, handover_id, Kind.HOLDER)
    form = Form({})
    try:
        async with db.unit_of_work():
            await answers.lock(handover_id)
            told = await answers.load(actor, person_id, handover_id, Kind.HOLDER)
            written = await _do(actor, told, told.seen)
            await answers.finish(handover_id, written.budget_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _check_page(request, actor, told, form, status=refusal.status)
    return await done(
        request, f"/people/{person_id}/budget", "Somebody else holds the money from that day on."
    )


async def _check_page(
    request: AnyRequest, actor: Actor, told: Answers, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, told.person_id)
    starts_on = Form(told.page("when")).day("starts_on") or clock.today()
    who = Form(told.page("who"))
    to = await _to(actor, who)
    names: dict[UUID | None, str] = dict(await people.holders(actor))
    title = fund_title(to.route, names.get(to.holder_organisation_id, ""))
    context: dict[str, Any] = {"effects": []}
    try:
        standing = await _standing(actor, told.person_id, starts_on)
        written = await rehearse(partial(_do, actor, told, ""))
        share = next(share for share in standing.shares if share.fund_id == told.fund_id)
        rest = share.rest(starts_on)
        new = {} if standing.of(to.holder) else {title: Money(rest.whole.pence)}
        await answers.keep(actor, told.id, "seen", {}, standing.seen)
        context = {
            "effects": await effect_lines(told.person_id, written, starts_on, new),
            "rest": rest,
            "moved": told.seen != standing.seen and not form.errors,
        }
    except DomainError as refusal:
        form.take(refusal)
        status = refusal.status if status == 200 else status
    titles = await queries.titles_of(told.person_id)
    return await page(
        request, "isf/budgets/check_holder.html", status=status, about=told.person_id, person=person, told=told,
        starts_on=starts_on, old_title=titles.get(told.fund_id) if told.fund_id else "", new_title=title,
        because=Form(told.page("when")).text("because"), errors=form.errors, **context,
    )  # fmt: skip


HANDLERS = [show_who, do_who, show_from_when, do_from_when, show_check_holder, do_check_holder]
