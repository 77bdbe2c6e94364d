"""Changing a budget, one question a page: from when, how much, why; then what it does in pounds, before it is done."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from isf import queries as people
from isf.budgets import answers, queries
from isf.budgets.answers import Answers, Kind
from isf.budgets.commands import change_budget, rehearse
from isf.budgets.reading import change_typed, parts_shown, sums, usual_per, when_typed
from isf.budgets.routes.effects import effect_lines
from isf.budgets.rules import Standing, new_shares
from isf.routes.reading import MANAGES
from isf.rules import Collection, Per, fund_title, last_day, weeks_and_days
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.forms import Form

_PATH = "/people/{person_id:uuid}/budget/change"


def _at(person_id: UUID, change_id: UUID, name: str) -> str:
    return f"/people/{person_id}/budget/change/{change_id}/{name}"


@get(_PATH, opt=MANAGES)
async def show_when(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """From which day, and until when."""
    return await _when_page(request, actor, person_id, Form({}))


@post(_PATH, opt=MANAGES, status_code=200)
async def do_when(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Keep the days and go on to the amounts."""
    await people.person(actor, person_id)
    form = await Form.read(request)
    try:
        starts_on, _ = when_typed(form)
        form.check()
        standing = await queries.standing_for(actor, person_id, starts_on)
        if standing is None:
            form.fail("starts_on", "No budget runs on that day: enter another day, or make a new budget")
            form.check()
        assert standing is not None  # noqa: S101 - the form was checked
        made = await answers.start(actor, person_id, Kind.AMOUNTS, "when", form.values, standing.seen, None)
    except DomainError as refusal:
        form.take(refusal)
        return await _when_page(request, actor, person_id, form, status=refusal.status)
    return Redirect(_at(person_id, made, "parts"), status_code=303)


async def _when_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    standing = await queries.standing_for(actor, person_id)
    if standing is None:
        raise Conflict("There is no budget yet. Make one first, on the person’s page.")
    return await page(
        request, "isf/budgets/when.html", status=status, about=person_id, person=person, standing=standing,
        today=clock.today(), last_day=last_day(standing.ends_on), form=form.values, errors=form.errors,
    )  # fmt: skip


async def _load(actor: Actor, person_id: UUID, change_id: UUID) -> tuple[Answers, Standing, date, date]:
    """The answers, the version that they change, and the days typed."""
    told = await answers.load(actor, person_id, change_id, Kind.AMOUNTS)
    starts_on, ends_on = when_typed(Form(told.page("when")))
    standing = await queries.standing_for(actor, person_id, starts_on)
    if standing is None:
        raise NotFound
    return told, standing, starts_on, ends_on


@get(_PATH + "/{change_id:uuid}/parts", opt=MANAGES)
async def show_parts(request: AnyRequest, actor: Actor, person_id: UUID, change_id: UUID) -> Response[Any]:
    """How much each part is from then on."""
    told, *_ = await _load(actor, person_id, change_id)
    return await _parts_page(request, actor, person_id, change_id, Form(told.page("parts")))


@post(_PATH + "/{change_id:uuid}/parts", opt=MANAGES, status_code=200)
async def do_parts(request: AnyRequest, actor: Actor, person_id: UUID, change_id: UUID) -> Response[Any]:
    """Keep the amounts, or add them up."""
    told, standing, *_ = await _load(actor, person_id, change_id)
    form = await Form.read(request)
    if form.text("do") == "add_up":
        return await _parts_page(request, actor, person_id, change_id, form)
    await answers.keep(actor, change_id, "parts", form.values)
    try:
        typed = await change_typed(actor, standing, told.id, told.page("when"), form, {}, standing.seen)
        form.check()
        new_shares(standing, typed)
    except DomainError as refusal:
        form.take(refusal)
        return await _parts_page(request, actor, person_id, change_id, form, status=refusal.status)
    return Redirect(_at(person_id, change_id, "because"), status_code=303)


