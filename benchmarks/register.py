"""A week's register of a provider with forty activities and three hundred people, against bare SQL.

Ours is what the week and its registers read: every session with how far its register is, everybody on it with what
they agreed to share, and the audit of the view. The floor is the same information by statements written by hand, run by
asyncpg, rows left as they come. Counted beside the time: statements for 30 and for 300 people.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import msgspec

from benchmarks.bookings import Row
from marketplace.bookings.provider_day.queries import week
from marketplace.bookings.register.queries import people_of
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.clock import week_of
from tests.world import World, make_world

ACTIVITIES = 40
PEOPLE, FEW = 300, 30
VISITS = 3
"""How often each person comes in the week."""
ROUNDS, WARM_UP = 25, 5

# Only load, past the triggers. $1 the Monday, then the provider, the council, nobody's council.
_LOAD = (
    """
    CREATE TEMP TABLE load_session ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, a.id AS activity, $1::date + (a.n % 5)::int + d.d AS day, d.d, a.n
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM activity WHERE provider_id = $2) a
      CROSS JOIN generate_series(0, 1) AS d(d)
    """,
    """
    INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, service_on, capacity, places_taken,
                                  owner_council_id)
    SELECT id, activity, $1, day + time '08:00' + d * interval '5 hours', day + time '10:00' + d * interval '5 hours',
           day,
           40, 20, $2 FROM load_session
    """,
    """
    CREATE TEMP TABLE load_person ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, gen_random_uuid() AS budget, gen_random_uuid() AS fund, n
      FROM generate_series(1, $1::int) AS n
    """,
    """
    INSERT INTO person (id, council_id, reference, name, communication_needs)
    SELECT id, $1, left('PN-' || $2::text || n, 12), 'Person ' || n, CASE WHEN n % 3 = 0 THEN 'Large print' ELSE '' END
      FROM load_person
    """,
    """
    INSERT INTO communication_need (id, person_id, kind, words, identified, shared, consent_on)
    SELECT gen_random_uuid(), id, 'format', 'Large print', 'asked', true, $1 FROM load_person WHERE n % 3 = 0
    """,
    """
    INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, starts_on, ends_on)
    SELECT budget, id, 1, 600000, 0, CURRENT_DATE - 220, CURRENT_DATE + 145 FROM load_person
    """,
    """
    INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence, starts_on,
                      ends_on)
    SELECT fund, budget, id, $1, 'isf', $2, 600000, CURRENT_DATE - 220, CURRENT_DATE + 145 FROM load_person
    """,
    """
    INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
                         owner_council_id, state, starts_at, ends_at, service_on, price_pence, vat_category,
                         vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge)
    SELECT gen_random_uuid(), left($3::text || substr(md5(random()::text), 1, 11), 12), p.id, p.fund, s.id, $1, $2,
           'isf',
           $4, CASE WHEN (p.n + v) % 4 = 0 THEN 'delivered' ELSE 'confirmed' END, x.starts_at, x.ends_at, x.service_on,
           3850, 'exempt', 0, 48, 50, true
      FROM load_person p CROSS JOIN generate_series(1, $5::int) AS v
      JOIN (SELECT id, row_number() OVER (ORDER BY day, id) - 1 AS k, count(*) OVER () AS every FROM load_session) s
        ON s.k = (p.n * 7 + v * 27) % s.every
      JOIN activity_session x ON x.id = s.id
    """,
    """
    INSERT INTO attendance (id, booking_id, outcome, charge_pence, note)
    SELECT gen_random_uuid(), id, 'attended', 3850, 'Came by bus' FROM booking b
     WHERE state = 'delivered' AND NOT EXISTS (SELECT 1 FROM attendance t WHERE t.booking_id = b.id)
    """,
)

_SESSIONS = """
    SELECT s.id, s.activity_id, a.title, v.name, v.town, s.starts_at, s.ends_at, s.service_on, s.capacity,
           s.places_taken, s.state, count(b.id) FILTER (WHERE b.state = 'confirmed'),
           count(b.id) FILTER (WHERE b.state IN ('delivered', 'missed'))
      FROM activity_session s JOIN activity a ON a.id = s.activity_id LEFT JOIN venue v ON v.id = a.venue_id
      LEFT JOIN booking b ON b.activity_session_id = s.id
     WHERE s.provider_id = $1 AND s.service_on BETWEEN $2 AND $3
     GROUP BY s.id, a.title, v.name, v.town ORDER BY s.starts_at, a.title
