"""The API about moves off in-house services: the same queries and commands as the pages."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.transitions import commands, queries
from marketplace.bookings.transitions.queries import TransitionView
from marketplace.bookings.transitions.rules import MOST_WORDS, ConsultationDraft, HeldBy
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

MANAGES = {"permission": Permission.PERSON_MANAGE}
SEES = {"permission": Permission.PERSON_SEE}

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_WORDS)]


class StartIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The in-house service, and why a move is thought of."""

    provider_id: UUID
    because: Words


class ConsultationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said, by whom and when, in the person's own words."""

    held_by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    held_by_role: HeldBy
    held_on: date
    present: Words
    persons_view: Words
    accessible_how: Words
    decided: Words


class AgreeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which day on, and what the person does instead."""

    move_from: date
    plan: Words


class StopIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the person stays."""

    words: Words


class StartedOut(msgspec.Struct, frozen=True):
    """The move."""

    id: UUID


class MovedOut(msgspec.Struct, frozen=True):
    """How many bookings were given back."""

    bookings: int


@get("/transitions", opt=MANAGES)
async def list_transitions(actor: Actor) -> list[TransitionView]:
    """The moves under way in your council, the longest first."""
    return await queries.worklist(actor)


@get("/transitions/{transition_id:uuid}", opt=SEES)
async def get_transition(actor: Actor, transition_id: UUID) -> TransitionView:
    """One move with its consultation."""
    return await queries.transition_view(actor, transition_id)


@post("/people/{person_id:uuid}/transitions", opt=MANAGES, status_code=201)
async def start(actor: Actor, person_id: UUID, data: StartIn) -> StartedOut:
    """Begin to think about a move of a person off a service of their own council."""
    return StartedOut(await commands.start(actor, person_id, data.provider_id, data.because))


@post("/transitions/{transition_id:uuid}/consultation", opt=MANAGES, status_code=204)
async def consult(actor: Actor, transition_id: UUID, data: ConsultationIn) -> None:
    """Record the talk with the person, once."""
    draft = ConsultationDraft(
        data.held_by, data.held_by_role, data.held_on, data.present, data.persons_view, data.accessible_how,
        data.decided,
    )  # fmt: skip
    await commands.record_consultation(actor, transition_id, draft)


@post("/transitions/{transition_id:uuid}/agree", opt=MANAGES, status_code=204)
async def agree(actor: Actor, transition_id: UUID, data: AgreeIn) -> None:
    """What was decided is a move from a day on; 409 without a recorded consultation."""
    await commands.agree(actor, transition_id, data.move_from, data.plan)


@post("/transitions/{transition_id:uuid}/move", opt=MANAGES, status_code=200)
async def move(actor: Actor, transition_id: UUID) -> MovedOut:
    """Make the move: bookings there from its day on are given back at no cost; 409 without a consultation."""
    return MovedOut((await commands.move(actor, transition_id)).bookings)


@post("/transitions/{transition_id:uuid}/stop", opt=MANAGES, status_code=204)
async def stop(actor: Actor, transition_id: UUID, data: StopIn) -> None:
    """The person stays where they are."""
    await commands.stop(actor, transition_id, data.words)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[list_transitions, get_transition, start, consult, agree, move, stop],
    tags=["transitions"],
)
