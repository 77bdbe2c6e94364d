"""The broker's desk over 2,000 people, each with a year of bookings behind and before them, against bare SQL.

Ours is what `GET /desk` reads: the page of people with what is to do for each, the counts of the whole desk, the funds
of the page and their burn-downs as values. The floor is the same information by statements written by hand for exactly
this desk (its first page, its holder, its council's margin), run by asyncpg, rows left as they come. Counted beside the
time: statements for 200 and for 2,000 people, and how much memory a desk leaves behind and needs at its highest.
"""

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg

from benchmarks.bookings import Row
from benchmarks.desk_floor import DAYS, LINES, PAGE
from marketplace.bookings.desk import queries
from marketplace.bookings.desk.queries import PAGE_SIZE, Asked
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from tests.world import World, make_world

PEOPLE = 2_000
FEW = 200
WEEKS_BEFORE = 30
WEEKS_AFTER = 12
ROUNDS = 25
WARM_UP = 5

# Only load: written past the triggers, as a year of use would have left it. $1 council, $2 holder, $3 how many people,
# $4 the activity, $5 its provider, $6 nobody's council.
_LOAD = (
    """
    CREATE TEMP TABLE load_person ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, gen_random_uuid() AS budget, gen_random_uuid() AS fund, n
      FROM generate_series(1, $1::int) AS n
    """,
    """
    INSERT INTO person (id, council_id, reference, name) SELECT id, $1, 'PN-D' || n, 'Person ' || n FROM load_person
    """,
    """
    INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, starts_on, ends_on)
    SELECT budget, id, 1, 580000, 20000, CURRENT_DATE - 220, CURRENT_DATE + 145 FROM load_person
    """,
    """
    INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence, starts_on,
                      ends_on)
    SELECT fund, budget, id, $1, 'isf', $2, 600000, CURRENT_DATE - 220, CURRENT_DATE + 145 FROM load_person
    """,
    """
    INSERT INTO fund_share (id, budget_id, fund_id, council_share_pence, contribution_pence, starts_on, ends_on)
    SELECT gen_random_uuid(), budget, fund, 580000, 20000, CURRENT_DATE - 220, CURRENT_DATE + 145 FROM load_person
    """,
    """
    INSERT INTO authority (id, person_id, organisation_id, kind, scopes, starts_on)
    SELECT gen_random_uuid(), id, $1, 'isf_holder', ARRAY['see', 'plan', 'book', 'pay'], CURRENT_DATE - 220
      FROM load_person
    """,
    """
    INSERT INTO plan_version (id, person_id, number, state, budget_id, allocated_pence, starts_on, ends_on, started_by,
                              agreed_at)
    SELECT gen_random_uuid(), id, 1, CASE WHEN n % 20 = 0 THEN 'waiting_for_keys' ELSE 'agreed' END, budget, 600000,
           CURRENT_DATE - 220, CURRENT_DATE + 145, (SELECT id FROM app_user LIMIT 1),
           CASE WHEN n % 20 = 0 THEN NULL ELSE now() END FROM load_person
    """,
    """
    CREATE TEMP TABLE load_week ON COMMIT DROP AS
    SELECT gen_random_uuid() AS session, w, CURRENT_DATE + 7 * w AS day FROM generate_series(-$1::int, $2::int) AS w
     WHERE w <> 0
    """,
    """
    INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, service_on, capacity, places_taken,
                                  owner_council_id)
    SELECT session, $1, $2, day + time '10:00', day + time '12:00', day, 100000, 50000, $3 FROM load_week
    """,
    """
    CREATE TEMP TABLE load_booking ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, p.id AS person, p.fund, w.session, w.day, w.w, 5000 + 700 * (p.n % 11) AS price,
           CASE WHEN w.w > 0 OR (p.n % 50 = 0 AND w.w = -1) THEN 'confirmed' ELSE 'delivered' END AS state
      FROM load_person p CROSS JOIN load_week w WHERE w.w <= 12 - p.n % 13
    """,
    """
    INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
                         owner_council_id, state, starts_at, ends_at, service_on, price_pence, vat_category,
                         vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge)
    SELECT id, 'D' || substr(md5(id::text), 1, 11), person, fund, session, $1, $2, 'isf', $3, state,
           day + time '10:00', day + time '12:00', day, price, 'exempt', 0, 48, 50, true FROM load_booking
    """,
    """
    CREATE TEMP TABLE load_journal ON COMMIT DROP AS
    SELECT gen_random_uuid() AS id, fund, 'promise' AS kind, fund AS subject, CURRENT_DATE - 220 AS day,
           600000 AS price, 'promised' AS frm, 'available' AS onto FROM load_person
    UNION ALL SELECT gen_random_uuid(), fund, 'hold', id, day, price, 'available', 'committed' FROM load_booking
    UNION ALL SELECT gen_random_uuid(), fund, 'deliver', id, day, price, 'committed', 'payable' FROM load_booking
               WHERE state = 'delivered'
    """,
    """
    INSERT INTO journal (id, fund_id, sequence, reference, kind, subject_id, occurred_on, hash)
    SELECT id, fund, row_number() OVER (PARTITION BY fund ORDER BY day, kind DESC), 'load:' || id, kind, subject, day,
           ''::bytea FROM load_journal
    """,
    """
    INSERT INTO entry (id, journal_id, account, amount_pence)
    SELECT gen_random_uuid(), id, frm, -price FROM load_journal
    UNION ALL SELECT gen_random_uuid(), id, onto, price FROM load_journal
    """,
    """
    INSERT INTO account (id, fund_id, kind, balance_pence, locked)
    SELECT gen_random_uuid(), p.fund, k.kind, coalesce(b.pence, 0), false
      FROM load_person p CROSS JOIN unnest(ARRAY['funding', 'contribution', 'top_up', 'promised', 'available',
           'committed', 'payable', 'paid', 'fee', 'returned']) AS k (kind)
      LEFT JOIN (SELECT j.fund_id, e.account, sum(e.amount_pence) AS pence FROM journal j
                   JOIN entry e ON e.journal_id = j.id GROUP BY 1, 2) b ON b.fund_id = p.fund AND b.account = k.kind
    """,
    """
    INSERT INTO idea (id, person_id, activity_session_id, created_by)
    SELECT gen_random_uuid(), p.id, w.session, p.id FROM load_person p JOIN load_week w ON w.w = 12 WHERE p.n % 5 = 0
    """,
)