"""
_NAMES = """
    SELECT b.id, b.activity_session_id, b.reference, p.id, p.name, c.words, p.prefers_easy_read, b.state, t.outcome,
           t.note, t.charge_pence, b.held_until, t.arrived_at, t.left_at, t.disputed
      FROM booking b JOIN person p ON p.id = b.person_id LEFT JOIN attendance t ON t.booking_id = b.id
      LEFT JOIN (SELECT person_id, string_agg(words, '; ' ORDER BY recorded_at, id) AS words FROM communication_need
                  WHERE shared AND ended_on IS NULL GROUP BY 1) c ON c.person_id = p.id
     WHERE b.provider_id = $1 AND b.service_on BETWEEN $2 AND $3 AND b.state <> 'lapsed' ORDER BY p.name, b.reference
"""
_VIEWED = """
    INSERT INTO audit_record (actor_user, actor_organisation, action, subject_type, subject_id, after)
    VALUES ($1, $2, 'register.viewed', 'provider', $3, $4)
"""


async def _load(world: World, people: int, letter: str, monday: date) -> None:
    nobody = UUID(int=0)
    values: tuple[tuple[object, ...], ...] = (
        (monday, world.pettypool), (world.pettypool, nobody), (people,), (world.council, letter), (monday,), (),
        (world.council, world.harbour), (world.pettypool, world.council, letter, nobody, VISITS), (),
    )  # fmt: skip
    async with db.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        for statement, given in zip(_LOAD, values, strict=True):
            await conn.execute(statement, *given)
    async with db.connection() as conn:
        await conn.execute("VACUUM ANALYZE")


async def _ours(actor: Actor, provider: UUID, monday: date) -> int:
    lines = await week(actor, monday)
    found = await people_of(actor, provider, [line.id for line in lines])
    return sum(len(each) for each in found.values())


async def _bare(floor: asyncpg.Connection, actor: Actor, provider: UUID, monday: date) -> int:
    last = monday + timedelta(days=6)
    sessions = await floor.fetch(_SESSIONS, provider, monday, last)
    rows = await floor.fetch(_NAMES, provider, monday, last)
    told = {"sessions": [str(row[0]) for row in sessions], "people": sorted({str(row[3]) for row in rows})}
    viewed = msgspec.json.encode(told).decode()
    await floor.execute(_VIEWED, actor.user_id, actor.organisation_id, provider, viewed)
    return len(rows)


async def _milliseconds(work: Callable[[], Awaitable[int]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1_000


async def _statements(actor: Actor, provider: UUID, monday: date) -> int:
    """How many statements a week's register asks."""
    asked = 0
    kept = {name: getattr(db, name) for name in ("fetch_all", "fetch_one", "fetch_value", "execute")}

    def counting(original: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def counted(*args: object) -> object:
            nonlocal asked
            asked += 1
            return await original(*args)

        return counted

    for name, original in kept.items():
        setattr(db, name, counting(original))
    try:
        await _ours(actor, provider, monday)
    finally:
        for name, original in kept.items():
            setattr(db, name, original)
    return asked


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(2)
    floor = await asyncpg.connect(dsn)
    try:
        world = await make_world()
        for number in range(ACTIVITIES):
            await world.activity(title=f"Activity {number}")
        actor, provider, monday = world.manager, world.pettypool, week_of(clock.today())
        few_week = monday - timedelta(days=7)
        await _load(world, FEW, "F", few_week)
        await _load(world, PEOPLE, "M", monday)
        few = await _statements(actor, provider, few_week)
        many = await _statements(actor, provider, monday)
        assert few == many, f"{few} statements for {FEW} people, {many} for {PEOPLE}"
        places = await _ours(actor, provider, monday)
        assert places == await _bare(floor, actor, provider, monday) == PEOPLE * VISITS
        spent: tuple[list[float], list[float]] = ([], [])
        for number in range(ROUNDS + WARM_UP):
            pair = (
                await _milliseconds(lambda: _ours(actor, provider, monday)),
                await _milliseconds(lambda: _bare(floor, actor, provider, monday)),
            )
            if number >= WARM_UP:
                for side in (0, 1):
                    spent[side].append(pair[side])
    finally:
        await floor.close()
        await db.close_pool()
    ours, bare = (statistics.median(side) for side in spent)
    what = f"register: a week of {ACTIVITIES} activities, {PEOPLE} people and {places} places"
    return [
        Row(f"{what}, p50 (ms)", f"{ours:.1f}", f"{bare:.1f}", ours / bare),
        Row(f"register: statements for {PEOPLE} people and for {FEW}", str(many), str(few), many / few),
    ]


def run(dsn: str) -> list[Row]:
    """Measure on a fresh, migrated database. A ratio of 1 is the bare statements."""
    return asyncio.run(_measure(dsn))
