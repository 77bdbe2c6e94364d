"""A month's statements for 5,000 funds, from the ledger to PDF, against bare SQL and Typst alone.

Ours is `make_statements` (gather, fold, check, freeze, audit, letters) and `print_month` (words and layout, on all
processors). The floor reads the same journals with their activities by one hand-written statement and a cursor, and
gives the same JSON to the same layout in the same number of processes.
"""

import asyncio
import json
import os
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from benchmarks.bookings import Row
from benchmarks.printing import count_queries, floor_typst, megabytes
from isf.statements.document import thawed
from isf.statements.making import make_statements
from isf.statements.printing import BATCH, print_month
from isf.statements.rules import first_of_month, next_month
from isf.statements.words import statement_words, title
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.typesetting import PDF_STANDARDS, compiler, inputs_of
from tests.world import World, make_world

FUNDS = int(os.environ.get("BENCH_FUNDS") or 5_000)
SESSIONS = 12

_MAKE = """
WITH made AS (
    INSERT INTO person (id, council_id, reference, name)
    SELECT gen_random_uuid(), $1, 'PN-S' || n, 'Person ' || n FROM generate_series(1, $3::int) AS n RETURNING id
), budget AS (
    INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, starts_on, ends_on)
    SELECT gen_random_uuid(), id, 1, 1000000, 0, $4::date, $4::date + 365 FROM made RETURNING id, person_id
), funds AS (
    INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence,
                      starts_on, ends_on)
    SELECT gen_random_uuid(), id, person_id, $1, 'isf', $2, 1000000, $4::date, $4::date + 365 FROM budget
    RETURNING id, budget_id
)
INSERT INTO fund_share (id, budget_id, fund_id, council_share_pence, contribution_pence, starts_on, ends_on)
SELECT gen_random_uuid(), budget_id, id, 1000000, 0, $4::date, $4::date + 365 FROM funds
"""
_FUNDS = "SELECT id FROM fund WHERE amount_pence = 1000000"
_BOOKINGS = f"""
    INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
                         owner_council_id, state, starts_at, ends_at, service_on, price_pence, vat_category,
                         vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge)
    SELECT gen_random_uuid(), 'BK-' || upper(substr(md5(f.id::text || s.id::text), 1, 9)), f.person_id, f.id, s.id,
           s.provider_id, f.council_id, f.route, s.owner_council_id, 'delivered', s.starts_at, s.ends_at, s.service_on,
           3850, 'exempt', 0, 48, 50, true
      FROM fund f, activity_session s WHERE f.id IN ({_FUNDS}) AND s.id = ANY ($1::uuid[])
"""  # noqa: S608
_POST = (
    "SELECT count(ledger_post(f, ref, kind, subject, day, NULL, '', ARRAY[a, b], ARRAY[-pence, pence]))"
    " FROM ({}) AS t"
)
_JOURNALS = (
    "SELECT id AS f, 'b1' || id AS ref, 'promise' AS kind, NULL::uuid AS subject, $1::date AS day,"
    f" 'promised' AS a, 'available' AS b, 1000000::bigint AS pence FROM ({_FUNDS}) x",  # noqa: S608
    "SELECT id AS f, 'b2' || id AS ref, 'funding' AS kind, NULL::uuid AS subject, $1::date + 70 AS day,"
    f" 'funding' AS a, 'promised' AS b, 80000::bigint AS pence FROM ({_FUNDS}) x",  # noqa: S608
    "SELECT fund_id AS f, 'b3' || id AS ref, 'hold' AS kind, id AS subject, service_on AS day,"
    " 'available' AS a, 'committed' AS b, 3850::bigint AS pence FROM booking WHERE $1::date IS NOT NULL",
    "SELECT fund_id AS f, 'b4' || id AS ref, 'deliver' AS kind, id AS subject, service_on AS day, 'committed' AS a,"
    " 'payable' AS b, 3850::bigint AS pence FROM booking WHERE $1::date IS NOT NULL",
)

_FLOOR_FIGURES = """
    SELECT j.fund_id, e.account, sum(e.amount_pence) FILTER (WHERE j.occurred_on < $1) AS before,
           sum(e.amount_pence) FILTER (WHERE j.occurred_on < $2) AS at_the_end
      FROM journal j JOIN entry e ON e.journal_id = j.id GROUP BY 1, 2
"""
_FLOOR_LINES = """
    SELECT j.fund_id, j.kind, j.occurred_on, m.accounts, m.amounts, b.reference, t.title, pr.name
      FROM journal j
      JOIN LATERAL (SELECT array_agg(account) AS accounts, array_agg(amount_pence) AS amounts
                      FROM entry WHERE journal_id = j.id) m ON true
      LEFT JOIN booking b ON b.id = j.subject_id
      LEFT JOIN activity_session s ON s.id = b.activity_session_id
      LEFT JOIN activity t ON t.id = s.activity_id
      LEFT JOIN provider pr ON pr.id = b.provider_id
     WHERE j.occurred_on >= $1 ORDER BY j.fund_id, j.occurred_on, j.sequence
"""


