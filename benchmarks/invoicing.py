"""A month of 50,000 attendances to 2,000 invoices with PDF and UBL, against bare SQL and Typst alone.

Ours is a billing run, from `begin` to done (find, lock, sort, claim, number, freeze, audit, letters, progress), stopped
on the way and taken up again, and then `print_issued` (UBL, words and layout, on all processors). The floor writes the
same rows by one set-based transaction, and gives the same JSON with the same UBL inside to the same layout in as many
processes. Every round bills copies of one database, the floor and ours in turn and each first in every other round;
half of the floor is printed before ours and half after it. Nothing was billed before: the books of invoices are empty.
"""

import asyncio
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from benchmarks.bookings import Row
from benchmarks.invoicing_floor import bill_by_sql, ready_inputs, typst_alone
from benchmarks.invoicing_load import DATES, HOLDERS, PEOPLE, SELLERS, prepare
from benchmarks.printing import count_queries, floor_typst, megabytes
from invoicing.printing import print_issued
from invoicing.rules import month_of
from invoicing.runs.commands import begin, work_on
from invoicing.runs.rules import month_scope
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from tests.world import make_world

ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 2)
INVOICES = SELLERS * HOLDERS
LINES = INVOICES * PEOPLE * DATES


@dataclass(slots=True)
class _Billed:
    """What billing took: seconds of each side and round, statements of ours, megabytes by which we grew."""

    ours: list[float]
    floor: list[float]
    queries: int = 0
    grown: int = 0


async def _copy(dsn: str, name: str) -> str:
    """A copy of the prepared database, in which nothing is billed yet."""
    server, _, prepared = dsn.rpartition("/")
    connection = await asyncpg.connect(f"{server}/postgres")
    await connection.execute(f"DROP DATABASE IF EXISTS {name}")
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {prepared}")
    await connection.execute("CHECKPOINT")
    await connection.close()
    return f"{server}/{name}"


async def _bill(month: date, *, stop_at: int) -> float:
    """Our run, stopped in the middle of its steps when so many invoices are made, and taken up; seconds."""
    began = time.perf_counter()
    run_id = await begin(SYSTEM, month_scope(month))
    assert run_id is not None
    first = asyncio.create_task(work_on(SYSTEM, run_id))
    made = "SELECT invoices_made FROM billing_run WHERE id = $1"
    while not first.done() and await db.fetch_value(made, run_id) < stop_at:  # noqa: ASYNC110 - rows are asked
        await asyncio.sleep(0.2)
    first.cancel()
    await asyncio.wait([first])
    assert first.cancelled()
    await work_on(SYSTEM, run_id)
    return time.perf_counter() - began


async def _nothing_lost() -> None:
    """Every attendance on one line, every invoice with a number of its own, no gap, the run at its end."""
    told = await db.fetch_one(
        """SELECT (SELECT count(*) FROM claim) AS claims,
                  (SELECT count(DISTINCT booking_id) FROM invoice_line) AS lines,
                  (SELECT count(*) FROM invoice) AS invoices, (SELECT sum(last) FROM counter
                    WHERE scope LIKE 'invoice:%') AS numbered, (SELECT count(DISTINCT number) FROM invoice) AS numbers,
                  (SELECT count(*) FROM outbox_message WHERE subject LIKE 'Invoice %') AS letters,
                  (SELECT count(*) FROM billing_run WHERE state = 'done' AND invoices_made = $1 AND lines_made = $2
                      AND lines_expected = $2) AS done""",
        INVOICES,
        LINES,
    )
    assert told == {
        "claims": LINES, "lines": LINES, "invoices": INVOICES, "numbered": INVOICES, "numbers": INVOICES,
        "letters": INVOICES, "done": 1,
    }, told  # fmt: skip


async def _round(dsn: str, month: date, number: int, billed: _Billed) -> None:
    """Both sides once; our database stays in use afterwards."""
    await db.close_pool()

    async def floor() -> None:
        billed.floor.append(await bill_by_sql(await _copy(dsn, f"floor_{number}"), month))

    if number % 2 == 0:
        await floor()
    db.use_database(await _copy(dsn, f"ours_{number}"))
    await db.open_pool(4)
    asked, at_first = count_queries(), megabytes(resource.RUSAGE_SELF)
    billed.ours.append(await _bill(month, stop_at=INVOICES // 3))
    billed.queries, billed.grown = len(asked), megabytes(resource.RUSAGE_SELF) - at_first
    await _nothing_lost()
    if number % 2:
        await floor()


async def _measure(dsn: str) -> list[Row]:
    month = month_of(month_of(clock.today()) - timedelta(days=1))
    db.use_database(dsn)
    await db.open_pool(4)
    try:
        await prepare(await make_world(), month)
        billed = _Billed([], [])
        for number in range(ROUNDS):
            await _round(dsn, month, number, billed)
        return await _rows(billed)
    finally:
        await db.close_pool()


async def _rows(billed: _Billed) -> list[Row]:
    ours, floor = (sum(seconds) / ROUNDS for seconds in (billed.ours, billed.floor))
    with tempfile.TemporaryDirectory() as here:
        printed, bare, inputs = (Path(here) / name for name in ("ours", "floor", "inputs"))
        for each in (bare, inputs):
            each.mkdir()
        files = await ready_inputs(inputs)
        half = len(files) // 2
        typst = floor_typst(typst_alone, files[:half], bare)
        began = time.perf_counter()
        assert await print_issued(month_of(clock.today()), printed) == INVOICES
        printing = time.perf_counter() - began
        workers = megabytes(resource.RUSAGE_CHILDREN)
        typst += floor_typst(typst_alone, files[half:], bare)
        assert len(list(printed.glob("*.xml"))) == len(list(bare.glob("*.pdf"))) == INVOICES
    memory = f"{billed.queries:,}; +{billed.grown} MB, a worker {workers} MB"
    return [
        _row(f"invoicing: {LINES:,} attendances billed, {INVOICES:,} invoices frozen (SQL)", ours, floor),
        _row(f"invoicing: {INVOICES:,} PDFs with UBL inside, and UBL beside (Typst)", printing, typst),
        _row("invoicing: a month from attendances to files", ours + printing, floor + typst),
        Row(f"invoicing: statements for {INVOICES:,} invoices; memory", memory, "–", 1),
    ]


def _row(name: str, ours: float, floor: float) -> Row:
    return Row(f"{name} (s)", f"{ours:.1f}", f"{floor:.1f}", ours / floor)


def run(dsn: str) -> list[Row]:
    """The rows of this benchmark."""
    return asyncio.run(_measure(dsn))
