"""Reads about dates that change and the bookings on them: a few statements, however many there are."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from marketplace.bookings.timetable_changes.rules import BookingAsItIs
from marketplace.kernel import clock, db
from providers.timetables.changing import NewSlot, Slot

_SLOT = """
    SELECT s.id, s.activity_id, a.title, s.timetable_id, s.rule_on, s.starts_at, s.ends_at, s.capacity, s.venue_id,
           s.places_taken AS taken, s.places_offered AS offered
      FROM activity_session s JOIN activity a ON a.id = s.activity_id
     WHERE s.provider_id = $1 AND s.state = 'scheduled' AND s.starts_at > $2 AND
"""


async def slots_of(provider_id: UUID, session_ids: Sequence[UUID]) -> list[Slot]:
    """The provider's dates to come among these, by id."""
    rows = await db.fetch_all(
        _SLOT + " s.id = ANY ($3::uuid[]) ORDER BY s.id", provider_id, clock.now(), list(session_ids)
    )
    return [Slot(**row) for row in rows]


async def slots_of_timetable(provider_id: UUID, timetable_id: UUID) -> list[Slot]:
    """The dates to come of a timetable, by id."""
    rows = await db.fetch_all(
        _SLOT + " s.timetable_id = $3 ORDER BY s.id", provider_id, clock.now(), timetable_id
    )
    return [Slot(**row) for row in rows]


# $1 to $4 the changing sessions with their new start, end and day ($4).
_BOOKINGS = """
    WITH change AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::date[])
                        AS c (session_id, starts_at, ends_at, day))
    SELECT b.id, b.activity_session_id AS session_id, b.person_id, b.reference, b.state, b.payment, b.fund_id,
           b.price_pence,
           coalesce(nullif(p.preferred_name, ''), p.name) AS name, b.starts_at, b.ends_at, b.service_on,
           EXISTS (SELECT 1 FROM booking x LEFT JOIN change cx ON cx.session_id = x.activity_session_id
                    WHERE x.person_id = b.person_id AND x.id <> b.id
                      AND x.state IN ('held', 'confirmed', 'delivered', 'missed')
                      AND tstzrange(coalesce(cx.starts_at, x.starts_at), coalesce(cx.ends_at, x.ends_at))
                          && tstzrange(c.starts_at, c.ends_at)) AS busy,
           NOT (f.state = 'open' AND f.starts_on <= c.day AND f.ends_on > c.day) AS outside_fund,
           (CASE WHEN b.payment = 'netted' THEN owner_on(b.provider_id, c.day) <> b.council_id
                 ELSE b.route <> 'council_managed' AND owner_on(b.provider_id, c.day) = b.council_id END) AS in_house,
           NOT EXISTS (SELECT 1 FROM commission m WHERE m.provider_id = b.provider_id AND m.council_id = b.council_id
                          AND m.state = 'approved' AND m.starts_on <= c.day
                          AND (m.ends_on IS NULL OR m.ends_on > c.day)) AS not_approved,
           (b.route = 'direct_payment' AND b.price_pence > 0
            AND relative_bars(b.person_id, b.provider_id, c.day)) AS relative,
           (b.price_pence > 0 AND l.locked) AS locked, person_ended(b.person_id, c.day) AS ended,
           -- What a pause keeps stays kept where the new day is inside it too.
           EXISTS (SELECT 1 FROM pause p WHERE p.person_id = b.person_id AND p.starts_on <= c.day
                      AND (p.ends_on IS NULL OR p.ends_on > c.day)
                      AND (p.activity_ids = '{}' OR s.activity_id = ANY (p.activity_ids))
                      AND NOT EXISTS (SELECT 1 FROM pause_place k
                                       WHERE k.pause_id = p.id AND k.booking_id = b.id AND k.kept)) AS paused
      FROM booking b JOIN change c ON c.session_id = b.activity_session_id
      JOIN activity_session s ON s.id = b.activity_session_id
      JOIN person p ON p.id = b.person_id JOIN fund f ON f.id = b.fund_id
      JOIN account l ON l.fund_id = f.id AND l.kind = 'available'
"""
_LIVE = " WHERE b.state IN ('held', 'confirmed')"
_OWED_LATE = """
     WHERE b.state = 'cancelled' AND EXISTS (SELECT 1 FROM attendance t WHERE t.booking_id = b.id
           AND t.outcome = 'late_cancelled' AND t.charge_pence > 0)
       AND NOT EXISTS (SELECT 1 FROM claim x WHERE x.booking_id = b.id AND x.kind = 'invoice')
"""
_IN_ORDER = " ORDER BY b.fund_id, b.starts_at, b.id"