async def _load(world: World, people: int) -> None:
    activity = await world.activity()
    provider = await db.fetch_value("SELECT provider_id FROM activity WHERE id = $1", activity)
    nobody = UUID(int=0)
    values: dict[int, tuple[object, ...]] = {
        0: (people,), 1: (world.council,), 3: (world.council, world.lighthouse), 5: (world.lighthouse,),
        7: (WEEKS_BEFORE, WEEKS_AFTER), 8: (activity, provider, nobody), 10: (provider, world.council, nobody),
    }  # fmt: skip
    async with db.connection() as conn, conn.transaction():
        # Only load: a year of history is not what is measured.
        await conn.execute("SET LOCAL session_replication_role = replica")
        for number, statement in enumerate(_LOAD):
            await conn.execute(statement, *values.get(number, ()))
    async with db.connection() as conn:
        await conn.execute("VACUUM ANALYZE")


async def _ours(actor: Actor) -> None:
    found = await queries.desk(actor, Asked())
    await queries.money_of(actor, [line.id for line in found.lines])
    assert len(found.lines) == PAGE_SIZE


async def _bare(floor: asyncpg.Connection, holder: UUID) -> None:
    today = clock.today()
    last = (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    monday = clock.now() - timedelta(days=today.weekday())
    page = await floor.fetch(PAGE, holder, today, clock.now(), 10, last, monday)
    ids = [row["id"] for row in page]
    await floor.fetch(LINES, ids)
    await floor.fetch(DAYS, ids)
    assert len(page) == PAGE_SIZE


async def _milliseconds(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1_000


async def _statements(actor: Actor) -> int:
    """How many statements a desk asks."""
    asked = 0
    original = db.fetch_all

    async def counting(sql: str, *args: object) -> list[db.Row]:
        nonlocal asked
        asked += 1
        return await original(sql, *args)

    db.fetch_all = counting
    try:
        await _ours(actor)
    finally:
        db.fetch_all = original
    return asked


async def _memory(actor: Actor) -> tuple[float, float]:
    """Kilobytes that twenty desks leave behind, and what one needs at its highest."""
    await _ours(actor)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(20):
        await _ours(actor)
    gc.collect()
    after, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1024, (highest - before) / 1024


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(2)
    floor = await asyncpg.connect(dsn)
    try:
        world = await make_world()
        actor = world.stranger  # Of Lighthouse, which holds nothing of the world's own.
        await _load(world, FEW)
        few, (_, few_kb) = await _statements(actor), await _memory(actor)
        await _load_more(world)
        many, (left_kb, many_kb) = await _statements(actor), await _memory(actor)
        assert few == many, f"{few} statements for {FEW} people, {many} for {PEOPLE}"
        spent: tuple[list[float], list[float]] = ([], [])
        for number in range(ROUNDS + WARM_UP):
            pair = (
                await _milliseconds(lambda: _ours(actor)),
                await _milliseconds(lambda: _bare(floor, world.lighthouse)),
            )
            if number >= WARM_UP:
                for side in (0, 1):
                    spent[side].append(pair[side])
    finally:
        await floor.close()
        await db.close_pool()
    ours, bare = (statistics.median(side) for side in spent)
    return [
        Row(f"desk: first page over {PEOPLE:,} people, p50 (ms)", f"{ours:.1f}", f"{bare:.1f}", ours / bare),
        Row(f"desk: statements for {PEOPLE:,} people and for {FEW}", str(many), str(few), many / few),
        Row(
            f"desk: highest memory for {PEOPLE:,} people and for {FEW} (KB; twenty leave {left_kb:.0f} KB)",
            f"{many_kb:.0f}",
            f"{few_kb:.0f}",
            many_kb / few_kb,
        ),
    ]


async def _load_more(world: World) -> None:
    await db.execute(
        "UPDATE person SET reference = 'PN-E' || substr(reference, 5) WHERE reference LIKE 'PN-D%'"
    )
    await _load(world, PEOPLE - FEW)


def run(dsn: str) -> list[Row]:
    """Measure on a fresh, migrated database. A ratio of 1 is the bare statements."""
    return asyncio.run(_measure(dsn))
