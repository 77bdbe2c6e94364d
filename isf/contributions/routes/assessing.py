"""Making a financial assessment, and noting support that is never charged for."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post

from isf import queries as people
from isf.contributions import queries, words
from isf.contributions.commands import ExemptDraft, assess_person, end_exempt, record_exempt
from isf.contributions.commands.assessing import values_on
from isf.contributions.routes.reading import AMOUNT, MANAGES, amount_typed, key_typed
from isf.contributions.rules.assessment import AMOUNTS, Assessed, Figures, Household, Premium, Way, assess
from isf.contributions.rules.exempt import ExemptKind
from isf.rules import first_day_after
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money


@get("/people/{person_id:uuid}/contribution/assess", opt=MANAGES)
async def show_assess(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form, with the figures of the assessment in force to start from."""
    before = queries.in_force(await queries.assessments_of(actor, person_id), clock.today())
    values = as_typed(before.figures) if before else {"way": "full"}
    return await _assess_page(request, actor, person_id, Form({**values, "key": str(uuid4())}))


@post("/people/{person_id:uuid}/contribution/assess", opt=MANAGES, status_code=200)
async def do_assess(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Work it out to look at, or keep it; what was typed stays."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    assessed = None
    try:
        figures = figures_typed(form)
        starts_on = form.day("starts_on", required="Enter the day from which it counts, like 24 11 2026")
        form.check()
        if form.text("do") == "work_out":
            assessed = assess(figures, await values_on(_council(actor), starts_on or clock.today()))
        else:
            await assess_person(
                actor, person_id, figures, starts_on or clock.today(),
                key=key_typed(form), because=form.text("because", most=1000),
            )  # fmt: skip
    except DomainError as refusal:
        form.take(refusal)
        return await _assess_page(request, actor, person_id, form, status=refusal.status)
    if assessed is not None:
        return await _assess_page(request, actor, person_id, form, assessed)
    return await done(request, f"/people/{person_id}/contribution", "The financial assessment is kept.")


def _council(actor: Actor) -> UUID:
    if actor.council_id is None:
        raise Forbidden
    return actor.council_id


def as_typed(figures: Figures) -> dict[str, Any]:
    """Figures as the form's fields have them."""
    amounts = {name: _pounds(getattr(figures, name)) for name in AMOUNTS}
    return {
        **amounts,
        "way": str(figures.way),
        "household": str(figures.household),
        "premiums": [str(each) for each in figures.premiums],
        "children": str(figures.children) if figures.children else "",
    }


def _pounds(pence: int) -> str:
    return str(Money(pence)).removeprefix("£").replace(",", "") if pence else ""


def figures_typed(form: Form) -> Figures:
    """The figures of the form; notes what to type where something cannot be read."""
    way = form.choice("way", Way, required="Choose how the contribution is found") or Way.FULL
    household = Household.SINGLE_25_OR_OLDER
    if way is Way.FULL:
        household = form.choice("household", Household, required="Choose how the person lives") or household
    if way is Way.LIGHT_TOUCH and not form.text("agreed_weekly"):
        form.fail("agreed_weekly", "Enter the amount that was agreed, in pounds a week")
    children = form.text("children")
    return Figures(
        way=way,
        household=household,
        premiums=frozenset(form.choices("premiums", Premium)),
        children=form.whole("children", required="Enter a number, or nothing", most=20) if children else 0,
        **{name: amount_typed(form, name).pence for name in AMOUNTS},
    )


async def _assess_page(
    request: AnyRequest,
    actor: Actor,
    person_id: UUID,
    form: Form,
    assessed: Assessed | None = None,
    *,
    status: int = 200,
) -> Response[Any]:
    person = await people.person(actor, person_id)
    return await page(
        request,
        "isf/contributions/assess.html",
        status=status,
        about=person_id,
        person=person,
        assessed=assessed,
        ways=[(way, *told) for way, told in words.WAYS.items()],
        households=[("", "Choose one"), *words.HOUSEHOLDS.items()],
        premiums=list(words.PREMIUMS.items()),
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@get("/people/{person_id:uuid}/contribution/free/new", opt=MANAGES)
async def show_new_exempt(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for support that is never charged for."""
    return await _exempt_page(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/contribution/free/new", opt=MANAGES, status_code=200)
async def do_new_exempt(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Note it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        draft = _exempt_typed(form)
        form.check()
        await record_exempt(actor, person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _exempt_page(request, actor, person_id, form, status=refusal.status)
    return await done(
        request, f"/people/{person_id}/contribution#free", f"{draft.kind.label}: nothing is charged for it."
    )


def _exempt_typed(form: Form) -> ExemptDraft:
    kind = form.choice("kind", ExemptKind, required="Choose what is never charged for") or ExemptKind.TELECARE
    starts_on = form.day("starts_on", required="Enter the first day, like 24 11 2026")
    last = form.day("last_day")
    part = form.text("covers") == "part"
    if not form.text("covers") and kind is not ExemptKind.AIDS:
        form.fail("covers", "Choose whether it is all of the support or a part")
    return ExemptDraft(
        kind=kind,
        starts_on=starts_on or clock.today(),
        ends_on=first_day_after(last) if last else None,
        what=form.text("what", most=500),
        weekly=form.money("weekly", required=AMOUNT) if part else None,
        price=form.money("price", required=AMOUNT) if form.text("price") else None,
    )


async def _exempt_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/contributions/new_exempt.html",
        status=status,
        about=person_id,
        person=await people.person(actor, person_id),
        kinds=[(kind, kind.label) for kind in ExemptKind],
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@get("/people/{person_id:uuid}/contribution/free/{exempt_id:uuid}/end", opt=MANAGES)
async def show_end_exempt(
    request: AnyRequest, actor: Actor, person_id: UUID, exempt_id: UUID
) -> Response[Any]:
    """The form for its last day."""
    return await _end_page(request, actor, person_id, exempt_id, Form({}))


@post("/people/{person_id:uuid}/contribution/free/{exempt_id:uuid}/end", opt=MANAGES, status_code=200)
async def do_end_exempt(request: AnyRequest, actor: Actor, person_id: UUID, exempt_id: UUID) -> Response[Any]:
    """End it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        last = form.day("ends_on", required="Enter the last day, like 24 11 2026")
        form.check()
        await end_exempt(actor, person_id, exempt_id, first_day_after(last or clock.today()))
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _end_page(request, actor, person_id, exempt_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/contribution#free", "The last day is noted.")


async def _end_page(
    request: AnyRequest, actor: Actor, person_id: UUID, exempt_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    found = [each for each in await queries.exempt_of(actor, person_id) if each.id == exempt_id]
    if not found:
        raise NotFound
    return await page(
        request,
        "isf/contributions/end_exempt.html",
        status=status,
        about=person_id,
        person=person,
        told=found[0],
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_assess, do_assess, show_new_exempt, do_new_exempt, show_end_exempt, do_end_exempt]
