"""How to communicate with a person: noting it, and looking at it again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.care.communication.commands import (
    CommunicationDraft,
    CommunicationLook,
    look_again,
    record_communication,
)
from isf.care.communication.queries import CommunicationLine, communication_of, due_for_review
from isf.care.rules import CommunicationKind, Identified, Met, usual_review
from isf.routes.reading import MANAGES, person_page
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Scope
from marketplace.kernel import clock
from marketplace.kernel.comparing import compare
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.versions import EditedMeanwhile

SOON = timedelta(days=28)
_LABELS = {
    "words": "What to do",
    "shared": "Providers are told",
    "consent_on": "Agreed on",
    "met": "Met",
    "review_on": "Look again on",
}


@get("/people/{person_id:uuid}/record/communication/new", opt=MANAGES)
async def show_new(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for a communication need."""
    return await _new_page(request, actor, person_id, Form({}))


async def _new_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "isf/care/new_communication.html",
        form=form,
        status=status,
        kinds=[(kind, kind.label) for kind in CommunicationKind],
        ways=[(way, way.label) for way in Identified],
        mets=[(met, met.label) for met in Met],
        review_on=usual_review(clock.today()),
    )


@post("/people/{person_id:uuid}/record/communication/new", opt=MANAGES, status_code=200)
async def do_new(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Record it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    kind = form.choice("kind", CommunicationKind, required="Choose what it is about")
    way = form.choice("identified", Identified, required="Choose how you know")
    met = form.choice("met", Met, required="Choose whether it is met")
    try:
        draft = CommunicationDraft(
            kind=kind or CommunicationKind.OTHER,
            words=form.text("words", required="Enter what to do, such as: large print, 16 point", most=500),
            identified=way or Identified.ASKED,
            shared=form.ticked("shared"),
            consent_on=form.day("consent_on"),
            met=met or Met.NOT_KNOWN,
            review_on=form.day("review_on", required="Enter the day to look at it again"),
        )
        form.check()
        await record_communication(actor, person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _new_page(request, actor, person_id, form, status=refusal.status)
    return await done(
        request, f"/people/{person_id}/record#communication", "The communication need is recorded."
    )


@get("/people/{person_id:uuid}/record/communication/{communication_id:uuid}", opt=MANAGES)
async def show_look(
    request: AnyRequest, actor: Actor, person_id: UUID, communication_id: UUID
) -> Response[Any]:
    """The form for looking at a communication need again."""
    line = await _line(actor, person_id, communication_id)
    values = {
        "words": line.words,
        "shared": ["yes"] if line.shared else [],
        "met": str(line.met),
        "version": str(line.version),
        "still": "yes",
    }
    if line.consent_on:
        values["consent_on"] = line.consent_on.isoformat()
    return await _look_page(request, actor, person_id, line, Form(values))


async def _line(actor: Actor, person_id: UUID, communication_id: UUID) -> CommunicationLine:
    for line in await communication_of(actor, person_id):
        if line.id == communication_id:
            return line
    raise NotFound


async def _look_page(
    request: AnyRequest,
    actor: Actor,
    person_id: UUID,
    line: CommunicationLine,
    form: Form,
    *,
    status: int = 200,
    differences: list[dict[str, Any]] | None = None,
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "isf/care/look_again.html",
        form=form,
        status=status,
        line=line,
        mets=[(met, met.label) for met in Met],
        review_on=usual_review(clock.today()),
        differences=differences or [],
    )


@post("/people/{person_id:uuid}/record/communication/{communication_id:uuid}", opt=MANAGES, status_code=200)
async def do_look(
    request: AnyRequest, actor: Actor, person_id: UUID, communication_id: UUID
) -> Response[Any]:
    """Note what was found; what it said before is kept."""
    line = await _line(actor, person_id, communication_id)
    form = await Form.read(request)
    still = form.one_of("still", ("yes", "no"), required="Choose whether it is still needed") == "yes"
    met = form.choice("met", Met, required="Choose whether it is met")
    look = CommunicationLook(
        words=form.text("words", required="Enter what to do", most=500),
        shared=form.ticked("shared"),
        consent_on=form.day("consent_on"),
        met=met or Met.NOT_KNOWN,
        still_needed=still,
        note=form.text("note", most=2000),
        review_on=form.day("review_on", required="Enter the day to look at it again") if still else None,
    )
    version = form.whole("version", required="Load the page again")
    differences: list[dict[str, Any]] = []
    try:
        form.check()
        await look_again(actor, person_id, communication_id, version, look)
    except EditedMeanwhile as refusal:
        typed = {name: getattr(look, name) for name in _LABELS} | {"met": str(look.met)}
        form.take(refusal)
        differences = compare(form, refusal, typed, _LABELS)
    except DomainError as refusal:
        form.take(refusal)
    if form.errors:
        status = 409 if differences or "_form" in form.errors else 422
        return await _look_page(request, actor, person_id, line, form, status=status, differences=differences)
    return await done(request, f"/people/{person_id}/record#communication", "Your look at it is noted.")


@get("/council/communication", opt=MANAGES)
async def show_due(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Whose communication needs are due to be looked at again, now and in the next four weeks."""
    today = clock.today()
    lines = await due_for_review(actor, today + SOON)
    return await page(
        request,
        "isf/care/due.html",
        due=[line for line in lines if line.review_on <= today],
        soon=[line for line in lines if line.review_on > today],
    )


HANDLERS = [show_new, do_new, show_look, do_look, show_due]
