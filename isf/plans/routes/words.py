"""Writing a plan, one thing on a page: the texts, who helped, the budget; sending it, taking it back."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.plans import commands
from isf.plans.commands import EditedMeanwhile
from isf.plans.queries import PlanCopy, budgets_to_plan, plan_copy, possible_helpers
from isf.plans.routes.reading import WRITES, draft_for_writing, in_view
from isf.plans.rules import Chapter, HelperKind, PlanState
from isf.rules import last_day
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Scope
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form

HINTS = {
    Chapter.IMPORTANT_TO_ME: "People, places and things that matter. What a good day looks like.",
    Chapter.KEEPS_ME_WELL: "What helps on a bad day. Who to call. What others need to know to keep things safe.",
    Chapter.SUPPORT_I_WANT: "Who, when, and how. What should be left alone.",
    Chapter.HOW_MONEY_IS_USED: "In a few sentences. The items and what they cost come on their own pages.",
    Chapter.WHAT_I_PAY: "What is paid towards the budget, and what is paid for in other ways.",
}


def _chapter(name: str) -> Chapter:
    try:
        return Chapter(name)
    except ValueError:
        raise NotFound from None


@get("/plans/{version_id:uuid}/words/{chapter:str}", opt=WRITES)
async def show_words(request: AnyRequest, actor: Actor, version_id: UUID, chapter: str) -> Response[Any]:
    """The form for one of the five texts."""
    plan = await draft_for_writing(actor, version_id)
    return await _words_page(request, plan, _chapter(chapter), Form({}))


@post("/plans/{version_id:uuid}/words/{chapter:str}", opt=WRITES, status_code=200)
async def do_words(request: AnyRequest, actor: Actor, version_id: UUID, chapter: str) -> Response[Any]:
    """Write it; when somebody was quicker, show both."""
    kind = _chapter(chapter)
    await draft_for_writing(actor, version_id)
    form = await Form.read(request)
    words = form.text("words")
    seen = form.whole("seen", required="Look at the page again")
    newer = False
    try:
        form.check()
        await commands.write_words(actor, version_id, {kind: words}, seen={kind: seen})
    except DomainError as refusal:
        newer = isinstance(refusal, EditedMeanwhile)
        form.fail("words", form.errors.pop(str(kind), refusal.message))
        plan = await plan_copy(actor, version_id)
        return await _words_page(request, plan, kind, form, newer=newer, status=refusal.status)
    return await done(request, f"/plans/{version_id}#{kind}")


async def _words_page(
    request: AnyRequest,
    plan: PlanCopy,
    chapter: Chapter,
    form: Form,
    *,
    newer: bool = False,
    status: int = 200,
) -> Response[Any]:
    there = next((line for line in plan.written if line.kind is chapter), None)
    return await page(
        request,
        "isf/plans/words.html",
        status=status,
        about=plan.person_id,
        plan=plan,
        chapter=chapter,
        hint=HINTS[chapter],
        there=there,
        newer=newer,
        seen=there.edit if there else 0,
        form=form.values,
        errors=form.errors,
    )


@get("/plans/{version_id:uuid}/helpers", opt=WRITES)
async def show_helpers(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """Who helped, and the form to add somebody."""
    return await _helpers_page(request, await draft_for_writing(actor, version_id), Form({}))


@post("/plans/{version_id:uuid}/helpers", opt=WRITES, status_code=200)
async def do_helper(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """Record somebody who helped."""
    plan = await draft_for_writing(actor, version_id)
    form = await Form.read(request)
    kind = form.choice("kind", HelperKind, required="Choose who they are")
    name = form.text("name", required="Enter who helped", most=200)
    known = {str(each[0]): each[0] for each in await possible_helpers(plan.person_id)}
    user = form.one_of("user", ["", *known], required="Choose from the list")
    try:
        form.check()
        assert kind is not None  # noqa: S101 - `check` refuses none
        how = form.text("how", most=2000)
        await commands.name_helper(actor, version_id, kind, name, how, user_id=known.get(user))
    except DomainError as refusal:
        form.take(refusal)
        return await _helpers_page(request, await plan_copy(actor, version_id), form, status=refusal.status)
    return await done(request, f"/plans/{version_id}/helpers", f"{name} is named.")


@post("/plans/{version_id:uuid}/helpers/{helper_id:uuid}/remove", opt=WRITES, status_code=200)
async def do_forget_helper(
    request: AnyRequest, actor: Actor, version_id: UUID, helper_id: UUID
) -> Response[Any]:
    """Somebody did not help after all."""
    plan = await draft_for_writing(actor, version_id)
    form = Form({})
    try:
        if helper_id not in {helper.id for helper in plan.helpers}:
            raise NotFound
        await commands.forget_helper(actor, helper_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _helpers_page(request, await plan_copy(actor, version_id), form, status=refusal.status)
    return await done(request, f"/plans/{version_id}/helpers")


async def _helpers_page(
    request: AnyRequest, plan: PlanCopy, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/plans/helpers.html",
        status=status,
        about=plan.person_id,
        plan=plan,
        kinds=[(str(kind), kind.label) for kind in HelperKind],
        users=[(str(each[0]), each[1]) for each in await possible_helpers(plan.person_id)],
        form=form.values,
        errors=form.errors,
    )


@get("/plans/{version_id:uuid}/budget", opt=WRITES)
async def show_budget_choice(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """For which of the person's budgets the plan is written."""
    return await _budget_page(request, await draft_for_writing(actor, version_id), Form({}))


