"""Needs and outcomes: what assessments found, and what the person wants."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.care.needs.commands import (
    AssessmentDraft,
    NeedDraft,
    OutcomeDraft,
    add_need,
    add_outcome,
    end_need,
    end_outcome,
    record_assessment,
)
from isf.care.needs.queries import assessments_of, needs_of, outcomes_of
from isf.care.rules import NeedArea
from isf.routes.reading import MANAGES, SEES, person_page, uuid_typed
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done
from marketplace.identity.rules import Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.formats import full_date
from marketplace.kernel.forms import Form


@get("/people/{person_id:uuid}/needs", opt=SEES)
async def show_needs(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What a person needs and wants, and the assessments behind it."""
    await require_person(actor, person_id, Scope.SEE)
    return await person_page(
        request,
        actor,
        person_id,
        "isf/care/needs.html",
        assessments=await assessments_of(actor, person_id),
        needs=await needs_of(person_id),
        outcomes=await outcomes_of(person_id),
    )


@get("/people/{person_id:uuid}/needs/assessment", opt=MANAGES)
async def show_new_assessment(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for an assessment."""
    form = Form({"assessor": actor.name})
    return await person_page(
        request, actor, person_id, "isf/care/new_assessment.html", form=form, today=clock.today()
    )


@post("/people/{person_id:uuid}/needs/assessment", opt=MANAGES, status_code=200)
async def do_new_assessment(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Record it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    day = form.day("assessed_on", required="Enter the day of the assessment")
    try:
        draft = AssessmentDraft(
            assessed_on=day or clock.today(),
            assessor=form.text("assessor", required="Enter who made the assessment", most=200),
            summary=form.text("summary"),
        )
        form.check()
        await record_assessment(actor, person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await person_page(
            request, actor, person_id, "isf/care/new_assessment.html", form=form, status=refusal.status,
            today=clock.today(),
        )  # fmt: skip
    return await done(
        request, f"/people/{person_id}/needs", "The assessment is recorded. Next: the needs that it found."
    )


@get("/people/{person_id:uuid}/needs/new", opt=MANAGES)
async def show_new_need(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for a need."""
    return await _need_page(request, actor, person_id, Form({}))


async def _need_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    found = await assessments_of(actor, person_id)
    return await person_page(
        request,
        actor,
        person_id,
        "isf/care/new_need.html",
        form=form,
        status=status,
        areas=[(area, area.label) for area in NeedArea],
        assessments=[(each.id, f"{full_date(each.assessed_on)}, {each.assessor}") for each in found],
    )


@post("/people/{person_id:uuid}/needs/new", opt=MANAGES, status_code=200)
async def do_new_need(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Record it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    area = form.choice("area", NeedArea, required="Choose what it is about")
    eligible = form.one_of("eligible", ("yes", "no"), required="Choose whether the council has to meet it")
    assessment_id = uuid_typed(form, "assessment")
    if assessment_id is None:
        form.fail("assessment", "Choose the assessment that found the need")
    try:
        title = form.text(
            "title", required="Enter the need in a few words, such as: help to cook safely", most=200
        )
        form.check()
        assert assessment_id is not None  # noqa: S101 - nothing was wrong
        await add_need(
            actor,
            person_id,
            NeedDraft(assessment_id, area or NeedArea.OTHER, title, eligible == "yes", form.text("detail")),
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _need_page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/needs", "The need is recorded.")


@post("/people/{person_id:uuid}/needs/{need_id:uuid}/end", opt=MANAGES, status_code=303)
async def do_end_need(request: AnyRequest, actor: Actor, person_id: UUID, need_id: UUID) -> Response[Any]:
    """The need does not hold any more."""
    await require_person(actor, person_id, Scope.SEE)
    await end_need(actor, person_id, need_id)
    return await done(request, f"/people/{person_id}/needs", "The need has ended today.")


@get("/people/{person_id:uuid}/needs/outcome", opt=MANAGES)
async def show_new_outcome(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for what the person wants."""
    return await _outcome_page(request, actor, person_id, Form({}))


async def _outcome_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    await require_person(actor, person_id, Scope.SEE)
    needs = [("", "No need in particular"), *((need.id, need.title) for need in await needs_of(person_id))]
    return await person_page(
        request, actor, person_id, "isf/care/new_outcome.html", form=form, status=status, needs=needs
    )


@post("/people/{person_id:uuid}/needs/outcome", opt=MANAGES, status_code=200)
async def do_new_outcome(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Record it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    words = form.text("words", required="Enter what the person wants, in their words", most=2000)
    try:
        form.check()
        await add_outcome(actor, person_id, OutcomeDraft(words, uuid_typed(form, "need")))
    except DomainError as refusal:
        form.take(refusal)
        return await _outcome_page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/needs", "What they want is recorded.")


@post("/people/{person_id:uuid}/needs/outcome/{outcome_id:uuid}/end", opt=MANAGES, status_code=303)
async def do_end_outcome(
    request: AnyRequest, actor: Actor, person_id: UUID, outcome_id: UUID
) -> Response[Any]:
    """They have it, or do not want it any more."""
    await require_person(actor, person_id, Scope.SEE)
    await end_outcome(actor, person_id, outcome_id)
    return await done(request, f"/people/{person_id}/needs", "The outcome has ended today.")


HANDLERS = [
    *(show_needs, show_new_assessment, do_new_assessment, show_new_need, do_new_need, do_end_need),
    *(show_new_outcome, do_new_outcome, do_end_outcome),
]
