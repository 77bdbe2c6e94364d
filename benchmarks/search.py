"""The directory search over 100,000 dated sessions, against the bare SQL statement on the same database.

Ours is `marketplace.directory.queries.search`, from a `SearchQuery` to groups with their dates. The floor is one
statement written by hand for exactly these filters, run by asyncpg: page, totals, kinds, dates with places left.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from functools import partial

import asyncpg

from benchmarks.bookings import Row
from marketplace.directory import queries
from marketplace.directory.rules import SearchQuery, Spot
from marketplace.kernel import db
from marketplace.kernel.clock import from_wall

ACTIVITIES = 5_000
DATES_EACH = 20
SEARCHES = 300
WARM_UP = 60
MILES = 10
METRES = 16_093.44

_THINGS = (
    *(
        "Garden group",
        "Choir",
        "Swimming",
        "Pottery",
        "Cooking for friends",
        "Football",
        "Walk and talk",
        "Dancing",
    ),
    *(
        "Drama",
        "Computer club",
        "Farm day",
        "Bowls",
        "Painting",
        "Film night",
        "Photography",
        "Woodwork",
        "Yoga",
    ),
    *(
        "Reading group",
        "Lunch club",
        "Drumming",
        "Knitting",
        "Cycling",
        "Baking",
        "Quiz night",
        "Bird watching",
    ),
)
_WORDS = (
    "garden",
    "choir",
    "swimming",
    "pottery",
    "cooking",
    "dancing",
    "farm",
    "painting",
    "lunch club",
    "walk",
)

# The real tables are filled; the triggers fill those that are searched.
_MAKE = """
INSERT INTO organisation (id, name) SELECT gen_random_uuid(), 'Provider ' || n FROM generate_series(1, 400) n;
INSERT INTO provider (id, organisation_id, name, slug, seller_type)
SELECT gen_random_uuid(), id, name, replace(lower(name), ' ', '-'), 'voluntary' FROM organisation
 WHERE name LIKE 'Provider %';
INSERT INTO venue (id, provider_id, name, town, postcode, easting, northing, access_features)
SELECT gen_random_uuid(), p.id, 'Hall ' || p.n, 'Town ' || (p.n % 60), '', 330000 + (random() * 90000)::int,
       340000 + (random() * 70000)::int, ARRAY['step_free']
  FROM (SELECT id, row_number() OVER () AS n FROM provider) p, generate_series(1, 2);
INSERT INTO activity (id, provider_id, venue_id, title, summary, category, support_ratio, routes_accepted, state)
SELECT gen_random_uuid(), v.provider_id, v.id, t.title || ' ' || n,
       'Come and try ' || lower(t.title) || ' with others. Tea and time to talk. Support is there when you want it.',
       (ARRAY['arts', 'music', 'sport', 'gardening', 'social', 'cooking'])[1 + n % 6], 'group',
       ARRAY['direct_payment', 'isf', 'council_managed'], 'published'
  FROM generate_series(1, {activities}) AS g (n)
  JOIN (SELECT *, row_number() OVER (ORDER BY id) AS k FROM venue) v ON v.k = 1 + n % 800
  JOIN unnest(ARRAY[{things}]) WITH ORDINALITY t (title, k) ON t.k = 1 + n % {many};
INSERT INTO rate (id, activity_id, starts_on, price_pence, vat_category, vat_rate_basis_points)
SELECT gen_random_uuid(), id, CURRENT_DATE - 30, 500 + (random() * 5500)::int, 'exempt', 0 FROM activity;
INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, capacity, places_taken)
SELECT gen_random_uuid(), a.id, a.provider_id, s.starts, s.starts + interval '2 hours', 12, (random() * 12)::int
  FROM (SELECT id, provider_id, 1 + (random() * 6)::int AS first, 9 + (random() * 9)::int AS hour FROM activity) a,
       generate_series(0, {dates} - 1) AS g (n),
       LATERAL (SELECT (CURRENT_DATE + a.first + n * 7 + make_time(a.hour, 0, 0))
                        AT TIME ZONE 'Europe/London' AS starts)
               s;
"""

_DATES = """
    LEFT JOIN LATERAL (
        SELECT d.id, d.starts_at, d.ends_at, d.service_on, s.price_pence, d.owner_council_id,
               d.capacity - d.places_taken - d.places_offered AS places_left
          FROM (SELECT session_id, price_pence FROM search_session s WHERE s.activity_id = p.activity_id {conditions}
                 ORDER BY starts_at LIMIT 3) s
          JOIN activity_session d ON d.id = s.session_id) n ON true
"""
_SHOWN = """
    SELECT t.*, p.activity_id, p.n, p.pence, a.title, left(a.summary, 600), a.category, a.routes_accepted, pr.name,
           pr.slug, v.name, v.town, n.*
      FROM (SELECT count(*), sum(n), (SELECT json_object_agg(category, many) FROM (
                SELECT category, count(*) AS many FROM found GROUP BY category) k) FROM found) t
      LEFT JOIN shown p ON true
      LEFT JOIN activity a ON a.id = p.activity_id LEFT JOIN provider pr ON pr.id = a.provider_id
      LEFT JOIN venue v ON v.id = a.venue_id
