"""A payment run: proposed by one, approved by another, sent once, withdrawn before it is sent."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from invoicing.payment_runs import queries
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.payment_runs.commands import approve_run, leave_out, send_run, withdraw_run
from invoicing.payment_runs.proposing import propose_run
from invoicing.payment_runs.rules import NothingToPay, NotTheProposer, PaidAlready, RunWaits
from isf.ledger.verify import verify
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from tests.invoicing.payment_runs.making import DUE, TODAY, payers
from tests.world import World, balances, persona

pytestmark = pytest.mark.row("V7")


async def states() -> dict[str, str]:
    """Where each invoice stands, by the letters of its number."""
    rows = await db.fetch_all("SELECT left(number, 3) AS payee, state FROM invoice")
    return {row["payee"]: row["state"] for row in rows}


async def test_a_run_pays_everything_due_once_and_the_books_have_it_to_the_penny(december: World) -> None:
    async with payers(december) as at:
        run = await at.proposed()
        rows = await queries.payments_of_run(at.second, run)
        assert [(row.payee, row.amount_pence, row.lines) for row in rows] == [
            ("1st Enable", 2000, 1), ("Pettypool", 7700, 2),
        ]  # fmt: skip
        assert (await balances(december.emma_isf))["payable"] == 9700
        await approve_run(at.second, run)
        assert (await balances(december.emma_isf))["paid"] == 0
        for _ in range(3):
            await send_run(at.first, run)
        money = await balances(december.emma_isf)
        assert (money["payable"], money["paid"]) == (0, 9700)
        assert await states() == {"PET": "paid", "1ST": "paid"}
        head = await queries.run(at.first, run)
        assert (head.state, head.amount_pence, head.ledger_pence) == ("sent", 9700, 9700)
        assert await db.fetch_value("SELECT count(*) FROM journal WHERE kind = 'settle'") == 2
        paid = await db.fetch_one("SELECT paid_on, payment_reference FROM invoice WHERE number LIKE 'PET%'")
        reference = next(row.reference for row in rows if row.payee == "Pettypool")
        assert paid == {"paid_on": TODAY, "payment_reference": reference}
        assert await verify() == []
        with pytest.raises(NothingToPay):
            await propose_run(at.second, DUE, TODAY)


async def test_who_proposed_a_run_does_not_approve_it_also_by_a_bare_statement(december: World) -> None:
    async with payers(december) as at:
        run = await at.proposed()
        with pytest.raises(NotTheProposer):
            await approve_run(at.first, run)
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(
                "UPDATE payment_run SET state = 'approved', approved_by = proposed_by, approved_at = now(),"
                " details_id = (SELECT id FROM bank_details LIMIT 1)"
            )
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute("UPDATE payment SET state = 'sent', paid_on = current_date, sent_at = now()")
        await approve_run(at.second, run)
        with pytest.raises(StateConflict):
            await approve_run(at.second, run)


async def test_two_who_approve_at_once_are_one_and_two_who_send_send_once(december: World) -> None:
    async with payers(december) as at:
        third = await persona("Bert Broker", Role.BROKER, december.harbour)
        run = await at.proposed()
        answers = await asyncio.gather(
            approve_run(at.second, run), approve_run(third, run), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "StateConflict"]
        await asyncio.gather(*(send_run(who, run) for who in (at.first, at.second, third)))
        assert (await balances(december.emma_isf))["paid"] == 9700
        assert await db.fetch_value("SELECT count(*) FROM outbox_message WHERE subject LIKE '%PY-%'") == 2


async def test_a_payee_who_is_left_out_stays_open_for_the_next_run(december: World) -> None:
    async with payers(december) as at:
        run = await at.proposed()
        pettypool = next(row for row in await queries.payments_of_run(at.first, run) if row.lines == 2)
        with pytest.raises(Invalid):
            await leave_out(at.first, run, pettypool.id, " ")
        await leave_out(at.second, run, pettypool.id, "They asked us to wait")
        await approve_run(at.second, run)
        with pytest.raises(StateConflict):
            await leave_out(at.first, run, pettypool.id, "Again")
        await send_run(at.first, run)
        assert await states() == {"PET": "issued", "1ST": "paid"}
        assert (await balances(december.emma_isf))["payable"] == 7700
        (row,) = await queries.payments_of_run(at.first, await at.proposed())
        assert row.payee == "Pettypool"


async def test_what_is_withdrawn_is_open_again_and_can_be_paid_by_hand(december: World) -> None:
    async with payers(december) as at:
        run = await at.approved()
        with pytest.raises(PaidAlready):
            await mark_paid(at.first, at.by_payee["PET"], "BACS 1", TODAY)
        with pytest.raises(RunWaits):
            await propose_run(at.second, DUE, TODAY)
        await withdraw_run(at.first, run, "The wrong day")
        for late in (send_run(at.second, run), approve_run(at.second, run)):
            with pytest.raises(Conflict):
                await late
        assert await states() == {"PET": "issued", "1ST": "issued"}
        await mark_paid(at.first, at.by_payee["PET"], "BACS 1", TODAY)
        (row,) = await queries.payments_of_run(at.first, await at.proposed())
        assert row.payee == "1st Enable"


async def test_a_run_that_is_sent_and_withdrawn_at_once_is_one_of_both(december: World) -> None:
    async with payers(december) as at:
        run = await at.approved()
        await asyncio.gather(
            send_run(at.first, run), withdraw_run(at.second, run, "No"), return_exceptions=True
        )
        state = await db.fetch_value("SELECT state FROM payment_run WHERE id = $1", run)
        paid = (await balances(december.emma_isf))["paid"]
        assert (state, paid) in {("sent", 9700), ("withdrawn", 0)}


async def test_a_run_and_a_payment_by_hand_at_once_pay_a_line_once(december: World) -> None:
    async with payers(december) as at:
        await asyncio.gather(
            at.sent(), mark_paid(at.second, at.by_payee["PET"], "BACS 1", TODAY), return_exceptions=True
        )
        assert await db.fetch_value("SELECT count(*) FROM payment_item WHERE live") <= 3
        paid = await db.fetch_value("SELECT sum(gross_pence) FROM invoice WHERE state = 'paid'")
        assert (await balances(december.emma_isf))["paid"] == paid
        assert await verify() == []


async def test_who_has_no_account_or_is_on_hold_is_not_in_a_run_and_the_page_says_why(
    december: World,
) -> None:
    async with payers(december, accounts=False) as at:
        with pytest.raises(NothingToPay):
            await at.proposed()
        told = await queries.owed(at.first, DUE)
        assert {(each.payee, each.why, each.amount_pence) for each in told} == {
            ("Pettypool", "no_account", 7700), ("1st Enable", "no_account", 2000),
        }  # fmt: skip
        assert await queries.owed(at.first, date(2026, 12, 30)) == []


async def test_an_account_that_changed_after_the_proposal_is_not_paid(december: World) -> None:
    async with payers(december) as at:
        run = await at.proposed()
        await db.execute(
            "INSERT INTO bank_details (id, organisation_id, purpose, account_name, sort_code, account_number,"
            " because, proposed_by, proposed_at) SELECT gen_random_uuid(), organisation_id, 'into', 'P', '999998',"
            " '11111112', 'x', proposed_by, $1 FROM bank_details WHERE account_number = '66374958'",
            clock.now(),
        )
        await db.execute(
            "UPDATE bank_details d SET state = 'confirmed', confirmed_by = $1, confirmed_for = d.organisation_id,"
            " confirmed_at = proposed_at, confirmed_how = 'second_person', usable_from = proposed_at + interval '1 day'"
            " WHERE state = 'proposed'",
            december.staff.user_id,
        )
        with (
            use_clock(FixedClock(clock.now() + timedelta(days=2))),
            pytest.raises(Conflict, match="Pettypool has another account since this was proposed"),
        ):
            await approve_run(at.second, run)


async def test_nobody_else_decides_a_run(december: World) -> None:
    async with payers(december) as at:
        run = await at.proposed()
        for other in (december.stranger, december.finance_officer):
            with pytest.raises(NotFound):
                await approve_run(other, run)
        for other in (
            december.manager,
            december.dan_user,
            december.care_manager,
            december.monitoring_officer,
        ):
            with pytest.raises(Forbidden):
                await approve_run(other, run)
