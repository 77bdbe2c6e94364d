"""A series of 26 weeks, from the actor's wish to the commit, against bare SQL that writes the same rows.

Ours is `book_series`: who may, what decides about each date, the series, places, money, bookings, audit and news, with
the refusal of a date kept apart. The floor knows beforehand that everything fits and writes the rows set by set.
"""

import asyncio
import time
from datetime import timedelta
from statistics import median
from uuid import UUID

import asyncpg

from benchmarks.bookings import Row
from marketplace.bookings.series.commands import SeriesDraft, book_series
from marketplace.bookings.series.rules import Mode
from marketplace.kernel import clock, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.routes_of_money import Route
from tests.world import World, make_world

WEEKS = 26
ROUNDS = 20

_FLOOR = """
CREATE OR REPLACE FUNCTION floor_series(p_series uuid, p_fund uuid, p_actor uuid, p_sessions uuid[])
RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO series (id, person_id, fund_id, activity_id, every_weeks, state, made_by, made_at)
        SELECT p_series, f.person_id, p_fund, s.activity_id, 1, 'running', p_actor, now()
          FROM fund f, activity_session s WHERE f.id = p_fund AND s.id = p_sessions[1];
    UPDATE activity_session SET places_taken = places_taken + 1
     WHERE id = ANY (p_sessions) AND state = 'scheduled' AND places_taken + places_offered < capacity;
    INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
            owner_council_id, state, payment, starts_at, ends_at, service_on, price_pence, vat_category,
            vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge, booked_by, series_id)
        SELECT gen_random_uuid(), 'BK-' || upper(substr(md5(random()::text), 1, 9)), f.person_id, f.id, s.id,
               s.provider_id, f.council_id, f.route, s.owner_council_id, 'confirmed', 'invoice', s.starts_at,
               s.ends_at, s.service_on, r.price_pence, r.vat_category, r.vat_rate_basis_points, a.notice_hours,
               a.charge_percent, a.refill_waives_charge, p_actor, p_series
          FROM activity_session s JOIN activity a ON a.id = s.activity_id JOIN fund f ON f.id = p_fund
          JOIN LATERAL (SELECT * FROM rate WHERE activity_id = a.id AND starts_on <= s.service_on
                         ORDER BY starts_on DESC LIMIT 1) r ON true
         WHERE s.id = ANY (p_sessions);
    SELECT count(ledger_post(b.fund_id, 'booking:' || b.id || ':hold', 'hold', b.id, b.service_on, p_actor, '',
                             ARRAY['available', 'committed'], ARRAY[-b.price_pence, b.price_pence]))
      FROM booking b WHERE b.series_id = p_series;
    INSERT INTO audit_record (actor_user, action, subject_type, subject_id, after)
        SELECT p_actor, 'booking.confirmed', 'booking', b.id, jsonb_build_object('price_pence', b.price_pence)
          FROM booking b WHERE b.series_id = p_series;
    SELECT count(*) FROM booking WHERE series_id = p_series
$$
"""


async def _prepare(world: World) -> list[tuple[UUID, list[UUID]]]:
    """Funds, each with sessions of its own kind of Tuesday, so that nobody is in the way of anybody."""
    activity = await world.activity(price="5.00")
    first = clock.today() + timedelta(days=3)
    sessions = [
        await world.session(activity, day=first + timedelta(weeks=week), capacity=10_000)
        for week in range(WEEKS)
    ]
    funds = [
        (await world.person_with_fund(f"Person {number}", Route.ISF, "500.00"))[1]
        for number in range(2 * (ROUNDS + 2))
    ]
    async with db.connection() as connection:
        await connection.execute(_FLOOR)
        await connection.execute("VACUUM ANALYZE")
    return [(fund, sessions) for fund in funds]


async def _ours(world: World, fund: UUID, sessions: list[UUID]) -> float:
    began = time.perf_counter()
    made = await book_series(world.broker, SeriesDraft(fund, sessions, Mode.WHAT_FITS, every_weeks=1))
    lasted = time.perf_counter() - began
    assert all(each.booking_id for each in made.dates)
    return lasted * 1000


async def _floor(connection: asyncpg.Connection, actor: UUID, fund: UUID, sessions: list[UUID]) -> float:
    began = time.perf_counter()
    made = await connection.fetchval("SELECT floor_series($1, $2, $3, $4)", new_id(), fund, actor, sessions)
    lasted = time.perf_counter() - began
    assert made == WEEKS
    return lasted * 1000


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(4)
    connection = await asyncpg.connect(dsn)
    try:
        world = await make_world()
        waiting = await _prepare(world)
        found: dict[str, list[float]] = {"ours": [], "floor": []}
        # In turn, so that a machine that slows down slows both; the first two warm up and do not count.
        for number in range(ROUNDS + 2):
            floor = await _floor(connection, world.broker.user_id, *waiting[2 * number])
            ours = await _ours(world, *waiting[2 * number + 1])
            if number > 1:
                found["floor"].append(floor)
                found["ours"].append(ours)
    finally:
        await connection.close()
        await db.close_pool()
    ours, floor = median(found["ours"]), median(found["floor"])
    return [
        Row(f"a series of {WEEKS} weeks, p50 (ms)", f"{ours:.1f}", f"{floor:.1f}", ours / floor),
    ]


def run(dsn: str) -> list[Row]:
    """Measure on an empty, migrated, durable database."""
    return asyncio.run(_measure(dsn))
