"""A payment that the bank returned: open again, told, and entered once."""

import asyncio
from datetime import time, timedelta

import pytest

from invoicing.payment_runs import queries
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.payment_runs.commands import approve_run, send_run
from invoicing.payment_runs.returning import payment_came_back, return_payment
from isf.ledger.verify import verify
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from tests.invoicing.payment_runs.making import TODAY, payers
from tests.world import World, balances

pytestmark = pytest.mark.row("V7")


async def _payment_of(lines: int) -> db.Row:
    row = await db.fetch_one(
        "SELECT * FROM payment p WHERE (SELECT count(*) FROM payment_item WHERE payment_id = p.id) = $1",
        lines,
    )
    assert row is not None
    return row


async def test_what_came_back_is_open_again_and_the_next_run_pays_it(december: World) -> None:
    async with payers(december) as at:
        await at.sent()
        payment = await _payment_of(2)
        later = TODAY + timedelta(days=3)
        with use_clock(FixedClock(from_wall(later, time(9)))):
            await return_payment(at.second, payment["id"], later, "Account closed")
            assert await payment_came_back(SYSTEM, payment["id"], later, "Again") is False
            money = await balances(december.emma_isf)
            assert (money["payable"], money["paid"]) == (7700, 2000)
            state = await db.fetch_one("SELECT state, paid_on FROM invoice WHERE id = $1", at.by_payee["PET"])
            assert state == {"state": "issued", "paid_on": None}
            reversals = await db.fetch_all("SELECT occurred_on FROM journal WHERE kind = 'reversal'")
            assert [row["occurred_on"] for row in reversals] == [later]
            told = await db.fetch_all(
                "SELECT recipient FROM outbox_message WHERE subject LIKE '%came back' ORDER BY recipient"
            )
            assert [row["recipient"] for row in told] == [
                "bella@example.com", "bookings@pettypool.example", "brenda@example.com",
            ]  # fmt: skip
            await mark_paid(at.first, at.by_payee["PET"], "BACS 2", later)
            assert (await balances(december.emma_isf))["paid"] == 9700
            assert await verify() == []


async def test_two_who_enter_the_same_return_enter_it_once(december: World) -> None:
    async with payers(december) as at:
        await at.sent()
        payment = await _payment_of(2)
        await asyncio.gather(
            *(payment_came_back(SYSTEM, payment["id"], TODAY, f"Reason {n}") for n in range(3))
        )
        assert await db.fetch_value("SELECT count(*) FROM journal WHERE kind = 'reversal'") == 1
        assert (await balances(december.emma_isf))["paid"] == 2000


async def test_only_the_payer_enters_a_return_of_what_was_sent_on_a_day_that_can_be(december: World) -> None:
    async with payers(december) as at:
        run = await at.approved()
        payment = (await _payment_of(2))["id"]
        with pytest.raises(StateConflict):
            await return_payment(at.first, payment, TODAY, "Not sent")
        await send_run(at.first, run)
        for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
            with pytest.raises(Invalid):
                await return_payment(at.first, payment, day, "A day that cannot be")
        for other in (december.finance_officer, december.dan_user, december.stranger):
            with pytest.raises(NotFound):
                await return_payment(other, payment, TODAY, "Not mine")
        with pytest.raises(Forbidden):
            await return_payment(december.manager, payment, TODAY, "The seller")


async def test_both_sides_see_the_payment_and_nobody_else(december: World) -> None:
    async with payers(december) as at:
        run = await at.proposed()
        payment = (await _payment_of(2))["id"]
        with pytest.raises(NotFound):
            await queries.payment(december.manager, payment)
        assert (await queries.payment(at.second, payment)).pays
        await approve_run(at.second, run)
        await send_run(at.first, run)
        seen = await queries.payment(december.manager, payment)
        assert (seen.pays, seen.row.amount_pence, len(seen.told.invoices)) == (False, 7700, 1)
        for other in (december.other_manager, december.finance_officer, december.dan_user, december.stranger):
            with pytest.raises(NotFound):
                await queries.payment(other, payment)
        assert [row.amount_pence for row in await queries.payments(december.manager)] == [7700]
        assert len(await queries.payments(december.broker)) == 2
