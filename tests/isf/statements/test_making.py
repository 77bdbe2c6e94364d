"""A month's statements: they tie to the books to the penny, are made once, and a stopped run goes on."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest

from isf.ledger import commands as ledger
from isf.statements import making
from isf.statements.document import LineKind, StatementKind, fingerprint, thawed
from isf.statements.jobs import run_statements
from isf.statements.making import make_final_statement, make_missing_statements, make_statements
from isf.statements.queries import StatementTouched, statement
from isf.statements.rules import StatementDisagrees, next_month
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.isf.statements.lived import attend, documents, last_month, live
from tests.world import World, balances

pytestmark = [pytest.mark.row("I5"), pytest.mark.asyncio]


async def test_a_statement_says_what_was_used_booked_cancelled_and_is_left(world: World) -> None:
    lived = await live(world)
    await make_statements(SYSTEM, lived.month)
    (told,) = await documents(world.emma_isf)
    kinds = [line.kind for line in told.lines]
    assert kinds.count(LineKind.USED) == 2
    assert {LineKind.BOOKED, LineKind.CANCELLED, LineKind.PAID_IN, LineKind.TOP_UP} <= set(kinds)
    used = [line for line in told.lines if line.kind is LineKind.USED]
    assert [(line.title, line.provider, line.amount_pence) for line in used] == [
        ("Garden group", "Pettypool", 3850)
    ] * 2
    assert (told.closing.used, told.closing.booked, told.closing.to_come) == (7700, 3850, 70_000)
    assert [(each.title, each.times, each.amount_pence) for each in told.ahead] == [("Garden group", 1, 3850)]


async def test_it_ties_to_the_books_to_the_penny(world: World) -> None:
    lived = await live(world)
    await make_statements(SYSTEM, lived.month)
    (told,) = await documents(world.emma_isf)
    assert told.opening.left + sum(line.left_pence for line in told.lines) == told.closing.left
    books = await balances(world.emma_isf)
    # What is dated later is on the statement as booked for later days.
    assert told.closing.left - told.ahead_pence == books["available"]
    assert told.closing.booked + told.ahead_pence == books["committed"]
    assert told.closing.used == books["payable"] + books["paid"] + books["fee"]


async def test_a_register_filled_in_late_is_told_by_the_next_statement_with_its_own_day(world: World) -> None:
    lived = await live(world)
    await make_statements(SYSTEM, lived.month)
    await attend(world.manager, lived.waiting, next_month(lived.month) + timedelta(days=2))
    final = await make_final_statement(SYSTEM, world.emma_isf)
    first, last = await documents(world.emma_isf)
    assert (last.id, last.kind, last.number) == (final, StatementKind.FINAL, 2)
    assert last.opening == first.closing
    (late,) = [line for line in last.lines if line.kind is LineKind.USED]
    assert (late.on, late.amount_pence, late.left_pence) == (lived.month.replace(day=20), 3850, 0)
    books = await balances(world.emma_isf)
    assert last.closing.available == books["available"]
    assert last.ahead == []


async def test_a_month_is_made_once_however_often_and_by_however_many(world: World) -> None:
    month = last_month()
    made = await asyncio.gather(*(make_statements(SYSTEM, month) for _ in range(3)))
    assert sum(made) == 3
    assert await make_statements(SYSTEM, month) == 0
    assert await db.fetch_value("SELECT count(*) FROM statement") == 3


async def test_a_run_that_is_stopped_goes_on_where_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await world.person_with_fund(f"Person{number} Example", Route.DIRECT_PAYMENT, "500.00")
    keep, calls = making._keep, 0

    async def stopped(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        kept = await keep(*args)
        if calls == 3:
            raise KeyboardInterrupt
        return kept

    monkeypatch.setattr(making, "_keep", stopped)
    with pytest.raises(KeyboardInterrupt):
        await make_statements(SYSTEM, last_month(), batch=2)
    assert (
        await db.fetch_value("SELECT count(*) FROM statement") == 4
    )  # two whole batches; the third is undone
    assert await db.fetch_value("SELECT count(*) FROM outbox_message WHERE subject LIKE '%is ready%'") > 0
    monkeypatch.setattr(making, "_keep", keep)
    assert await make_statements(SYSTEM, last_month(), batch=2) == 4
    assert await db.fetch_value("SELECT count(DISTINCT fund_id) FROM statement") == 8


async def test_missed_months_are_caught_up_the_oldest_first(world: World) -> None:
    lived = await live(world)
    assert "made" in await run_statements()
    told = await documents(world.emma_isf)
    assert [each.month for each in told] == sorted({each.month for each in told})
    assert told[0].month == world.starts_on.replace(day=1)
    assert told[-1].month == lived.month
    for earlier, later in pairwise(told):
        assert later.opening == earlier.closing
    assert await make_missing_statements(SYSTEM) == 0


async def test_a_month_that_is_not_over_is_refused(world: World) -> None:
    with pytest.raises(Conflict, match="not over"):
        await make_statements(SYSTEM, clock.today())


async def test_the_number_of_queries_does_not_grow_with_the_funds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("fetch_all", "fetch_one", "fetch_value", "execute"):
        real = getattr(db, name)

        async def counted(sql: str, *args: object, real: Any = real) -> Any:
            asked.append(sql)
            return await real(sql, *args)

        monkeypatch.setattr(db, name, counted)

    async def undone() -> None:
        async with db.unit_of_work():
            await make_statements(SYSTEM, last_month())
            raise RuntimeError("undone")

    async def queries() -> int:
        asked.clear()
        with pytest.raises(RuntimeError, match="undone"):
            await undone()
        return len(asked)

    few = await queries()
    for number in range(6):
        await world.person_with_fund(f"Person {number}", Route.ISF, "500.00")
    assert await queries() == few


async def test_a_final_statement_again_is_the_same_one(world: World) -> None:
    first = await make_final_statement(SYSTEM, world.emma_isf)
    assert await make_final_statement(SYSTEM, world.emma_isf) == first
    async with db.unit_of_work():
        await ledger.top_up(
            SYSTEM, world.emma_isf, Money(100), clock.today(), reference=f"test:{new_id()}", subject_id=None
        )
    with pytest.raises(Conflict, match="second final statement"):
        await make_final_statement(SYSTEM, world.emma_isf)


async def test_a_statement_is_never_changed_and_a_touched_one_is_noticed(world: World) -> None:
    made = await make_final_statement(SYSTEM, world.emma_isf)
    for change in ("UPDATE statement SET left_pence = 1", "DELETE FROM statement"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(change)
    row = await db.fetch_one("SELECT document::text AS document, sha256 FROM statement WHERE id = $1", made)
    assert row is not None
    assert fingerprint(thawed(row["document"])) == row["sha256"]
    async with db.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            "UPDATE statement SET document = jsonb_set(document, '{closing,available}', '1') WHERE id = $1",
            made,
        )
    with pytest.raises(StatementTouched):
        await statement(world.emma_user, made)


async def test_books_that_do_not_tie_give_no_statement(world: World) -> None:
    await db.execute(
        "UPDATE account SET balance_pence = balance_pence + 1 WHERE fund_id = $1 AND kind = 'available'",
        world.emma_isf,
    )
    with pytest.raises(StatementDisagrees):
        await make_statements(SYSTEM, last_month())
    assert await db.fetch_value("SELECT count(*) FROM statement WHERE fund_id = $1", world.emma_isf) == 0


async def test_letters_go_out_once_and_as_the_person_likes(world: World) -> None:
    await db.execute(
        "UPDATE organisation SET email = 'money@northshire.example' WHERE id = $1", world.council
    )
    await make_statements(SYSTEM, last_month(), batch=1)
    await make_statements(SYSTEM, last_month())
    letters = await db.fetch_all(
        "SELECT recipient, subject, body FROM outbox_message WHERE subject LIKE '%ready%'"
    )
    assert _to("emma@example.com", letters) == 2  # one for each of her funds
    assert _to("sally@example.com", letters) == 2
    assert _to("money@northshire.example", letters) == 1
    assert _to("accounts@harbour.example", letters) == 1
    emma = next(each for each in letters if each["recipient"] == "emma@example.com")
    assert "?easy=on" in emma["body"]
    assert all("£" not in each["body"] and "Emma" not in each["subject"] for each in letters)


def _to(recipient: str, letters: Sequence[db.Row]) -> int:
    return sum(each["recipient"] == recipient for each in letters)
