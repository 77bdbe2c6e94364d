"""A bank statement is kept once, whole or not at all, however often and by however many it is given in (row V7)."""

import asyncio
import io

import asyncpg
import pytest

from invoicing.reconciliation.giving_in import GivenIn, give_in
from invoicing.reconciliation.reading.values import StatementRefused
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.world import World

pytestmark = pytest.mark.row("V7")


async def give(actor: Actor, file: bytes) -> GivenIn:
    return await give_in(actor, io.BytesIO(file), "november.xml")


async def kept() -> int:
    return int(await db.fetch_value("SELECT count(*) FROM bank_line"))


TWO = camt053(
    entry("10.00", reference="B1"), entry("5.00", reference="B2"), opening="100.00", closing="85.00"
)


async def test_the_same_file_again_brings_nothing(world: World) -> None:
    first = await give(world.broker, TWO)
    again = await give(world.broker, TWO)
    assert (first.new_lines, again.new_lines, again.statements) == (2, 0, first.statements)
    assert await kept() == 2


async def test_a_statement_that_overlaps_adds_only_what_is_new(world: World) -> None:
    await give(world.broker, TWO)
    longer = camt053(
        entry("5.00", reference="B2"), entry("1.00", reference="B3"), entry("1.00", reference="B3")
    )
    assert (await give(world.broker, longer)).new_lines == 1
    assert await kept() == 3


async def test_two_alike_on_a_day_are_two_even_without_the_banks_reference(world: World) -> None:
    assert (await give(world.broker, b"Date,Amount\n03/12/2026,-4.00\n03/12/2026,-4.00\n")).new_lines == 2
    longer = b"Date,Amount\n03/12/2026,-4.00\n03/12/2026,-4.00\n03/12/2026,-4.00\n"
    assert (await give(world.broker, longer)).new_lines == 1


async def test_ten_at_once_keep_it_once(world: World) -> None:
    told = await asyncio.gather(*(give(world.broker, TWO) for _ in range(10)))
    assert sorted(each.new_lines for each in told) == [0] * 9 + [2]
    assert await kept() == 2


async def test_a_statement_that_does_not_add_up_leaves_nothing(world: World) -> None:
    with pytest.raises(StatementRefused, match="does not add up"):
        await give(world.broker, TWO.replace(b"85.00", b"80.00"))
    assert await kept() == 0


async def test_a_file_that_breaks_off_leaves_nothing(world: World) -> None:
    with pytest.raises(StatementRefused):
        await give(world.broker, TWO[:-30])
    assert await kept() == 0


async def test_two_organisations_never_see_each_others_lines_as_their_own(world: World) -> None:
    await give(world.broker, TWO)
    assert (await give(world.finance_officer, TWO)).new_lines == 2


async def test_only_those_who_pay_give_statements_in(world: World) -> None:
    with pytest.raises(Forbidden):
        await give(world.care_manager, TWO)


async def test_what_a_bank_told_is_never_changed_whoever_asks(world: World) -> None:
    await give(world.broker, TWO)
    for statement in ("UPDATE bank_line SET amount_pence = 1", "DELETE FROM bank_line", "TRUNCATE bank_line"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(statement)
