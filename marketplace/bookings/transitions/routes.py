"""The pages of a move off an in-house service: the worklist, a person's moves, and each of them (row B8)."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf import queries as people
from marketplace.bookings.reprovision.queries import alternatives
from marketplace.bookings.transitions import commands, queries
from marketplace.bookings.transitions.rules import ConsultationDraft, HeldBy, TransitionState
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, easy_read, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form

MANAGES = {"permission": Permission.PERSON_MANAGE}
SEES = {"permission": Permission.PERSON_SEE}

_COLUMNS = [
    {"key": "person_name", "text": "Person"},
    {"key": "provider_name", "text": "Service"},
    {"key": "state", "text": "Now", "kind": "state"},
    {"key": "started_at", "text": "Since", "kind": "date"},
    {"key": "move_from", "text": "Moves from", "kind": "date"},
    {"key": "bookings", "text": "Bookings to come", "kind": "number"},
]
_CANDIDATE_COLUMNS = [
    {"key": "person_name", "text": "Person"},
    {"key": "provider_name", "text": "Service"},
    {"key": "bookings", "text": "Bookings to come", "kind": "number"},
    {"key": "next_on", "text": "Next on", "kind": "date"},
]
_ROLES = [(str(role), role.label, "") for role in HeldBy]


@get("/council/transitions", opt=MANAGES)
async def show_worklist(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The moves under way, and who still goes to a service of the council."""
    return await page(
        request,
        "bookings/transitions/list.html",
        columns=_COLUMNS,
        rows=[
            {
                "person_name": one.person_name,
                "href": f"/transitions/{one.id}",
                "provider_name": one.provider_name,
                "state": f"transition_{one.state}",
                "started_at": one.started_at,
                "move_from": one.move_from,
                "bookings": one.bookings,
            }
            for one in await queries.worklist(actor)
        ],
        candidate_columns=_CANDIDATE_COLUMNS,
        candidates=[
            {
                "person_name": one.person_name,
                "href": f"/people/{one.person_id}/transitions",
                "provider_name": one.provider_name,
                "bookings": one.bookings,
                "next_on": one.next_on,
            }
            for one in await queries.candidates(actor)
        ],
    )


@get("/people/{person_id:uuid}/transitions", opt=SEES)
async def show_of_person(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """A person's moves; the council's staff begin one here, the person reads them in Easy Read too."""
    return await _person_page(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/transitions", opt=MANAGES, status_code=200)
async def do_start(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Begin to think about a move off one of the services to which the person goes."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    known = {str(one.provider_id) for one in await queries.candidates_of(actor, person_id)}
    chosen = form.one_of("provider", known, required="Choose the service")
    try:
        form.check()
        made = await commands.start(actor, person_id, UUID(chosen), form.text("because"))
    except DomainError as refusal:
        form.take(refusal)
        return await _person_page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/transitions/{made}", "The move is started. Talk with the person first.")


async def _person_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    easy = easy_read(request) and status == 200
    return await page(
        request,
        "bookings/transitions/person_easy.html" if easy else "bookings/transitions/person.html",
        status=status,
        about=person_id,
        person=await people.person(actor, person_id),
        transitions=await queries.transitions_of(actor, person_id),
        services=[(str(one.provider_id), one.provider_name, f"{formats.count(one.bookings, 'booking')} to come")
                  for one in await queries.candidates_of(actor, person_id)],
        may_manage=Permission.PERSON_MANAGE in actor.permissions,
        form=form.values,
        errors=form.errors,
    )  # fmt: skip


@get("/transitions/{transition_id:uuid}", opt=SEES)
async def show_one(request: AnyRequest, actor: Actor, transition_id: UUID) -> Response[Any]:
    """One move: why, what was said, what was agreed, what was given back, and what comes next."""
    return await _page(request, actor, transition_id, Form({}))


@post("/transitions/{transition_id:uuid}", opt=MANAGES, status_code=200)
async def do_next(request: AnyRequest, actor: Actor, transition_id: UUID) -> Response[Any]:
    """The next step: `do` is consult, agree, move or stop."""
    await queries.transition_view(actor, transition_id)
    form = await Form.read(request)
    try:
        told = await _step(actor, transition_id, form)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, transition_id, form, status=refusal.status)
    return await done(request, f"/transitions/{transition_id}", told)


async def _step(actor: Actor, transition_id: UUID, form: Form) -> str:
    match form.text("do"):
        case "consult":
            await commands.record_consultation(actor, transition_id, _draft(form))
            return "What was said is recorded."
        case "agree":
            day = form.day("move_from", required="Enter the first day elsewhere, like 24 11 2026")
            form.check()
            assert day is not None  # noqa: S101 - `check` refuses None
            await commands.agree(actor, transition_id, day, form.text("plan"))
            return "The move is agreed. It is made when you say so."
        case "move":
            moved = await commands.move(actor, transition_id)
            return f"The move is made. {formats.count(moved.bookings, 'booking')} given back."
        case "stop":
            await commands.stop(actor, transition_id, form.text("words"))
            return "The person stays where they are."
    form.fail("_form", "Choose what to do next")
    form.check()
    raise NotFound


def _draft(form: Form) -> ConsultationDraft:
    role = form.text("held_by_role")
    day = form.day("held_on")
    return ConsultationDraft(
        held_by=form.text("held_by"),
        held_by_role=HeldBy(role) if role in set(HeldBy) else None,
        held_on=day,
        present=form.text("present"),
        persons_view=form.text("persons_view"),
        accessible_how=form.text("accessible_how"),
        decided=form.text("decided"),
    )


async def _page(
    request: AnyRequest, actor: Actor, transition_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    found = await queries.transition_view(actor, transition_id)
    lost = await queries.given_back(found)
    instead = next((each for each in lost if str(each.id) == request.query_params.get("instead")), None)
    return await page(
        request,
        "bookings/transitions/one.html",
        status=status,
        about=found.person_id,
        move=found,
        lost=lost,
        instead=instead,
        alternatives=await alternatives(instead.id) if instead else [],
        roles=_ROLES,
        states=TransitionState,
        may_manage=Permission.PERSON_MANAGE in actor.permissions,
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    include_in_schema=False,
    route_handlers=[show_worklist, show_of_person, do_start, show_one, do_next],
)
