"""Copying the single dates of one week to other weeks (row P4): looked at first, and nothing is made twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.clock import LONDON, from_wall, week_of
from marketplace.kernel.errors import Conflict, Invalid
from providers.access import own_provider

MOST_WEEKS: Final = 26


@dataclass(frozen=True, slots=True)
class Copy:
    """A date as it would be in another week; `why_not` says why it is left out."""

    activity_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    venue_id: UUID | None
    why_not: str = ""


class NothingToCopy(Conflict):
    """The week has no single dates."""

    code = "nothing_to_copy"

    def __init__(self) -> None:
        super().__init__(
            "You cannot copy this week, because it has no single dates. Dates of timetables repeat by themselves. "
            "You can choose another week."
        )


_WEEK = """
    SELECT s.activity_id, a.title, s.starts_at, s.ends_at, s.capacity, s.venue_id
      FROM activity_session s JOIN activity a ON a.id = s.activity_id
     WHERE s.provider_id = $1 AND s.timetable_id IS NULL AND s.state = 'scheduled' AND a.state <> 'archived'
       AND s.service_on BETWEEN $2 AND $3
     ORDER BY s.starts_at, s.id
"""
_MAKE = """
    INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, capacity, venue_id, places_taken,
                                  state)
    SELECT gen_random_uuid(), c.activity_id, $1, c.starts_at, c.ends_at, c.capacity, c.venue_id, 0, 'scheduled'
      FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::uuid[])
           AS c (activity_id, starts_at, ends_at, capacity, venue_id)
     WHERE NOT EXISTS (SELECT 1 FROM activity_session s WHERE s.activity_id = c.activity_id
                          AND s.starts_at = c.starts_at AND s.state = 'scheduled')
"""


async def look_at_copy(actor: Actor, week: date, to_weeks: Sequence[date]) -> list[Copy]:
    """What copying the week of a day to the weeks of other days would make, in order.

    Raises Forbidden, NotFound, Invalid, NothingToCopy.
    """
    provider_id = await own_provider(actor)
    monday, targets = week_of(week), sorted({week_of(day) for day in to_weeks} - {week_of(week)})
    if not 1 <= len(targets) <= MOST_WEEKS:
        raise Invalid({"to_weeks": f"Choose from 1 to {MOST_WEEKS} other weeks"})
    rows = await db.fetch_all(_WEEK, provider_id, monday, monday + timedelta(days=6))
    if not rows:
        raise NothingToCopy
    copies = [_copied(row, target - monday) for target in targets for row in rows]
    there = await _there(copies)
    now, seen = clock.now(), set(there)
    told = []
    for copy in copies:
        key = (copy.activity_id, copy.starts_at)
        why_not = (
            "It is over" if copy.starts_at <= now else "The activity has a date then" if key in seen else ""
        )
        seen.add(key)
        told.append(_because(copy, why_not))
    return told


async def copy_week(actor: Actor, week: date, to_weeks: Sequence[date]) -> int:
    """Copy the week; answers how many dates are new. What is there already is left alone. Raises as `look_at_copy`."""
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        await db.execute(
            "SELECT 1 FROM (SELECT id FROM activity WHERE provider_id = $1 ORDER BY id FOR NO KEY UPDATE) x",
            provider_id,
        )
        wanted = [copy for copy in await look_at_copy(actor, week, to_weeks) if not copy.why_not]
        tag = await db.execute(
            _MAKE,
            provider_id,
            [copy.activity_id for copy in wanted],
            [copy.starts_at for copy in wanted],
            [copy.ends_at for copy in wanted],
            [copy.capacity for copy in wanted],
            [copy.venue_id for copy in wanted],
        )
        made = int(tag.split()[-1])
        await audit.record(
            actor, "dates.week_copied", "provider", provider_id,
            after={"week": week_of(week), "to": [str(week_of(day)) for day in to_weeks], "dates": made},
        )  # fmt: skip
    return made


def _copied(row: db.Row, later: timedelta) -> Copy:
    wall = row["starts_at"].astimezone(LONDON)
    start = from_wall(wall.date() + later, wall.time().replace(tzinfo=None))
    length = row["ends_at"] - row["starts_at"]
    return Copy(row["activity_id"], row["title"], start, start + length, row["capacity"], row["venue_id"])


def _because(copy: Copy, why_not: str) -> Copy:
    return Copy(
        copy.activity_id, copy.title, copy.starts_at, copy.ends_at, copy.capacity, copy.venue_id, why_not
    )


async def _there(copies: Sequence[Copy]) -> set[tuple[UUID, datetime]]:
    rows = await db.fetch_all(
        "SELECT s.activity_id, s.starts_at FROM activity_session s"
        " JOIN unnest($1::uuid[], $2::timestamptz[]) AS c (activity_id, starts_at)"
        "   ON c.activity_id = s.activity_id AND c.starts_at = s.starts_at WHERE s.state = 'scheduled'",
        [copy.activity_id for copy in copies],
        [copy.starts_at for copy in copies],
    )
    return {(row["activity_id"], row["starts_at"]) for row in rows}