async def bookings_on(changes: Sequence[tuple[Slot, NewSlot]]) -> list[BookingAsItIs]:
    """The live bookings on changing dates, each with what would stand in the way; funds in order."""
    return await _on(changes, _LIVE)


async def owed_late_on(changes: Sequence[tuple[Slot, NewSlot]]) -> list[BookingAsItIs]:
    """The same for what was given up late and is charged, but not billed yet."""
    return await _on(changes, _OWED_LATE)


async def funds_on_other_days(changes: Sequence[tuple[Slot, NewSlot]]) -> list[UUID]:
    """The funds of what is booked on dates that get another day, in order."""
    rows = await db.fetch_all(
        "SELECT DISTINCT b.fund_id FROM booking b JOIN unnest($1::uuid[], $2::date[]) AS c (session_id, day)"
        " ON c.session_id = b.activity_session_id AND c.day <> b.service_on"
        " WHERE b.state IN ('held', 'confirmed') ORDER BY b.fund_id",
        [slot.id for slot, _ in changes],
        [new.service_on for _, new in changes],
    )
    return [row["fund_id"] for row in rows]


async def _on(changes: Sequence[tuple[Slot, NewSlot]], which: str) -> list[BookingAsItIs]:
    rows = await db.fetch_all(
        _BOOKINGS + which + _IN_ORDER,
        [slot.id for slot, _ in changes],
        [new.starts_at for _, new in changes],
        [new.ends_at for _, new in changes],
        [new.service_on for _, new in changes],
    )
    return [BookingAsItIs(**row) for row in rows]


async def other_starts(changes: Sequence[tuple[Slot, NewSlot]]) -> set[tuple[UUID, datetime]]:
    """Which of the new starts another date of the activity has, one that does not change."""
    rows = await db.fetch_all(
        "SELECT s.activity_id, s.starts_at FROM activity_session s"
        " JOIN unnest($1::uuid[], $2::timestamptz[]) AS n (activity_id, starts_at)"
        "   ON n.activity_id = s.activity_id AND n.starts_at = s.starts_at"
        " WHERE s.state = 'scheduled' AND s.id <> ALL ($3::uuid[])",
        [slot.activity_id for slot, _ in changes],
        [new.starts_at for _, new in changes],
        [slot.id for slot, _ in changes],
    )
    return {(row["activity_id"], row["starts_at"]) for row in rows}


async def other_dates(activity_ids: Sequence[UUID], most: int = 4) -> dict[UUID, list[db.Row]]:
    """The next dates with free places of each activity."""
    rows = await db.fetch_all(
        "SELECT a.id AS activity_id, s.starts_at, s.ends_at FROM unnest($1::uuid[]) AS a (id)"
        " CROSS JOIN LATERAL (SELECT starts_at, ends_at FROM activity_session WHERE activity_id = a.id"
        "   AND state = 'scheduled' AND starts_at > $2 AND places_taken + places_offered < capacity"
        "   ORDER BY starts_at LIMIT $3) s",
        list(dict.fromkeys(activity_ids)),
        clock.now(),
        most,
    )
    found: dict[UUID, list[db.Row]] = {}
    for row in rows:
        found.setdefault(row["activity_id"], []).append(row)
    return found


async def place_names(session_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Where each date happens, as it is told to people."""
    rows = await db.fetch_all(
        "SELECT s.id, concat_ws(', ', v.name, nullif(v.street, ''), nullif(v.town, '')) AS place"
        " FROM activity_session s JOIN activity a ON a.id = s.activity_id"
        " LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id) WHERE s.id = ANY ($1::uuid[])",
        list(session_ids),
    )
    return {row["id"]: row["place"] or "ask the provider" for row in rows}


async def dates_of_week(provider_id: UUID, monday: date) -> list[db.Row]:
    """All dates of the provider in the week of a Monday that are still to come, the earliest first."""
    return await db.fetch_all(
        "SELECT s.id, a.title, s.starts_at, s.ends_at, s.service_on, s.capacity, s.places_taken,"
        "       s.timetable_id IS NULL AS single FROM activity_session s JOIN activity a ON a.id = s.activity_id"
        " WHERE s.provider_id = $1 AND s.state = 'scheduled' AND s.service_on BETWEEN $2 AND $3 AND s.starts_at > $4"
        " ORDER BY s.starts_at, a.title, s.id",
        provider_id,
        monday,
        monday + timedelta(days=6),
        clock.now(),
    )
