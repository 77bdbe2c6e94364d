"""A new budget and the parts it is shared out to."""

from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from litestar import Response, get, post

from isf import queries
from isf.commands import BudgetDraft, FundDraft, create_budget
from isf.routes.reading import MANAGES, user_typed, uuid_typed
from isf.rules import Collection, Per, first_day_after, for_the_period, weeks_and_days
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.money import ZERO, Money, total
from marketplace.kernel.routes_of_money import Route

Choice = TypeVar("Choice", bound=StrEnum)

_AMOUNT = "Enter an amount in pounds, like 1200.00"


@get("/people/{person_id:uuid}/budget/new", opt=MANAGES)
async def show_new_budget(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for a new budget: from today to the end of the council's year unless changed."""
    return await _page(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/budget/new", opt=MANAGES, status_code=200)
async def do_new_budget(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Make the budget, or add up what was typed, or keep it and say what is wrong."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    if form.text("do") == "add_up":
        return await _page(request, actor, person_id, form)
    try:
        draft = await _draft(actor, form)
        form.check()
        await create_budget(actor, person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    words = "The budget is made. The money can be used when the plan is agreed."
    return await done(request, f"/people/{person_id}", words)


async def _draft(actor: Actor, form: Form) -> BudgetDraft:
    starts_on = form.day("starts_on", required="Enter the first day of the budget, like 1 4 2026")
    last = form.day("ends_on", required="Enter the last day of the budget, like 31 3 2027")
    today = clock.today()
    return BudgetDraft(
        council_share=form.money("council_share", required=_AMOUNT),
        contribution=form.money("contribution", required="Enter an amount in pounds, or 0 if there is none"),
        starts_on=starts_on or today,
        ends_on=first_day_after(last) if last else today,
        funds=[fund for route in Route if (fund := await _fund(actor, form, route)) is not None],
        collection=_choice(form, "collection", Collection.NET),
        per=_choice(form, "per", Per.WEEK),
    )


def _choice(form: Form, name: str, otherwise: Choice) -> Choice:
    """What was chosen, or what is usual where the form was sent without it."""
    try:
        return type(otherwise)(form.text(name))
    except ValueError:
        return otherwise


async def _fund(actor: Actor, form: Form, route: Route) -> FundDraft | None:
    """The part of one route; None when no amount was typed."""
    if not form.text(f"{route}-amount"):
        return None
    amount = form.money(f"{route}-amount", required=_AMOUNT)
    match route:
        case Route.DIRECT_PAYMENT:
            return FundDraft(route, amount, holder_user_id=await user_typed(actor, form, f"{route}-holder"))
        case Route.ISF:
            return FundDraft(route, amount, holder_organisation_id=uuid_typed(form, f"{route}-holder"))
        case Route.COUNCIL_MANAGED:
            return FundDraft(route, amount, holder_organisation_id=actor.council_id)


def _typed(form: Form, name: str) -> Money:
    try:
        return Money.parse(form.text(name))
    except ValueError:
        return ZERO


def _sums(form: Form) -> dict[str, Any]:
    """What was typed so far, added up, for what it was typed for and for all the days.

    Amounts that cannot be read count nothing.
    """
    council, contribution = _typed(form, "council_share"), _typed(form, "contribution")
    whole = council + contribution
    parts = total(_typed(form, f"{route}-amount") for route in Route)
    reading = Form(form.values)
    starts_on, last = reading.day("starts_on"), reading.day("ends_on")
    sums: dict[str, Any] = {
        "whole": whole, "parts": parts, "missing": whole - parts, "per": _choice(form, "per", Per.WEEK),
    }  # fmt: skip
    if starts_on and last and starts_on <= last:
        ends_on = first_day_after(last)
        sums["length"] = weeks_and_days(starts_on, ends_on)
        sums["period"] = for_the_period(council, contribution, starts_on, ends_on, sums["per"]).whole
    return sums


async def _page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    today = clock.today()
    person = await queries.person(actor, person_id)
    return await page(
        request,
        "isf/new_budget.html",
        status=status,
        about=person_id,
        person=person,
        holders=[("", "Choose an organisation"), *await queries.holders(actor)],
        starts_on=today,
        last_day=clock.financial_year_end(today),
        sums=_sums(form) if form.values else None,
        pers=[(str(per), per.label.capitalize()) for per in Per],
        collections=[(str(collection), collection.label) for collection in Collection],
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_new_budget, do_new_budget]
