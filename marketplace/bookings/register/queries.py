"""What those who deliver see: their own provider's sessions, and the people on them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

import msgspec

from marketplace.bookings.rules import BookingState, Outcome
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.clock import from_wall
from marketplace.kernel.errors import NotFound
from providers.access import own_provider

_WITH_A_PLACE = ["confirmed", "delivered", "held", "missed"]


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A dated session of the provider. `unrecorded` counts the people of whom nothing is recorded yet."""

    id: UUID
    activity_id: UUID
    title: str
    venue: str | None
    town: str | None
    starts_at: datetime
    ends_at: datetime
    service_on: date
    capacity: int
    places_taken: int
    places_offered: int
    state: str
    unrecorded: int
    recorded: int

    @property
    def taken_words(self) -> str:
        """`3 of 8`, or `7 of 8, 1 offered` while somebody on the waitlist is asked."""
        offered = f", {self.places_offered} offered" if self.places_offered else ""
        return f"{self.places_taken} of {self.capacity}{offered}"

    @property
    def full(self) -> bool:
        """Whether no place is free; one that is offered is not."""
        return self.places_taken + self.places_offered >= self.capacity


class PersonOnRegister(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has, or had, a place on a session. `kept_percent` is the share of the price that keeps the place
    while their support rests (`rules.md` 17)."""

    booking_id: UUID
    session_id: UUID
    reference: str
    person_id: UUID
    name: str
    needs: str
    prefers_easy_read: bool
    state: BookingState
    outcome: Outcome | None
    note: str | None
    charge_pence: int | None
    held_until: datetime | None
    arrived_at: time | None
    left_at: time | None
    disputed: bool
    ratio: str
    transport_pence: int
    price_pence: int
    kept_percent: int | None

    @property
    def cancelled(self) -> bool:
        """Whether the place was given up."""
        return self.state is BookingState.CANCELLED


# $1 the provider, $2 from, $3 before.
_SESSIONS = """
    SELECT s.id, s.activity_id, a.title, v.name AS venue, v.town, s.starts_at, s.ends_at, s.service_on, s.capacity,
           s.places_taken, s.places_offered, s.state, coalesce(n.unrecorded, 0) AS unrecorded,
           coalesce(n.recorded, 0) AS recorded
      FROM activity_session s JOIN activity a ON a.id = s.activity_id
      LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id)
      LEFT JOIN LATERAL (
          SELECT count(*) FILTER (WHERE b.state = 'confirmed') AS unrecorded,
                 count(*) FILTER (WHERE b.state IN ('delivered', 'missed')) AS recorded
            FROM booking b WHERE b.activity_session_id = s.id) n ON true
"""


async def sessions_between(provider_id: UUID, first: date, last: date) -> list[SessionLine]:
    """The provider's sessions on London days, both included, earliest first; cancelled ones too."""
    rows = await db.fetch_all(
        _SESSIONS
        + " WHERE s.provider_id = $1 AND s.starts_at >= $2 AND s.starts_at < $3 ORDER BY s.starts_at, a.title",
        provider_id,
        from_wall(first, time(0)),
        from_wall(last + timedelta(days=1), time(0)),
    )
    return [msgspec.convert(row, SessionLine) for row in rows]


async def unfilled(provider_id: UUID, before: date, most: int = 50) -> list[SessionLine]:
    """Sessions of days before, with people of whom nothing is recorded; the oldest first."""
    rows = await db.fetch_all(
        _SESSIONS
        + " WHERE s.provider_id = $1 AND s.starts_at < $2 AND n.unrecorded > 0 ORDER BY s.starts_at LIMIT $3",
        provider_id,
        from_wall(before, time(0)),
        most,
    )
    return [msgspec.convert(row, SessionLine) for row in rows]


async def own_session(actor: Actor, session_id: UUID) -> SessionLine:
    """One session of the actor's own provider. Raises NotFound for others."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    row = await db.fetch_one(_SESSIONS + " WHERE s.provider_id = $1 AND s.id = $2", provider_id, session_id)
    if row is None:
        raise NotFound
    return msgspec.convert(row, SessionLine)


async def people_of(
    actor: Actor, provider_id: UUID, session_ids: Sequence[UUID]
) -> Mapping[UUID, list[PersonOnRegister]]:
    """Who is on these sessions of the provider, by name; one statement, and one audit record of the view.

    Only for sessions of `provider_id`, which the caller has proved to be the actor's own.
    """
    found: dict[UUID, list[PersonOnRegister]] = {}
    for line in await names_on(provider_id, session_ids):
        found.setdefault(line.session_id, []).append(line)
    if found:
        await _record_view(actor, provider_id, found)
    return found


async def names_on(provider_id: UUID, session_ids: Sequence[UUID]) -> list[PersonOnRegister]:
    """The same without an audit record: for saving what somebody saw already."""
    rows = await db.fetch_all(
        "SELECT b.id AS booking_id, b.activity_session_id AS session_id, b.reference, p.id AS person_id, p.name,"
        # The functions are asked only of those of whom there is something to tell.
        "       CASE WHEN EXISTS (SELECT 1 FROM communication_need n WHERE n.person_id = p.id AND n.shared)"
        "            THEN shared_needs(p.id) ELSE '' END AS needs, p.prefers_easy_read,"
        "       b.state, t.outcome, t.note, t.charge_pence,"
        "       b.held_until, t.arrived_at, t.left_at, coalesce(t.disputed, false) AS disputed,"
        "       b.ratio, b.transport_pence, b.price_pence,"
        "       CASE WHEN EXISTS (SELECT 1 FROM pause_place k WHERE k.booking_id = b.id)"
        "            THEN kept_percent(b.id) END AS kept_percent"
        "  FROM booking b JOIN person p ON p.id = b.person_id LEFT JOIN attendance t ON t.booking_id = b.id"
        " WHERE b.activity_session_id = ANY ($1) AND b.provider_id = $2"
        "   AND (b.state = ANY ($3) OR b.state = 'cancelled') ORDER BY p.name, b.reference",
        list(session_ids),
        provider_id,
        _WITH_A_PLACE,
    )
    return msgspec.convert(rows, list[PersonOnRegister])


async def _record_view(actor: Actor, provider_id: UUID, shown: Mapping[UUID, list[PersonOnRegister]]) -> None:
    """Names and needs were shown: of whom, on which sessions (`rules.md` 27)."""
    people = {line.person_id for lines in shown.values() for line in lines}
    await audit.record(
        actor,
        "register.viewed",
        "provider",
        provider_id,
        after={"sessions": [str(each) for each in shown], "people": sorted(str(each) for each in people)},
    )


async def known_bookings(provider_id: UUID, session_id: UUID) -> dict[UUID, BookingState]:
    """The bookings that a register of this session can hold, with their states."""
    rows = await db.fetch_all(
        "SELECT id, state FROM booking WHERE activity_session_id = $1 AND provider_id = $2 AND state = ANY ($3)",
        session_id,
        provider_id,
        _WITH_A_PLACE,
    )
    return {row["id"]: BookingState(row["state"]) for row in rows}


def week_ahead(today: date | None = None) -> tuple[date, date]:
    """From tomorrow on, seven days."""
    start = (today or clock.today()) + timedelta(days=1)
    return start, start + timedelta(days=6)