@post("/plans/{version_id:uuid}/budget", opt=WRITES, status_code=200)
async def do_budget_choice(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """Write the plan for another budget."""
    plan = await draft_for_writing(actor, version_id)
    form = await Form.read(request)
    try:
        budget_id = UUID(form.text("budget"))
    except ValueError:
        form.fail("budget", "Choose one of the budgets")
        return await _budget_page(request, plan, form, status=422)
    try:
        await commands.write_for_budget(actor, version_id, budget_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _budget_page(request, plan, form, status=refusal.status)
    return await done(request, f"/plans/{version_id}#items", "The plan is written for this budget now.")


async def _budget_page(
    request: AnyRequest, plan: PlanCopy, form: Form, *, status: int = 200
) -> Response[Any]:
    choices = [
        (
            str(row["id"]),
            f"{formats.full_date(row['starts_on'])} to {formats.full_date(last_day(row['ends_on']))}",
            f"{formats.money(row['pence'])} for all of it",
        )
        for row in await budgets_to_plan(plan.person_id)
    ]
    return await page(
        request, "isf/plans/budget.html", status=status, about=plan.person_id, plan=plan, choices=choices,
        form=form.values, errors=form.errors,
    )  # fmt: skip


@get("/plans/{version_id:uuid}/send", opt=WRITES)
async def show_send(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """What is missing, or what happens when the plan is sent for its keys."""
    return await _send_page(request, await draft_for_writing(actor, version_id), Form({}))


@post("/plans/{version_id:uuid}/send", opt=WRITES, status_code=200)
async def do_send(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """Send it; when all it has is covered by keys already, it is agreed at once."""
    await draft_for_writing(actor, version_id)
    form = Form({})
    try:
        state = await commands.submit_plan(actor, version_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _send_page(request, await plan_copy(actor, version_id), form, status=refusal.status)
    words = (
        "The plan is agreed: nothing changed that a key covers."
        if state is PlanState.AGREED
        else "The plan is sent. It waits for its keys now."
    )
    return await done(request, f"/plans/{version_id}#keys", words)


async def _send_page(request: AnyRequest, plan: PlanCopy, form: Form, *, status: int = 200) -> Response[Any]:
    return await page(
        request, "isf/plans/send.html", status=status, about=plan.person_id, **in_view(plan),
        missing=plan.missing, errors=form.errors,
    )  # fmt: skip


@post("/plans/{version_id:uuid}/take-back", opt=WRITES, status_code=200)
async def do_take_back(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """Make a draft again of a plan that waits."""
    await _writes(actor, version_id)
    await commands.take_back_submission(actor, version_id)
    return await done(request, f"/plans/{version_id}", "The plan is yours to change again.")


@post("/plans/{version_id:uuid}/withdraw", opt=WRITES, status_code=200)
async def do_withdraw(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """Give a version up that is not agreed."""
    plan = await _writes(actor, version_id)
    await commands.withdraw_plan(actor, version_id)
    return await done(request, f"/people/{plan.person_id}/plan", "This version is given up.")


async def _writes(actor: Actor, version_id: UUID) -> PlanCopy:
    plan = await plan_copy(actor, version_id)
    await require_person(actor, plan.person_id, Scope.PLAN)
    return plan


HANDLERS = [
    *(show_words, do_words, show_helpers, do_helper, do_forget_helper),
    *(show_budget_choice, do_budget_choice, show_send, do_send, do_take_back, do_withdraw),
]
