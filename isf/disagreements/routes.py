"""The pages about a disagreement with the amount."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf import queries as people
from isf.disagreements import commands, queries
from isf.disagreements.commands import Answer
from isf.disagreements.rules import DisagreementState, Outcome
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form

SEES = {"permission": Permission.PERSON_SEE}
MANAGES = {"permission": Permission.PERSON_MANAGE}


@get("/people/{person_id:uuid}/disagree", opt=SEES)
async def show_disagree(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form that says the amount is not right."""
    return await _raise_page(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/disagree", opt=SEES, status_code=200)
async def do_disagree(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Raise it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        enough = (
            form.money("enough", required="Enter an amount in pounds, like 9000.00, or leave it empty")
            if (form.text("enough"))
            else None
        )
        form.check()
        budget = await _budget(actor, person_id)
        made = await commands.raise_disagreement(
            actor, person_id, budget.id, form.text("words", most=5000), enough
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _raise_page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/disagreements/{made}", "The council has what you wrote.")


async def _budget(actor: Actor, person_id: UUID) -> people.BudgetLine:
    budgets = await people.budgets_of(actor, person_id)
    if not budgets:
        raise NotFound("There is no budget yet, so there is no amount to disagree with.")
    return next((budget for budget in budgets if budget.current), budgets[0])


async def _raise_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    return await page(
        request,
        "isf/disagreements/raise.html",
        status=status,
        person=person,
        about=person_id,
        budget=await _budget(actor, person_id),
        earlier=await queries.disagreements_of(actor, person_id),
        may_raise=Scope.PLAN in person.scopes,
        form=form.values,
        errors=form.errors,
    )


@get("/disagreements/{disagreement_id:uuid}", opt=SEES)
async def show_disagreement(request: AnyRequest, actor: Actor, disagreement_id: UUID) -> Response[Any]:
    """What was said, what was answered, and what can be done now."""
    return await _page(request, actor, disagreement_id, Form({}))


@post("/disagreements/{disagreement_id:uuid}", opt=SEES, status_code=200)
async def do_disagreement(request: AnyRequest, actor: Actor, disagreement_id: UUID) -> Response[Any]:
    """The person agrees, takes it back, or asks for somebody else."""
    form = await Form.read(request)
    steps: dict[str, tuple[Callable[[], Awaitable[None]], str]] = {
        "settle": (
            lambda: commands.settle_disagreement(actor, disagreement_id),
            "You agree. This is closed.",
        ),
        "withdraw": (lambda: commands.withdraw_disagreement(actor, disagreement_id), "You took it back."),
        "escalate": (
            lambda: commands.escalate_disagreement(actor, disagreement_id, form.text("words", most=5000)),
            "Somebody else at the council will look at it.",
        ),
    }
    chosen = form.one_of("do", tuple(steps), required="Choose what to do")
    try:
        form.check()
        step, words = steps[chosen or ""]
        await step()
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, disagreement_id, form, status=refusal.status)
    return await done(request, f"/disagreements/{disagreement_id}", words)


@post("/disagreements/{disagreement_id:uuid}/answer", opt=MANAGES, status_code=200)
async def do_answer(request: AnyRequest, actor: Actor, disagreement_id: UUID) -> Response[Any]:
    """The council's answer, first or second."""
    form = await Form.read(request)
    outcome = form.choice("outcome", Outcome, required="Choose whether the amount changes")
    try:
        form.check()
        answer = Answer(form.text("words", most=5000), outcome or Outcome.KEPT)
        line = await queries.disagreement(actor, disagreement_id)
        if line.state is DisagreementState.ESCALATED:
            await commands.decide_disagreement(actor, disagreement_id, answer)
        else:
            await commands.answer_disagreement(actor, disagreement_id, answer)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, disagreement_id, form, status=refusal.status)
    return await done(
        request, f"/disagreements/{disagreement_id}", "The answer is given, and the person is told."
    )


async def _page(
    request: AnyRequest, actor: Actor, disagreement_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    line = await queries.disagreement(actor, disagreement_id)
    manages = Permission.PERSON_MANAGE in actor.permissions
    return await page(
        request,
        "isf/disagreements/disagreement.html",
        status=status,
        line=line,
        about=line.person_id,
        answers=manages and actor.user_id not in (line.raised_by, line.answered_by),
        own=manages and actor.user_id in (line.raised_by, line.answered_by),
        acts=Scope.PLAN in line.scopes and not manages,
        form=form.values,
        errors=form.errors,
    )


@get("/council/disagreements", opt=MANAGES)
async def show_to_answer(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What the council has to answer, what is due first on top."""
    lines = await queries.disagreements_to_answer(actor)
    return await page(request, "isf/disagreements/council.html", lines=lines)


router = Router(
    "/",
    route_handlers=[
        show_disagree,
        do_disagree,
        show_disagreement,
        do_disagreement,
        do_answer,
        show_to_answer,
    ],
    include_in_schema=False,
)