"""
_EVERYDAY = f"""
    WITH found AS MATERIALIZED (
        SELECT l.activity_id, l.category, min(s.starts_at) AS first_at, min(s.price_pence) AS pence, count(*) AS n
          FROM listing l JOIN search_session s ON s.activity_id = l.activity_id
         WHERE l.words @@ websearch_to_tsquery('english', $1) AND l.place <@ circle(point($2, $3), $4)
           AND s.starts_at >= $5 AND s.starts_at < $6 AND s.price_pence <= $7
         GROUP BY l.activity_id),
    shown AS (SELECT * FROM found ORDER BY first_at, activity_id LIMIT 10)
    {_SHOWN} {_DATES.format(conditions="AND starts_at >= $5 AND starts_at < $6 AND price_pence <= $7")}
    ORDER BY p.first_at, p.activity_id, n.starts_at
"""
_BROAD = f"""
    WITH found AS MATERIALIZED (
        SELECT l.activity_id, l.category, min(s.starts_at) AS first_at, min(s.price_pence) AS pence, count(*) AS n
          FROM listing l JOIN search_session s ON s.activity_id = l.activity_id
         WHERE s.starts_at >= $1 GROUP BY l.activity_id),
    shown AS (SELECT * FROM found ORDER BY first_at, activity_id LIMIT 10)
    {_SHOWN} {_DATES.format(conditions="AND starts_at >= $1")}
    ORDER BY p.first_at, p.activity_id, n.starts_at
"""


@dataclass(frozen=True, slots=True)
class Search:
    """One search, for both sides."""

    words: str
    easting: int
    northing: int
    first_day: date
    last_day: date
    pence: int

    def query(self) -> SearchQuery:
        """As our code asks."""
        return SearchQuery(
            words=self.words,
            spot=Spot("here", self.easting, self.northing),
            within_miles=MILES,
            first_day=self.first_day,
            last_day=self.last_day,
            most_pence=self.pence,
        )

    def parameters(self) -> tuple[object, ...]:
        """As the bare statement takes it."""
        after = from_wall(self.last_day + timedelta(days=1), wall_time(0))
        first = from_wall(self.first_day, wall_time(0))
        return (self.words, float(self.easting), float(self.northing), METRES, first, after, self.pence)


def _searches(count: int) -> list[Search]:
    dice = random.Random(20261121)
    today = datetime.now(UTC).date()
    return [
        Search(
            words=dice.choice(_WORDS),
            easting=dice.randrange(340_000, 410_000),
            northing=dice.randrange(350_000, 400_000),
            first_day=(first := today + timedelta(days=dice.randrange(1, 60))),
            last_day=first + timedelta(days=dice.choice((6, 13, 27))),
            pence=dice.randrange(1_500, 5_000),
        )
        for _ in range(count)
    ]


async def _make(floor: asyncpg.Connection) -> int:
    things = ", ".join(f"'{thing}'" for thing in _THINGS)
    await floor.execute(
        _MAKE.format(activities=ACTIVITIES, dates=DATES_EACH, things=things, many=len(_THINGS))
    )
    await floor.execute("VACUUM ANALYZE")
    return int(await floor.fetchval("SELECT count(*) FROM search_session"))


async def _in_turn(
    ours: Sequence[Callable[[], Awaitable[object]]], floor: Sequence[Callable[[], Awaitable[object]]]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each side, which take turns in going first."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number, pair in enumerate(zip(ours, floor, strict=True)):
        for side in (0, 1) if number % 2 else (1, 0):
            began = time.perf_counter()
            await pair[side]()
            if number >= WARM_UP:
                spent[side].append((time.perf_counter() - began) * 1_000)
    return spent


def _rows(name: str, spent: tuple[list[float], list[float]]) -> list[Row]:
    rows = []
    for label, at in (("p50", 50), ("p99", 99)):
        ours, floor = (statistics.quantiles(side, n=100)[at - 1] for side in spent)
        rows.append(Row(f"search: {name}, {label} (ms)", f"{ours:.2f}", f"{floor:.2f}", ours / floor))
    return rows


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(2)
    floor = await asyncpg.connect(dsn)
    try:
        dates = await _make(floor)
        searches = _searches(SEARCHES + WARM_UP)
        everyday = await _in_turn(
            [partial(queries.search, one.query()) for one in searches],
            [partial(floor.fetch, _EVERYDAY, *one.parameters()) for one in searches],
        )
        now = datetime.now(UTC)
        some = range(WARM_UP + 60)
        broad = await _in_turn(
            [partial(queries.search, SearchQuery()) for _ in some],
            [partial(floor.fetch, _BROAD, now) for _ in some],
        )
    finally:
        await floor.close()
        await db.close_pool()
    return [
        *_rows(f"words, place, dates and price over {dates:,} dates", everyday),
        *_rows(f"everything, first page, over {dates:,} dates", broad),
    ]


def run(dsn: str) -> list[Row]:
    """Measure on a fresh, migrated database. The rows say milliseconds; a ratio of 1 is the bare statement."""
    return asyncio.run(_measure(dsn))
