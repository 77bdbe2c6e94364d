"""What the person will do: one item on a page, with what it costs and what is left before it is kept."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.care.queries import needs_of, outcomes_of
from isf.plans import commands
from isf.plans.commands import EditedMeanwhile
from isf.plans.costs import cost_in
from isf.plans.queries import ItemLine, PlanCopy, plan_copy, provider_names
from isf.plans.routes.reading import WRITES, draft_for_writing, in_view
from isf.plans.rules import Frequency, ItemDraft, PaidFrom
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.money import ZERO
from providers.rules import Category


@get("/plans/{version_id:uuid}/items/new", opt=WRITES)
async def show_new_item(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """The form for something new to do."""
    return await _page(request, await draft_for_writing(actor, version_id), None, Form({}))


@post("/plans/{version_id:uuid}/items/new", opt=WRITES, status_code=200)
async def do_new_item(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """Add it, or work out what it would cost, or say what is wrong."""
    plan = await draft_for_writing(actor, version_id)
    form = await Form.read(request)
    draft = _draft(form)
    if form.text("do") == "work_out":
        return await _page(request, plan, None, form, draft=draft)
    try:
        form.check()
        await commands.add_item(actor, version_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, plan, None, form, draft=draft, status=refusal.status)
    return await done(request, f"/plans/{version_id}#items", f"{draft.title} is in the plan.")


@get("/plans/{version_id:uuid}/items/{item_id:uuid}", opt=WRITES)
async def show_item(request: AnyRequest, actor: Actor, version_id: UUID, item_id: UUID) -> Response[Any]:
    """The form to change an item."""
    plan = await draft_for_writing(actor, version_id)
    return await _page(request, plan, _item(plan, item_id), Form({}))


@post("/plans/{version_id:uuid}/items/{item_id:uuid}", opt=WRITES, status_code=200)
async def do_item(request: AnyRequest, actor: Actor, version_id: UUID, item_id: UUID) -> Response[Any]:
    """Change it; when somebody was quicker, show what is there now and keep what was typed."""
    plan = await draft_for_writing(actor, version_id)
    item = _item(plan, item_id)
    form = await Form.read(request)
    draft = _draft(form)
    if form.text("do") == "work_out":
        return await _page(request, plan, item, form, draft=draft)
    try:
        seen = form.whole("seen", required="Look at the page again")
        form.check()
        await commands.change_item(actor, item_id, draft, seen=seen)
    except DomainError as refusal:
        form.take(refusal)
        fresh = await plan_copy(actor, version_id)
        newer = isinstance(refusal, EditedMeanwhile)
        return await _page(
            request, fresh, _item(fresh, item_id), form, draft=draft, newer=newer, status=refusal.status
        )
    return await done(request, f"/plans/{version_id}#items", f"{draft.title} is changed.")


@post("/plans/{version_id:uuid}/items/{item_id:uuid}/remove", opt=WRITES, status_code=200)
async def do_remove_item(request: AnyRequest, actor: Actor, version_id: UUID, item_id: UUID) -> Response[Any]:
    """Take it out; when somebody changed it meanwhile, show that first."""
    plan = await draft_for_writing(actor, version_id)
    item = _item(plan, item_id)
    form = await Form.read(request)
    try:
        seen = form.whole("seen", required="Look at the page again")
        form.check()
        await commands.remove_item(actor, item_id, seen=seen)
    except DomainError as refusal:
        form.take(refusal)
        form.values = {}
        fresh = await plan_copy(actor, version_id)
        return await _page(request, fresh, _item(fresh, item_id), form, status=refusal.status)
    return await done(request, f"/plans/{version_id}#items", f"{item.title} is taken out of the plan.")


def _item(plan: PlanCopy, item_id: UUID) -> ItemLine:
    found = next((item for item in plan.items if item.id == item_id), None)
    if found is None:
        raise NotFound("This is not in the plan any more.")
    return found


def _draft(form: Form) -> ItemDraft:
    """The item as it was typed; what cannot be read is noted in the form."""
    paid_from = form.choice("paid_from", PaidFrom, required="Choose how it is paid") or PaidFrom.FREE
    category = form.text("category")
    if category and category not in {str(each) for each in Category}:
        form.fail("category", "Choose from the list")
        category = ""
    return ItemDraft(
        title=form.text("title", required="Enter what it is, like Choir on Monday", most=200),
        paid_from=paid_from,
        cost=form.money("cost", required="Enter an amount in pounds, like 38.50")
        if form.text("cost")
        else ZERO,
        times=form.whole("times", required="Enter how many times, 1 or more", least=1, most=366),
        frequency=form.choice("frequency", Frequency, required="Choose how often") or Frequency.WEEK,
        weeks=form.whole("weeks", required="Enter a number of weeks", least=1, most=1000)
        if form.text("weeks")
        else None,
        what=form.text("what", most=2000),
        category=Category(category) if category else None,
        provider_id=_chosen(form, "provider"),
        need_id=_chosen(form, "need"),
        outcome_id=_chosen(form, "outcome"),
    )


def _chosen(form: Form, name: str) -> UUID | None:
    try:
        return UUID(form.text(name)) if form.text(name) else None
    except ValueError:
        form.fail(name, "Choose from the list")
        return None


def _typed(item: ItemLine | None) -> dict[str, Any]:
    """What the fields of the form hold before anything is typed."""
    if item is None:
        return {"times": "1", "frequency": str(Frequency.WEEK)}
    return {
        "title": item.title,
        "what": item.what,
        "cost": f"{item.cost_pence / 100:.2f}" if item.cost_pence else "",
        "times": str(item.times),
        "frequency": str(item.frequency),
        "weeks": str(item.weeks or ""),
        "paid_from": str(item.paid_from),
        "category": str(item.category or ""),
        "provider": str(item.provider_id or ""),
        "need": str(item.need_id or ""),
        "outcome": str(item.outcome_id or ""),
    }


async def _page(
    request: AnyRequest,
    plan: PlanCopy,
    item: ItemLine | None,
    form: Form,
    *,
    draft: ItemDraft | None = None,
    newer: bool = False,
    status: int = 200,
) -> Response[Any]:
    needs, outcomes = await needs_of(plan.person_id), await outcomes_of(plan.person_id)
    return await page(
        request,
        "isf/plans/item.html",
        status=status,
        about=plan.person_id,
        **in_view(plan),
        item=item,
        newer=newer,
        worked_out=_worked_out(plan, item, draft)
        if draft and not {"cost", "times", "weeks"} & set(form.errors)
        else None,
        needs=[(str(need.id), need.title) for need in needs],
        outcomes=[(str(outcome.id), outcome.words) for outcome in outcomes],
        providers=[(str(each[0]), each[1]) for each in await provider_names()],
        categories=[(str(each), each.label) for each in Category],
        frequencies=[(str(each), each.label) for each in Frequency],
        ways=[(str(each), each.label) for each in PaidFrom],
        form=form.values or _typed(item),
        errors={} if draft and form.text("do") == "work_out" else form.errors,
    )


def _worked_out(plan: PlanCopy, item: ItemLine | None, draft: ItemDraft) -> dict[str, Any]:
    """What the item as typed comes to, and what would be left of the part that pays."""
    cost = cost_in(draft, plan.starts_on, plan.ends_on)
    route = draft.paid_from.route
    if route is None:
        return {"cost_pence": cost.pence, "left_pence": None, "words": draft.paid_from.label}
    before = plan.cost_of(item) if item is not None and item.paid_from.route is route else ZERO
    left = plan.totals.allocated[route] - plan.totals.planned[route] + before - cost
    return {"cost_pence": cost.pence, "left_pence": left.pence, "words": draft.paid_from.label}


HANDLERS = [show_new_item, do_new_item, show_item, do_item, do_remove_item]
