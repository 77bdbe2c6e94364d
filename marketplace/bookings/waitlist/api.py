"""The API about waitlists: the same commands as the pages."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings import queries as booking_queries
from marketplace.bookings.commands import Booked
from marketplace.bookings.outside.commands import say_why
from marketplace.bookings.schemas import IdempotencyKey
from marketplace.bookings.waitlist import commands, queries
from marketplace.bookings.waitlist.queries import Line, Waiting
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.idempotency import key_of

SEES = {"permission": Permission.PERSON_SEE}
BOOKS = {"permission": Permission.BOOK}


class JoinIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A full session to wait for, and the money that would pay. Outside the support plan with a reason."""

    activity_session_id: UUID
    fund_id: UUID
    outside_plan_because: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class WaitingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a line. `place` counts those who wait, from 1; an offer is kept until `expires_at`."""

    id: UUID
    person_id: UUID
    fund_id: UUID
    activity_session_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    price_pence: int | None
    state: str
    place: int | None
    joined_at: datetime
    expires_at: datetime | None
    booking_id: UUID | None
    words: str


def _out(line: Waiting) -> WaitingOut:
    return WaitingOut(
        id=line.id, person_id=line.person_id, fund_id=line.fund_id, activity_session_id=line.activity_session_id,
        title=line.title, starts_at=line.starts_at, ends_at=line.ends_at, price_pence=line.price_pence,
        state=str(line.state), place=line.place if line.state == "waiting" else None, joined_at=line.joined_at,
        expires_at=line.expires_at if line.offered else None, booking_id=line.booking_id, words=line.words,
    )  # fmt: skip


@get("/people/{person_id:uuid}/waitlist", opt=SEES)
async def list_waiting(actor: Actor, person_id: UUID) -> list[WaitingOut]:
    """Where a person waits for a place, offers to answer first."""
    return [_out(line) for line in await queries.waiting_of(actor, person_id)]


@post("/waitlist", opt=BOOKS)
async def join_line(actor: Actor, data: JoinIn) -> WaitingOut:
    """Wait for a place on a full session.

    Refused with 409 and the code `place_free`, `already_waiting`, or one of a booking's codes.
    """
    if data.outside_plan_because:
        facts = await booking_queries.booking_facts(actor, data.activity_session_id, data.fund_id)
        await say_why(actor, facts.person_id, data.activity_session_id, data.outside_plan_because)
    entry_id = await commands.join(actor, data.activity_session_id, data.fund_id)
    return _out(await queries.entry(actor, entry_id))


@get("/waitlist/{entry_id:uuid}", opt=SEES)
async def get_entry(actor: Actor, entry_id: UUID) -> WaitingOut:
    """One place in a line."""
    return _out(await queries.entry(actor, entry_id))


@post("/waitlist/{entry_id:uuid}/accept", opt=BOOKS)
async def accept_offer(actor: Actor, entry_id: UUID, idempotency_key: IdempotencyKey = None) -> Booked:
    """Take the place that is kept, at the price and terms of now; it is a booking then.

    Refused with 409: `state_conflict` when the offer has ended, or one of a booking's codes; the offer stands then.
    """
    key = key_of(actor.user_id, idempotency_key, f"POST /waitlist/{entry_id}/accept", {})
    return await commands.accept(actor, entry_id, key=key)


@post("/waitlist/{entry_id:uuid}/decline", opt=BOOKS, status_code=200)
async def decline_offer(actor: Actor, entry_id: UUID) -> WaitingOut:
    """Say no to the place that is kept; the next in line is asked at once."""
    await commands.decline(actor, entry_id)
    return _out(await queries.entry(actor, entry_id))


@post("/waitlist/{entry_id:uuid}/leave", opt=BOOKS, status_code=200)
async def leave_line(actor: Actor, entry_id: UUID) -> WaitingOut:
    """Wait no longer."""
    await commands.leave(actor, entry_id)
    return _out(await queries.entry(actor, entry_id))


@get("/sessions/{session_id:uuid}/waitlist", opt={"permission": Permission.ATTENDANCE_RECORD})
async def session_line(actor: Actor, session_id: UUID) -> Line:
    """How many wait for a session of the caller's provider, and for whom a place is kept."""
    return await queries.line_of_session(actor, session_id)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        list_waiting,
        join_line,
        get_entry,
        accept_offer,
        decline_offer,
        leave_line,
        session_line,
    ],
    tags=["waitlists"],
)
