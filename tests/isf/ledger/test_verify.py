"""Tampering that gets past the triggers is found afterwards."""

from uuid import UUID

import pytest

from isf.ledger import commands as ledger
from isf.ledger.verify import verify
from marketplace.kernel import clock, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.world import World


@pytest.fixture
async def fund(world: World) -> UUID:
    """A fund with five journals."""
    for _ in range(3):
        await ledger.hold(world.broker, world.emma_isf, new_id(), Money(100), clock.today())
    assert await verify() == []
    return world.emma_isf


async def tamper(table: str, statement: str, *args: object) -> None:
    """Change what cannot be changed, as somebody with the database's keys could."""
    async with db.unit_of_work():
        await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await db.execute(statement, *args)
        await db.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


async def checks() -> set[str]:
    return {fault.check for fault in await verify()}


async def test_a_changed_balance_is_found(fund: UUID) -> None:
    await db.execute(
        "UPDATE account SET balance_pence = balance_pence + 1 WHERE fund_id = $1 AND kind = 'available'", fund
    )
    (fault,) = await verify()
    assert (fault.check, fault.fund_id) == ("balance", fund)
    assert "available says 99701 pence, its entries say 99700" in str(fault)


async def test_a_balance_without_entries_is_found(fund: UUID) -> None:
    await db.execute("UPDATE account SET balance_pence = 5 WHERE fund_id = $1 AND kind = 'fee'", fund)
    assert await checks() == {"balance"}


async def test_a_changed_amount_is_found_even_when_balances_follow(fund: UUID) -> None:
    entries = "journal_id = (SELECT id FROM journal WHERE fund_id = $1 AND sequence = 3)"
    await tamper("entry", f"UPDATE entry SET amount_pence = amount_pence * 2 WHERE {entries}", fund)
    await db.execute(
        "UPDATE account a SET balance_pence = (SELECT coalesce(sum(e.amount_pence), 0) FROM entry e"
        " JOIN journal j ON j.id = e.journal_id WHERE j.fund_id = a.fund_id AND e.account = a.kind)"
    )
    (fault,) = await verify()
    assert fault.check == "chain"
    assert "is not what was posted" in fault.detail


async def test_a_changed_day_is_found(fund: UUID) -> None:
    await tamper(
        "journal",
        "UPDATE journal SET occurred_on = occurred_on - 1 WHERE fund_id = $1 AND sequence = 2",
        fund,
    )
    assert await checks() == {"chain"}


async def test_a_journal_out_of_balance_is_found(fund: UUID) -> None:
    await tamper(
        "entry",
        "UPDATE entry SET amount_pence = amount_pence + 1 WHERE account = 'available' AND journal_id ="
        " (SELECT id FROM journal WHERE fund_id = $1 AND sequence = 3)",
        fund,
    )
    assert await checks() == {"balance", "sum", "chain"}


async def test_a_removed_journal_is_found(fund: UUID) -> None:
    one = "(SELECT id FROM journal WHERE fund_id = $1 AND sequence = 3)"
    await tamper("entry", f"DELETE FROM entry WHERE journal_id = {one}", fund)
    await tamper("journal", "DELETE FROM journal WHERE fund_id = $1 AND sequence = 3", fund)
    faults = await verify()
    assert "is number 4 where number 3 should be" in " ".join(fault.detail for fault in faults)


async def test_a_removed_end_is_found(fund: UUID) -> None:
    last = "(SELECT id FROM journal WHERE fund_id = $1 AND sequence = 4)"
    await tamper("entry", f"DELETE FROM entry WHERE journal_id = {last}", fund)
    await tamper("journal", "DELETE FROM journal WHERE fund_id = $1 AND sequence = 4", fund)
    assert "head" in await checks()


async def test_a_rewritten_hash_breaks_the_chain_after_it(fund: UUID) -> None:
    await tamper("journal", "UPDATE journal SET hash = sha256('x') WHERE fund_id = $1 AND sequence = 3", fund)
    details = [fault.detail for fault in await verify()]
    assert any("is not what was posted" in detail for detail in details)
    assert any("does not follow the journal before it" in detail for detail in details)


async def test_a_fund_without_a_ledger_is_found(world: World) -> None:
    await db.execute("DELETE FROM ledger_head WHERE fund_id = $1", world.dan_direct)
    (fault,) = await verify()
    assert (fault.check, fault.detail) == ("head", "has no ledger")
