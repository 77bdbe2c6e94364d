"""Which dates could be cancelled and what that would do; and which other dates there are instead."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from marketplace.bookings.cancelling.rules import MOST_DATES
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from providers.access import own_provider

SUGGESTED = 3


class DateLine(msgspec.Struct, frozen=True, kw_only=True):
    """A date to come of the provider, with what cancelling it would do. Money in pence."""

    id: UUID
    title: str
    venue_id: UUID | None
    venue: str | None
    starts_at: datetime
    ends_at: datetime
    bookings: int
    pence: int
    waiting: int


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """What cancelling several dates would do. Money in pence."""

    dates: int
    bookings: int
    people: int
    pence: int
    waiting: int


_DATES = """
    SELECT s.id, a.title, v.id AS venue_id, v.name AS venue, s.starts_at, s.ends_at,
           coalesce(b.bookings, 0) AS bookings, coalesce(b.pence, 0)::bigint AS pence,
           (SELECT count(*) FROM waitlist_entry w WHERE w.activity_session_id = s.id
               AND w.state IN ('waiting', 'offered')) AS waiting
      FROM activity_session s JOIN activity a ON a.id = s.activity_id
      LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id)
      LEFT JOIN LATERAL (SELECT count(*) AS bookings, sum(b.price_pence) AS pence FROM booking b
                          WHERE b.activity_session_id = s.id AND b.state IN ('held', 'confirmed')) b ON true
     WHERE s.provider_id = $1 AND s.state = 'scheduled' AND s.starts_at > $2
"""


async def dates_on(actor: Actor, day: date) -> list[DateLine]:
    """The actor's own provider's dates of a day that have not begun, earliest first. Needs OFFER_MANAGE."""
    rows = await db.fetch_all(
        _DATES + " AND s.service_on = $3 ORDER BY s.starts_at, a.title, s.id LIMIT $4",
        await own_provider(actor),
        clock.now(),
        day,
        MOST_DATES,
    )
    return [msgspec.convert(row, DateLine) for row in rows]


async def dates_chosen(actor: Actor, session_ids: Sequence[UUID]) -> list[DateLine]:
    """Those of the chosen dates that are the actor's own and can be cancelled; one statement. Needs OFFER_MANAGE."""
    rows = await db.fetch_all(
        _DATES + " AND s.id = ANY ($3) ORDER BY s.starts_at, a.title, s.id",
        await own_provider(actor),
        clock.now(),
        list(session_ids),
    )
    return [msgspec.convert(row, DateLine) for row in rows]


async def would_do(actor: Actor, session_ids: Sequence[UUID]) -> Sum:
    """What cancelling these dates would do; numbers only, because this is no view of anybody's record."""
    row = await db.fetch_one(
        "WITH chosen AS (SELECT id FROM activity_session WHERE provider_id = $1 AND id = ANY ($2)"
        "   AND state = 'scheduled' AND starts_at > $3)"
        " SELECT (SELECT count(*) FROM chosen) AS dates, count(*) AS bookings, count(DISTINCT b.person_id) AS people,"
        "        coalesce(sum(b.price_pence), 0)::bigint AS pence,"
        "        (SELECT count(*) FROM waitlist_entry w JOIN chosen c ON c.id = w.activity_session_id"
        "          WHERE w.state IN ('waiting', 'offered')) AS waiting"
        "   FROM booking b JOIN chosen c ON c.id = b.activity_session_id WHERE b.state IN ('held', 'confirmed')",
        await own_provider(actor),
        list(session_ids),
        clock.now(),
    )
    return msgspec.convert(row, Sum)


async def recorded_among(session_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these dates of which the register says already that somebody came, or did not."""
    rows = await db.fetch_all(
        "SELECT DISTINCT activity_session_id AS id FROM booking WHERE activity_session_id = ANY ($1::uuid[])"
        " AND state IN ('delivered', 'missed')",
        list(session_ids),
    )
    return {row["id"] for row in rows}


class OtherDate(msgspec.Struct, frozen=True, kw_only=True):
    """Another date of the same activity with a place, on which the same money can be used."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    places_left: int
    price_pence: int | None


# Nearest to the date that is lost; never when the person has something else.
_OTHER_DATES = """
    SELECT s.id, s.starts_at, s.ends_at, s.capacity - s.places_taken - s.places_offered AS places_left,
           activity_price_on(s.activity_id, s.service_on, session_minutes(s.starts_at, s.ends_at)) AS price_pence
      FROM booking b JOIN activity_session was ON was.id = b.activity_session_id
      JOIN fund f ON f.id = b.fund_id AND f.state = 'open'
      JOIN activity_session s ON s.activity_id = was.activity_id AND s.state = 'scheduled' AND s.starts_at > $2
       AND s.places_taken + s.places_offered < s.capacity AND s.service_on >= f.starts_on AND s.service_on < f.ends_on
      JOIN activity a ON a.id = s.activity_id AND a.state = 'published'
     WHERE b.id = $1 AND NOT provider_suspended(s.provider_id)
       AND (b.route = 'council_managed' OR s.owner_council_id <> b.council_id)
       AND NOT EXISTS (SELECT 1 FROM booking o WHERE o.person_id = b.person_id
                        AND o.state IN ('held', 'confirmed', 'delivered', 'missed')
                        AND tstzrange(o.starts_at, o.ends_at) && tstzrange(s.starts_at, s.ends_at))
     ORDER BY greatest(s.starts_at - b.starts_at, b.starts_at - s.starts_at), s.starts_at, s.id LIMIT $3
"""


async def other_dates(booking_id: UUID, most: int = SUGGESTED) -> list[OtherDate]:
    """Dates that could stand in for a booking that was cancelled; whether the actor sees it is asked before."""
    rows = await db.fetch_all(_OTHER_DATES, booking_id, clock.now(), most)
    return [msgspec.convert(row, OtherDate) for row in rows]
