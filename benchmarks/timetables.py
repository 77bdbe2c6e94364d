"""Half a year of dates of 2,000 timetables by the nightly job, against bare SQL that inserts the same rows.

Ours is `make_ahead`: it finds what is due, expands the rules, puts London wall time on each day and leaves alone what
is there. The floor inserts rows that were worked out before, into the same table with the same triggers, in one
statement for every 500 timetables. Both on the same 52,000 dates, in turn, each after the other's were removed.
"""

import asyncio
import os
import time as clock_time
from datetime import date, timedelta
from uuid import UUID

import asyncpg

from benchmarks.bookings import Row
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.ids import NOBODY
from providers.timetables.making import make_ahead
from tests.world import make_world

TIMETABLES = int(os.environ.get("BENCH_TIMETABLES") or 2_000)
ROUNDS = 3

# Of five, three are weekly, one is every two weeks and one is on a weekday of the month.
_MAKE = """
    INSERT INTO timetable (id, activity_id, rule, starts_on, start_time, minutes, capacity, bank_holidays, made_until)
    SELECT gen_random_uuid(), ($1::uuid[])[1 + n / 40],
           CASE n % 5 WHEN 3 THEN 'FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=TU,TH'
                      WHEN 4 THEN 'FREQ=MONTHLY;BYDAY=1WE,2WE,3WE,4WE'
                      ELSE 'FREQ=WEEKLY;WKST=MO;BYDAY=' || (ARRAY['MO','TU','WE','TH','FR'])[1 + n % 7 % 5] END,
           $2::date, time '06:00' + make_interval(mins => (n % 40) * 20), 60, 8, 'off', $2::date - 1
      FROM generate_series(0, $3::int - 1) AS n
"""
_ROWS = """
    SELECT activity_id, provider_id, timetable_id, rule_on, starts_at, ends_at FROM activity_session
     WHERE timetable_id IS NOT NULL ORDER BY timetable_id, rule_on
"""
_FLOOR = """
    INSERT INTO activity_session (id, activity_id, provider_id, timetable_id, rule_on, starts_at, ends_at, capacity,
                                  places_taken, state)
    SELECT gen_random_uuid(), d.a, d.p, d.t, d.r, d.s, d.e, 8, 0, 'scheduled'
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::timestamptz[], $6::timestamptz[])
           AS d (a, p, t, r, s, e)
"""


# The dates of last year, as they lie there on any night: in an empty table every look-up would be planned as a scan.
_LAST_YEAR = """
    INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, service_on, owner_council_id,
                                  capacity, places_taken, state)
    SELECT gen_random_uuid(), t.activity_id, a.provider_id, d.at, d.at + interval '1 hour', d.at::date, $2, 8, 0,
           'scheduled'
      FROM timetable t JOIN activity a ON a.id = t.activity_id
      CROSS JOIN LATERAL (SELECT ($1::date - 7 * n) + t.start_time AS at FROM generate_series(1, 26) AS n) d
"""


async def _emptied(starts_on: date) -> None:
    await db.execute("DELETE FROM activity_session WHERE timetable_id IS NOT NULL")
    await db.execute("UPDATE timetable SET made_until = $1", starts_on - timedelta(days=1))
    for table in ("activity_session", "search_session", "timetable"):
        await db.execute(f"VACUUM ANALYZE {table}")


async def _ours() -> tuple[float, int]:
    began = clock_time.perf_counter()
    made = await make_ahead(SYSTEM)
    return clock_time.perf_counter() - began, made.sessions


async def _floor(connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> float:
    columns = [[row[place] for row in rows] for place in range(6)]
    size = -(-len(rows) * 500 // TIMETABLES)
    began = clock_time.perf_counter()
    for first in range(0, len(rows), size):
        async with connection.transaction():
            await connection.execute(_FLOOR, *(column[first : first + size] for column in columns))
    return clock_time.perf_counter() - began


async def _rows(dsn: str) -> list[Row]:
    world = await make_world()
    starts_on = clock.today()
    activities: list[UUID] = [
        await world.activity(title=f"Activity {number}") for number in range(-(-TIMETABLES // 40))
    ]
    await db.execute(_MAKE, activities, starts_on, TIMETABLES)
    async with db.connection() as loading:
        # Past the triggers: this only lies there.
        await loading.execute("SET session_replication_role = replica")
        await loading.execute(_LAST_YEAR, starts_on, NOBODY)
        await loading.execute("SET session_replication_role = DEFAULT")
    await _emptied(starts_on)
    connection = await asyncpg.connect(dsn)
    try:
        await _ours()  # Plans and caches, on both sides.
        rows = await connection.fetch(_ROWS)
        ours: list[float] = []
        floor: list[float] = []
        for _ in range(ROUNDS):
            await _emptied(starts_on)
            floor.append(await _floor(connection, rows))
            await _emptied(starts_on)
            lasted, made = await _ours()
            assert made == len(rows)
            ours.append(lasted)
        began = clock_time.perf_counter()
        assert (await make_ahead(SYSTEM)).sessions == 0
        nothing = clock_time.perf_counter() - began
    finally:
        await connection.close()
    name = f"timetables: {TIMETABLES:,} × 26 weeks, {len(rows):,} dates made by the job (s)"
    again = "timetables: the job again, nothing to make (ms)"
    return [
        Row(name, f"{min(ours):.2f}", f"{min(floor):.2f}", min(ours) / min(floor)),
        Row(again, f"{nothing * 1000:.1f}", "–", 1),
    ]


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(4)
    try:
        return await _rows(dsn)
    finally:
        await db.close_pool()


def run(dsn: str) -> list[Row]:
    """The rows of this benchmark."""
    return asyncio.run(_measure(dsn))
