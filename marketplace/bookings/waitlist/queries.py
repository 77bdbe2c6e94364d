"""Reads about lines: one's own place in them, and a provider's view; each takes the actor."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from isf.todo import Todo
from marketplace.bookings.terms import moment
from marketplace.bookings.waitlist.rules import Ended, WaitState, in_line
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db, formats
from marketplace.kernel.clock import london_day
from marketplace.kernel.errors import NotFound
from providers.access import own_provider


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a line. `place` counts those who wait from 1; the price in pence is today's for that date."""

    id: UUID
    person_id: UUID
    called: str
    fund_id: UUID
    activity_session_id: UUID
    activity_id: UUID
    title: str
    easy_read: str
    category: str
    provider_name: str
    venue: str | None
    town: str | None
    starts_at: datetime
    ends_at: datetime
    price_pence: int | None
    state: WaitState
    place: int
    joined_at: datetime
    expires_at: datetime | None
    ended_because: str
    booking_id: UUID | None

    @property
    def offered(self) -> bool:
        """Whether a place is kept for them now."""
        return (
            self.state is WaitState.OFFERED and self.expires_at is not None and self.expires_at > clock.now()
        )

    @property
    def words(self) -> str:
        """Where they stand, in a sentence."""
        if self.offered and self.expires_at is not None:
            return f"A place is kept until {moment(self.expires_at)}."
        if self.state is WaitState.WAITING:
            return f"You are {in_line(self.place)}."
        if self.state is WaitState.ENDED:
            return Ended(self.ended_because).words(self.title, formats.when(self))
        return {
            WaitState.ACCEPTED: "You took the place.",
            WaitState.DECLINED: "You said no to the place.",
            WaitState.LEFT: "You left the waitlist.",
        }.get(self.state, "Nobody answered in time, so the place went to the next in line.")


_WAITING = """
    SELECT w.id, w.person_id, coalesce(nullif(p.preferred_name, ''), p.name) AS called, w.fund_id,
           w.activity_session_id, s.activity_id, a.title, a.easy_read, a.category, pr.name AS provider_name,
           v.name AS venue, v.town, s.starts_at, s.ends_at,
           activity_price_on(a.id, s.service_on, session_minutes(s.starts_at, s.ends_at)) AS price_pence,
           w.state, w.joined_at, w.expires_at, w.ended_because, w.booking_id,
           (SELECT count(*) FROM waitlist_entry o WHERE o.activity_session_id = s.id AND o.state = 'waiting'
               AND (o.joined_at, o.id) <= (w.joined_at, w.id)) AS place
      FROM waitlist_entry w JOIN person p ON p.id = w.person_id
      JOIN activity_session s ON s.id = w.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = s.provider_id LEFT JOIN venue v ON v.id = a.venue_id
"""


async def waiting_of(actor: Actor, person_id: UUID) -> list[Waiting]:
    """The lines in which a person stands, offers first, then the earliest date. Raises NotFound, Forbidden."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        _WAITING + " WHERE w.person_id = $1 AND w.state IN ('waiting', 'offered')"
        " ORDER BY w.state <> 'offered', w.expires_at, s.starts_at, w.id",
        person_id,
    )
    return [msgspec.convert(row, Waiting) for row in rows]


async def entry(actor: Actor, entry_id: UUID) -> Waiting:
    """One place in a line, for those who see the person; the view is audited. Raises NotFound."""
    row = await db.fetch_one(_WAITING + " WHERE w.id = $1", entry_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    await record_view(actor, "waitlist_entry", entry_id)
    return msgspec.convert(row, Waiting)


async def how_many_wait(session_id: UUID) -> int:
    """How many wait for a place on a session; no names."""
    counted: int = await db.fetch_value(
        "SELECT count(*) FROM waitlist_entry WHERE activity_session_id = $1 AND state = 'waiting'", session_id
    )
    return counted


async def open_entry(person_id: UUID, session_id: UUID) -> UUID | None:
    """The person's own place in this line, if they stand in it; whether the actor sees them is asked before."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM waitlist_entry WHERE person_id = $1 AND activity_session_id = $2"
        " AND state IN ('waiting', 'offered')",
        person_id,
        session_id,
    )
    return found


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """The offers that wait for an answer."""
    return [
        Todo(
            f"Say yes or no to a place in {line.title}, kept until {formats.clock_time(line.expires_at)}",
            f"/waitlist/{line.id}",
            london_day(line.expires_at),
        )
        for line in await waiting_of(actor, person_id)
        if line.offered and line.expires_at is not None
    ]


class OfferMade(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody for whom a place of the provider's session is kept."""

    called: str
    expires_at: datetime


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A session's line as its provider sees it: how many wait, and who has an offer."""

    session_id: UUID
    waiting: int
    offers: Sequence[OfferMade]

    @property
    def words(self) -> str:
        """`3 people wait for a place.`"""
        verb = "waits" if self.waiting == 1 else "wait"
        return f"{formats.count(self.waiting, 'person', 'people')} {verb} for a place."


async def line_of_session(actor: Actor, session_id: UUID) -> Line:
    """The line of the actor's own provider's session: names only of those who are asked now (`rules.md` 27).

    Raises Forbidden, NotFound for another's session.
    """
    require(actor, Permission.ATTENDANCE_RECORD)
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    if not await db.fetch_value(
        "SELECT true FROM activity_session WHERE id = $1 AND provider_id = $2", session_id, provider_id
    ):
        raise NotFound
    rows = await db.fetch_all(
        "SELECT w.state, p.name AS called, w.expires_at FROM waitlist_entry w JOIN person p ON p.id = w.person_id"
        " WHERE w.activity_session_id = $1 AND w.state IN ('waiting', 'offered') ORDER BY w.joined_at, w.id",
        session_id,
    )
    offers = [msgspec.convert(row, OfferMade) for row in rows if row["state"] == WaitState.OFFERED]
    return Line(session_id=session_id, waiting=len(rows) - len(offers), offers=offers)