async def _parts_page(
    request: AnyRequest, actor: Actor, person_id: UUID, change_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    _, standing, starts_on, ends_on = await _load(actor, person_id, change_id)
    person = await people.person(actor, person_id)
    titles = await queries.titles_of(person_id)
    return await page(
        request, "isf/budgets/parts.html", status=status, about=person_id, person=person,
        answers_id=change_id, parts=parts_shown(standing, titles, starts_on, form),
        starts_on=starts_on, last_day=last_day(ends_on), length=weeks_and_days(starts_on, ends_on),
        sums=sums(standing, starts_on, ends_on, form) if form.values else None,
        pers=[(str(per), per.label.capitalize()) for per in Per],
        per=str(usual_per(standing)),
        collections=[(str(collection), collection.label) for collection in Collection],
        collection=str(standing.collection),
        holders=[("", "Choose an organisation"), *await people.holders(actor)],
        form=form.values, errors=form.errors,
    )  # fmt: skip


@get(_PATH + "/{change_id:uuid}/because", opt=MANAGES)
async def show_because(request: AnyRequest, actor: Actor, person_id: UUID, change_id: UUID) -> Response[Any]:
    """Why it changes, and whether the person agreed to less than the notice."""
    told, *_ = await _load(actor, person_id, change_id)
    return await _because_page(request, actor, told, Form(told.page("because")))


@post(_PATH + "/{change_id:uuid}/because", opt=MANAGES, status_code=200)
async def do_because(request: AnyRequest, actor: Actor, person_id: UUID, change_id: UUID) -> Response[Any]:
    """Keep the reason; what stands in the way of the change is told here."""
    told, *_ = await _load(actor, person_id, change_id)
    form = await Form.read(request)
    await answers.keep(actor, change_id, "because", form.values)
    try:
        form.text("because", required="Write why the budget changes")
        form.check()
        told = await answers.load(actor, person_id, change_id, Kind.AMOUNTS)
        await _rehearse(actor, told)
    except DomainError as refusal:
        form.take(refusal)
        return await _because_page(request, actor, told, form, status=refusal.status)
    return Redirect(_at(person_id, change_id, "check"), status_code=303)


async def _because_page(
    request: AnyRequest, actor: Actor, told: Answers, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, told.person_id)
    return await page(
        request, "isf/budgets/because.html", status=status, about=told.person_id, person=person,
        answers_id=told.id, form=form.values, errors=form.errors,
    )  # fmt: skip


async def _change(actor: Actor, told: Answers, standing: Standing, seen: str) -> Any:
    form = Form(told.page("parts"))
    change = await change_typed(actor, standing, told.id, told.page("when"), form, told.page("because"), seen)
    form.check()
    return change


async def _rehearse(actor: Actor, told: Answers) -> Any:
    _, standing, *_ = await _load(actor, told.person_id, told.id)
    change = await _change(actor, told, standing, "")
    return await rehearse(partial(change_budget, actor, told.person_id, change))


@get(_PATH + "/{change_id:uuid}/check", opt=MANAGES)
async def show_check(request: AnyRequest, actor: Actor, person_id: UUID, change_id: UUID) -> Response[Any]:
    """What happens in pounds, before it is done."""
    told, *_ = await _load(actor, person_id, change_id)
    if told.budget_id is not None:
        return Redirect(f"/people/{person_id}/budget", status_code=303)
    return await _check_page(request, actor, told, Form({}))


@post(_PATH + "/{change_id:uuid}/check", opt=MANAGES, status_code=200)
async def do_check(request: AnyRequest, actor: Actor, person_id: UUID, change_id: UUID) -> Response[Any]:
    """Change the budget; clicked twice, once."""
    told, *_ = await _load(actor, person_id, change_id)
    form = Form({})
    try:
        async with db.unit_of_work():
            await answers.lock(change_id)
            told, standing, *_ = await _load(actor, person_id, change_id)
            written = await change_budget(actor, person_id, await _change(actor, told, standing, told.seen))
            await answers.finish(change_id, written.budget_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _check_page(request, actor, told, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/budget", "The budget is changed.")


async def _check_page(
    request: AnyRequest, actor: Actor, told: Answers, form: Form, *, status: int = 200
) -> Response[Any]:
    """The effects as they would be now; whoever is shown them has seen the budget as it is now."""
    _, standing, starts_on, ends_on = await _load(actor, told.person_id, told.id)
    person = await people.person(actor, told.person_id)
    context: dict[str, Any] = {}
    try:
        change = await _change(actor, told, standing, "")
        written = await rehearse(partial(change_budget, actor, told.person_id, change))
        shares = new_shares(standing, change)
        names: dict[UUID | None, str] = dict(await people.holders(actor))
        new = {
            fund_title(share.fund.route, names.get(share.fund.holder_organisation_id, "")): share.parts.whole
            for share in shares
            if standing.of(share.fund.holder) is None
        }
        await answers.keep(actor, told.id, "seen", {}, standing.seen)
        context = {
            "moved": told.seen != standing.seen and not form.errors,
            "change": change,
            "council_pence": sum(share.parts.council_share.pence for share in shares),
            "contribution_pence": sum(share.parts.contribution.pence for share in shares),
            "weekly": [share.fund.amount.pence for share in shares],
            "effects": await effect_lines(told.person_id, written, starts_on, new),
        }
    except DomainError as refusal:
        form.take(refusal)
        status = refusal.status if status == 200 else status
    return await page(
        request, "isf/budgets/check.html", status=status, about=told.person_id, person=person,
        answers_id=told.id, starts_on=starts_on, last_day=last_day(ends_on),
        length=weeks_and_days(starts_on, ends_on), errors=form.errors, **context,
    )  # fmt: skip


HANDLERS = [show_when, do_when, show_parts, do_parts, show_because, do_because, show_check, do_check]