async def _prepare(world: World, month: date) -> None:
    """Funds that have run for two months, each with twelve sessions delivered in the month."""
    starts_on = month - timedelta(days=60)
    sessions: list[UUID] = []
    for number in range(3):
        activity = await world.activity(title=("Garden group", "Choir", "Swimming with friends")[number])
        for week in range(SESSIONS // 3):
            day = next_month(clock.today()) + timedelta(days=7 * week + number)
            sessions.append(await world.session(activity, day=day))
    async with db.connection() as connection:
        # Past the triggers that know today's rules: this is a month as it lies in the books afterwards.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "UPDATE activity_session SET service_on = service_on - ($1::date - $2::date),"
            " starts_at = starts_at - make_interval(days => $1::date - $2::date),"
            " ends_at = ends_at - make_interval(days => $1::date - $2::date) WHERE id = ANY ($3::uuid[])",
            next_month(clock.today()), month, sessions,
        )  # fmt: skip
        await connection.execute(_MAKE, world.council, world.harbour, FUNDS, starts_on)
        await connection.execute(f"SELECT open_ledger(id) FROM ({_FUNDS}) x")  # noqa: S608
        await connection.execute("UPDATE account SET locked = false")
        await connection.execute(_BOOKINGS, sessions)
        for rows in _JOURNALS:
            await connection.execute(_POST.format(rows), starts_on)
        await connection.execute("SET session_replication_role = DEFAULT")
        await connection.execute("ANALYZE")


async def _floor_sql(dsn: str, month: date) -> float:
    connection = await asyncpg.connect(dsn)
    began = time.perf_counter()
    async with connection.transaction():
        await connection.fetch(_FLOOR_FIGURES, month, next_month(month))
        async for _ in connection.cursor(_FLOOR_LINES, month, prefetch=5_000):
            pass
    lasted = time.perf_counter() - began
    await connection.close()
    return lasted


def _typst_alone(file: Path, folder: Path) -> int:
    """Inputs ready in a file, nothing but the compiler."""
    done = 0
    for line in file.read_text().splitlines():
        made_on = json.loads(line)["made"]
        noon = clock.from_wall(
            date(*made_on), clock.now().time().replace(hour=12, minute=0, second=0, microsecond=0)
        )
        pdf = compiler("statement.typ").compile(
            format="pdf", sys_inputs={"document": line}, pdf_standards=PDF_STANDARDS, timestamp=noon
        )
        assert isinstance(pdf, bytes)
        (folder / f"{file.stem}-{done}.pdf").write_bytes(pdf)
        done += 1
    return done


async def _inputs(month: date, folder: Path) -> list[Path]:
    rows = await db.fetch_all(
        "SELECT document::text AS document FROM statement WHERE month = $1 ORDER BY id", month
    )
    documents = [thawed(row["document"]) for row in rows]
    files = []
    for place in range(0, len(documents), BATCH):
        lines = [
            inputs_of(statement_words(told), title=title(told), made_on=told.made_on, language="en-GB")[
                "document"
            ]
            for told in documents[place : place + BATCH]
        ]
        files.append(folder / f"{place:06}.jsonl")
        files[-1].write_text("\n".join(lines))
    return files


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(4)
    try:
        return await _rows(dsn)
    finally:
        await db.close_pool()


async def _rows(dsn: str) -> list[Row]:
    month = first_of_month(first_of_month(clock.today()) - timedelta(days=1))
    await _prepare(await make_world(), month)
    sql = min([await _floor_sql(dsn, month) for _ in range(2)])
    asked = count_queries()
    at_first = megabytes(resource.RUSAGE_SELF)
    began = time.perf_counter()
    made = await make_statements(SYSTEM, month)
    making = time.perf_counter() - began
    queries, grown = len(asked), megabytes(resource.RUSAGE_SELF) - at_first
    with tempfile.TemporaryDirectory() as here:
        ours, floor, inputs = (Path(here) / name for name in ("ours", "floor", "inputs"))
        for each in (floor, inputs):
            each.mkdir()
        began = time.perf_counter()
        printed = await print_month(month, ours)
        printing = time.perf_counter() - began
        workers = megabytes(resource.RUSAGE_CHILDREN)
        typst_alone = floor_typst(_typst_alone, await _inputs(month, inputs), floor)
    assert printed == made
    return [
        _row(f"statements: figures of {made:,} funds, frozen (SQL)", made / making, made / sql),
        _row(f"statements: {printed:,} PDFs (Typst)", printed / printing, printed / typst_alone),
        _row("statements: from ledger to PDF", made / (making + printing), made / (sql + typst_alone)),
        Row(
            f"statements: queries for {made:,} funds; memory",
            f"{queries}; +{grown} MB, a worker {workers} MB",
            "–",
            1,
        ),
    ]


def _row(name: str, ours: float, floor: float) -> Row:
    return Row(name, f"{ours:,.0f}/s", f"{floor:,.0f}/s", ours / floor)


def run(dsn: str) -> list[Row]:
    """The rows of this benchmark."""
    return asyncio.run(_measure(dsn))
