"""Making the dates of timetables: at once for a new one, and by a job for the days that come nearer (row P4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from marketplace.kernel import audit, clock, db
from marketplace.kernel.clock import from_wall
from providers.timetables.rules import AHEAD, Pattern, pattern_of

_BATCH: Final = 500
"""Timetables in one transaction."""
_DAY: Final = timedelta(days=1)

# The terms that a timetable follows, as two arrays: its provider's own, or a council's.
WITH_TERMS: Final = """
    SELECT t.*, a.provider_id, m.firsts, m.lasts
      FROM timetable t JOIN activity a ON a.id = t.activity_id
      CROSS JOIN LATERAL (
        SELECT array_agg(starts_on ORDER BY starts_on) AS firsts, array_agg(ends_on ORDER BY starts_on) AS lasts
          FROM term m WHERE t.in_terms <> 'always'
           AND (m.council_id = t.terms_council_id OR t.terms_council_id IS NULL AND m.provider_id = a.provider_id)) m
"""
# $1 the last day to make. A timetable whose terms are not known any further waits for them.
_DUE: Final = (
    WITH_TERMS
    + """
     WHERE t.made_until < least($1, t.ends_on) AND a.state <> 'archived'
       AND (t.in_terms = 'always' OR t.made_until < m.lasts[cardinality(m.lasts)])
     ORDER BY t.activity_id, t.id LIMIT $2 FOR UPDATE OF t SKIP LOCKED FOR NO KEY UPDATE OF a SKIP LOCKED
"""
)

# A start that the activity has already is left alone, so that two timetables never make one date twice.
_MAKE: Final = """
    INSERT INTO activity_session (id, activity_id, provider_id, timetable_id, rule_on, starts_at, ends_at, capacity,
                                  venue_id, places_taken, state)
    SELECT gen_random_uuid(), t.activity_id, a.provider_id, t.id, d.rule_on, d.starts_at,
           d.starts_at + make_interval(mins => t.minutes), t.capacity, t.venue_id, 0, 'scheduled'
      FROM unnest($1::uuid[], $2::date[], $3::timestamptz[]) AS d (timetable_id, rule_on, starts_at)
      JOIN timetable t ON t.id = d.timetable_id JOIN activity a ON a.id = t.activity_id
     WHERE NOT EXISTS (SELECT 1 FROM activity_session s WHERE s.activity_id = t.activity_id
                          AND s.starts_at = d.starts_at AND s.state = 'scheduled')
        ON CONFLICT (timetable_id, rule_on) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: for how many timetables, how many dates of how many that their rules have."""

    timetables: int
    sessions: int
    days: int


def pattern_with_terms(row: db.Row) -> Pattern:
    """The pattern in a row of `WITH_TERMS`."""
    return pattern_of(row, list(zip(row["firsts"] or (), row["lasts"] or (), strict=True)))


def horizon() -> date:
    """The last day of which dates are made today."""
    return clock.today() + AHEAD


async def make_ahead(who: audit.Who) -> Made:
    """Make what is due of every timetable up to 26 weeks ahead; answers how much.

    Twice changes nothing; two processes at once share the work; missed days are caught up, but nothing is made in the
    past. A few statements for hundreds of timetables.
    """
    timetables = sessions = days = 0
    while True:
        async with db.unit_of_work():
            due = await db.fetch_all(_DUE, horizon(), _BATCH)
            if not due:
                return Made(timetables, sessions, days)
            made = await make_dates(due, horizon(), not_before=clock.today())
            await audit.record(
                who, "timetable.dates_made", "timetable", None,
                after={"timetables": made.timetables, "dates": made.sessions, "until": horizon()},
            )  # fmt: skip
        timetables, sessions, days = (
            timetables + made.timetables,
            sessions + made.sessions,
            days + made.days,
        )


async def make_dates(rows: Sequence[db.Row], until: date, *, not_before: date | None = None) -> Made:
    """Make the dates of these timetables (locked rows of `WITH_TERMS`) after those made before, up to a day."""
    ids: list[UUID] = []
    days: list[date] = []
    starts: list[datetime] = []
    made_until: list[date] = []
    for row in rows:
        pattern, first = pattern_with_terms(row), row["made_until"] + _DAY
        found = pattern.days(max(first, not_before) if not_before else first, until)
        ids += [row["id"]] * len(found)
        days += found
        starts += [from_wall(day, row["start_time"]) for day in found]
        made_until.append(max(row["made_until"], pattern.known_until(until)))
    tag = await db.execute(_MAKE, ids, days, starts)
    await db.execute(
        "UPDATE timetable t SET made_until = u.until FROM unnest($1::uuid[], $2::date[]) AS u (id, until)"
        " WHERE t.id = u.id",
        [row["id"] for row in rows],
        made_until,
    )
    return Made(len(rows), int(tag.split()[-1]), len(days))


# Dates to come of these timetables ($1) that are not among the wanted ones ($3, $4); $2 now.
_NOT_WANTED: Final = """
     timetable_id = ANY ($1::uuid[]) AND state = 'scheduled' AND starts_at > $2 AND rule_on IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM unnest($3::uuid[], $4::date[]) AS w (id, day)
                      WHERE w.id = timetable_id AND w.day = rule_on)
"""
# Without its day of the rule, so that the day can be made again when it is wanted again.
_TAKE_AWAY: Final = f"""
    UPDATE activity_session SET state = 'cancelled', rule_on = NULL
     WHERE {_NOT_WANTED} AND places_taken + places_offered = 0
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class PutRight:
    """What became of dates after a change of terms; `kept` are no more in the rule, but people are booked on them."""

    made: int
    taken_away: int
    kept: int


async def put_right(rows: Sequence[db.Row]) -> PutRight:
    """After a change of terms: make the days that are in now, take away those that are not and that nobody booked.

    Joins the open unit of work; the rows (of `WITH_TERMS`) are locked.
    """
    if not rows:
        return PutRight(0, 0, 0)
    today = clock.today()
    wanted = [
        (row["id"], day) for row in rows for day in pattern_with_terms(row).days(today, row["made_until"])
    ]
    which = (
        [row["id"] for row in rows],
        clock.now(),
        [each[0] for each in wanted],
        [each[1] for each in wanted],
    )
    taken = int((await db.execute(_TAKE_AWAY, *which)).split()[-1])
    kept = await db.fetch_value(f"SELECT count(*) FROM activity_session WHERE {_NOT_WANTED}", *which)  # noqa: S608
    again = [{**row, "made_until": min(row["made_until"], today - _DAY)} for row in rows]
    return PutRight((await make_dates(again, horizon())).sessions, taken, kept)
