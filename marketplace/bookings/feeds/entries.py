"""What stands in a calendar: one statement for each kind, however many entries.

A person's own says what and where; a caseload's names people by what they are called and their reference; a seller's
names nobody, only how many come: names are behind the sign-in (`rules.md` 27).
"""

from collections.abc import Sequence
from datetime import time
from uuid import UUID

from marketplace.bookings.feeds.rules import EARLIER, LATER, MOST_EVENTS, Entry
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db, formats

# The sequence of a booking grows with everything that is recorded about it.
_BOOKINGS = """
    SELECT b.id, a.title, b.starts_at, b.ends_at, v.name AS venue, v.town, b.state, b.reference,
           coalesce(nullif(p.preferred_name, ''), p.name) AS called, p.reference AS person_reference,
           coalesce(c.changed_at, b.booked_at) AS changed_at, coalesce(c.changes, 1) - 1 AS sequence
      FROM booking b JOIN person p ON p.id = b.person_id
      JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      LEFT JOIN venue v ON v.id = a.venue_id
      LEFT JOIN LATERAL (SELECT max(r.at) AS changed_at, count(*) AS changes FROM audit_record r
                          WHERE r.subject_id = b.id AND r.subject_type = 'booking'
                            AND r.action <> 'booking.viewed') c ON true
     WHERE b.state <> 'lapsed' AND b.starts_at >= $1 AND b.starts_at < $2 AND {whose}
     ORDER BY b.starts_at, b.id LIMIT $3
"""
_OF_PERSON = _BOOKINGS.format(whose="b.person_id = $4")
_OF_CASELOAD = _BOOKINGS.format(
    whose="b.person_id IN (SELECT au.person_id FROM authority au WHERE (au.user_id = $4 OR au.organisation_id = $5)"
    " AND 'see' = ANY (au.scopes) AND au.starts_on <= $6 AND (au.ends_on IS NULL OR au.ends_on > $6))"
)
_SESSIONS = """
    SELECT s.id, a.title, s.starts_at, s.ends_at, v.name AS venue, v.town, s.state, s.places_taken, s.capacity
      FROM activity_session s JOIN activity a ON a.id = s.activity_id LEFT JOIN venue v ON v.id = a.venue_id
     WHERE s.provider_id = $4 AND ($5::uuid IS NULL OR a.venue_id = $5) AND s.starts_at >= $1 AND s.starts_at < $2
     ORDER BY s.starts_at, s.id LIMIT $3
"""


def _window() -> tuple[object, object, int]:
    # By whole days: the calendar of an hour later is the same bytes.
    now = clock.from_wall(clock.today(), time(0))
    return now - EARLIER, now + LATER, MOST_EVENTS


def _place(row: db.Row) -> str:
    return ", ".join(part for part in (row["venue"], row["town"]) if part)


def _booking(row: db.Row, *, who: str = "") -> Entry:
    waits = "The place is kept while the card payment is made. " if row["state"] == "held" else ""
    return Entry(
        key=f"booking-{row['id']}",
        title=row["title"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        place=_place(row),
        path=f"/bookings/{row['id']}",
        changed_at=row["changed_at"],
        sequence=row["sequence"],
        cancelled=row["state"] == "cancelled",
        who=who,
        words=f"{waits}Reference {row['reference']}",
    )


async def bookings_of_person(person_id: UUID) -> Sequence[Entry]:
    """A person's bookings in the time that calendars show, cancelled ones marked as such."""
    return [_booking(row) for row in await db.fetch_all(_OF_PERSON, *_window(), person_id)]


async def bookings_of_caseload(actor: Actor) -> Sequence[Entry]:
    """The bookings of everybody whom the actor or their organisation acts for today."""
    rows = await db.fetch_all(_OF_CASELOAD, *_window(), actor.user_id, actor.organisation_id, clock.today())
    return [_booking(row, who=f"{row['called']} ({row['person_reference']})") for row in rows]


async def sessions_of(provider_id: UUID, venue_id: UUID | None) -> Sequence[Entry]:
    """A seller's sessions, or those at one of its places, with how many come."""
    rows = await db.fetch_all(_SESSIONS, *_window(), provider_id, venue_id)
    return [
        Entry(
            key=f"session-{row['id']}",
            title=row["title"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            place=_place(row),
            path=f"/provider/sessions/{row['id']}",
            changed_at=None,
            sequence=int(row["state"] == "cancelled"),
            cancelled=row["state"] == "cancelled",
            words=f"{formats.count(row['places_taken'], 'place')} of {row['capacity']} taken",
        )
        for row in rows
    ]
