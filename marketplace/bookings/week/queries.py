"""What a week holds. Whether the actor may see it is asked by `isf.queries.person`, which also audits the view."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import msgspec

from marketplace.bookings.queries import facts_by_fund
from marketplace.bookings.rules import LIVE, BookingState, Payment, Reason
from marketplace.bookings.week.rules import Idea, Span
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.clock import from_wall

_LIVE = sorted(str(state) for state in LIVE)
# What was taken from the person: it stays in the week, so that they see it and choose something else.
_TAKEN = [Reason.PROVIDER, Reason.PROVIDER_SUSPENDED]


class BookingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A booking of the week. `charge_pence` is what is owed for it, once that is known."""

    id: UUID
    state: BookingState
    payment: Payment
    price_pence: int
    charge_pence: int | None
    starts_at: datetime
    ends_at: datetime
    fund_id: UUID
    title: str
    category: str
    venue: str | None
    town: str | None
    ratio: str
    transport_pence: int
    cancelled_because: Reason | None = None

    @property
    def cost_pence(self) -> int:
        """What is paid for it, as far as that is known today."""
        return self.price_pence if self.charge_pence is None else self.charge_pence

    @property
    def live(self) -> bool:
        """Whether it keeps the person busy."""
        return self.state in LIVE


class IdeaLine(msgspec.Struct, frozen=True, kw_only=True):
    """A session wished for."""

    id: UUID
    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    title: str
    category: str
    venue: str | None
    town: str | None
    price_pence: int | None


class OwnPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody for whom the actor acts in their own name."""

    id: UUID
    called: str


def bounds(monday: date) -> tuple[datetime, datetime]:
    """The moments between which a London week lies, half-open."""
    return from_wall(monday, time(0)), from_wall(monday + timedelta(days=7), time(0))


async def bookings_of_week(person_id: UUID, monday: date) -> list[BookingLine]:
    """The bookings of a week, the cancelled ones that cost something, and those that others cancelled and that are not
    booked again; earliest first."""
    rows = await db.fetch_all(
        "SELECT b.id, b.state, b.payment, b.price_pence, t.charge_pence, b.starts_at, b.ends_at, b.fund_id, a.title,"
        "       a.category, v.name AS venue, v.town, b.ratio, b.transport_pence,"
        "       nullif(b.cancelled_because, '') AS cancelled_because"
        "  FROM booking b JOIN activity_session s ON s.id = b.activity_session_id"
        "  JOIN activity a ON a.id = s.activity_id"
        "  LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id) LEFT JOIN attendance t ON t.booking_id = b.id"
        " WHERE b.person_id = $1 AND b.starts_at >= $2 AND b.starts_at < $3"
        "   AND (b.state = ANY ($4) OR b.state = 'cancelled' AND (t.charge_pence > 0 OR b.cancelled_because = ANY ($5)"
        "        AND NOT EXISTS (SELECT 1 FROM booking l WHERE l.person_id = b.person_id AND l.state = ANY ($4)"
        "                           AND l.activity_session_id = b.activity_session_id)))"
        " ORDER BY b.starts_at, b.id",
        person_id,
        *bounds(monday),
        _LIVE,
        _TAKEN,
    )
    return [msgspec.convert(row, BookingLine) for row in rows]


async def ideas_of_week(person_id: UUID, monday: date) -> list[IdeaLine]:
    """The ideas of a week that are not booked, earliest first."""
    rows = await db.fetch_all(
        "SELECT i.id, s.id AS session_id, s.starts_at, s.ends_at, a.title, a.category, v.name AS venue, v.town,"
        "       activity_price_on(a.id, s.service_on, session_minutes(s.starts_at, s.ends_at)) AS price_pence"
        "  FROM idea i JOIN activity_session s ON s.id = i.activity_session_id JOIN activity a ON a.id = s.activity_id"
        "  LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id)"
        " WHERE i.person_id = $1 AND s.starts_at >= $2 AND s.starts_at < $3 AND NOT EXISTS ("
        "       SELECT 1 FROM booking b WHERE b.person_id = $1 AND b.activity_session_id = s.id AND b.state = ANY ($4))"
        " ORDER BY s.starts_at, a.title, i.id",
        person_id,
        *bounds(monday),
        _LIVE,
    )
    return [msgspec.convert(row, IdeaLine) for row in rows]


async def with_facts(actor: Actor, person_id: UUID, lines: list[IdeaLine]) -> list[Idea]:
    """The ideas with what decides about them, for all of the person's funds; one statement."""
    if not lines:
        return []
    facts = await facts_by_fund(actor, person_id, [line.session_id for line in lines])
    return [
        Idea(line.id, line.title, Span(line.starts_at, line.ends_at), facts.get(line.session_id, {}))
        for line in lines
    ]


async def own_people(actor: Actor) -> list[OwnPerson]:
    """The people for whom the actor acts in their own name today, themselves first."""
    require(actor, Permission.PERSON_SEE)
    rows = await db.fetch_all(
        "SELECT p.id, coalesce(nullif(p.preferred_name, ''), p.name) AS called FROM person p"
        " WHERE EXISTS (SELECT 1 FROM authority a WHERE a.person_id = p.id AND a.user_id = $1"
        "   AND 'see' = ANY (a.scopes) AND a.starts_on <= $2 AND (a.ends_on IS NULL OR a.ends_on > $2))"
        " ORDER BY (p.user_id = $1) DESC NULLS LAST, p.name, p.id",
        actor.user_id,
        clock.today(),
    )
    return [msgspec.convert(row, OwnPerson) for row in rows]
