"""What a payee owes back is taken off its next payment, never below zero; a returned payment makes it owed again."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from lxml import etree

from invoicing.credits.commands import receive_credit
from invoicing.payment_runs import queries
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.payment_runs.commands import approve_run, send_run
from invoicing.payment_runs.pain001 import NAMESPACE, payment_file
from invoicing.payment_runs.proposing import propose_run
from invoicing.payment_runs.returning import payment_came_back
from invoicing.payment_runs.rules import NotOwedAnyMore
from invoicing.runs.commands import issue_invoices
from isf.ledger.commands import set_aside
from isf.ledger.verify import verify
from marketplace.bookings.overcommitted.queries import over_commitments
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from tests.invoicing.credits.crediting import credit_booking
from tests.invoicing.delivering import deliver
from tests.invoicing.payment_runs.making import TODAY, Payers, payers
from tests.world import World, balances

pytestmark = pytest.mark.row("V7")
LATER = date(2027, 2, 1)
DECEMBER = date(2026, 12, 1)


async def _owed_and_due(at: Payers, *amounts: str) -> tuple[UUID, list[UUID]]:
    """Pettypool was paid £77.00 for November, owes back parts of it, and billed £38.50 for December."""
    world = at.world
    await mark_paid(at.first, at.by_payee["PET"], "BACS 1", TODAY)
    bookings = await db.fetch_all(
        "SELECT booking_id FROM invoice_line WHERE invoice_id = $1 ORDER BY service_on", at.by_payee["PET"]
    )
    notes = [
        (await credit_booking(world.manager, row["booking_id"], amount)).id
        for row, amount in zip(bookings, amounts, strict=False)
    ]
    activity = await db.fetch_value("SELECT id FROM activity WHERE title = 'Garden group'")
    await deliver(world, world.broker, world.emma_isf, date(2026, 12, 10), activity=activity)
    await issue_invoices(SYSTEM, DECEMBER)
    return await propose_run(at.first, LATER, TODAY), notes


async def _pettypools(at: Payers, run: UUID) -> queries.PaymentRow:
    return next(row for row in await queries.payments_of_run(at.first, run) if row.payee == "Pettypool")


async def _owed() -> list[int]:
    rows = await db.fetch_all(
        "SELECT n.gross_pence - coalesce((SELECT sum(s.amount_pence) FROM credit_settlement s"
        "  JOIN credit_note_line c ON c.id = s.credit_note_line_id WHERE c.credit_note_id = n.id), 0) AS owed"
        " FROM credit_note n ORDER BY n.number"
    )
    return [int(row["owed"]) for row in rows]


async def test_a_credit_is_taken_off_the_next_payment_and_the_books_have_what_the_bank_moves(
    december: World,
) -> None:
    async with payers(december) as at:
        run, _ = await _owed_and_due(at, "30.00")
        row = await _pettypools(at, run)
        assert (row.gross_pence, row.netted_pence, row.amount_pence) == (3850, 3000, 850)
        assert await _owed() == [3000]
        before = await balances(december.emma_isf)
        await approve_run(at.second, run)
        for _ in range(2):
            await send_run(at.first, run)
        after = await balances(december.emma_isf)
        assert after["paid"] - before["paid"] == 850 + 2000
        assert after["available"] - before["available"] == 3000
        assert await _owed() == [0]
        head = await queries.run(at.first, run)
        assert head.amount_pence == head.ledger_pence == 2850
        document = etree.fromstring(payment_file(await queries.bank_order(at.first, run)))
        assert document.findtext(f".//{{{NAMESPACE}}}CtrlSum") == "28.50"
        letter = await db.fetch_value("SELECT body FROM outbox_message WHERE subject LIKE '£8.50 from%'")
        assert "Less what you owed back: £30.00" in letter
        assert await verify() == []


async def test_more_is_owed_back_than_is_paid_and_the_rest_waits_for_the_next_payment(
    december: World,
) -> None:
    async with payers(december) as at:
        run, _ = await _owed_and_due(at, "38.50", "10.00")
        row = await _pettypools(at, run)
        assert (row.netted_pence, row.amount_pence) == (3850, 0)
        await approve_run(at.second, run)
        await send_run(at.first, run)
        assert sorted(await _owed()) == [0, 1000]
        document = etree.fromstring(payment_file(await queries.bank_order(at.first, run)))
        assert document.findtext(f".//{{{NAMESPACE}}}NbOfTxs") == "1"
        assert await db.fetch_value("SELECT count(*) FROM invoice WHERE state = 'paid'") == 3


async def test_a_payment_that_came_back_makes_the_credit_owed_again(december: World) -> None:
    async with payers(december) as at:
        run, _ = await _owed_and_due(at, "30.00")
        await approve_run(at.second, run)
        before = await balances(december.emma_isf)
        await send_run(at.first, run)
        payment = (await _pettypools(at, run)).id
        for _ in range(2):
            await payment_came_back(SYSTEM, payment, TODAY, "Account closed")
        after = await balances(december.emma_isf)
        assert after["paid"] - before["paid"] == 2000
        assert after["available"] == before["available"]
        assert await _owed() == [3000]
        again = await propose_run(at.second, LATER, TODAY + timedelta(days=1))
        assert (await _pettypools(at, again)).amount_pence == 850
        assert await verify() == []


@pytest.mark.row("W2")
async def test_a_payment_comes_back_also_when_what_was_taken_off_it_is_booked_again(december: World) -> None:
    """£30.00 was taken off a payment and is booked again; the payment comes back, so Pettypool owes it again.

    The fund lacks £30.00 until it pays. Nothing is below zero, and the council sees it.
    """
    async with payers(december) as at:
        run, (note,) = await _owed_and_due(at, "30.00")
        await approve_run(at.second, run)
        await send_run(at.first, run)
        left = (await balances(december.emma_isf))["available"]
        await set_aside(SYSTEM, december.emma_isf, uuid4(), Money(left), TODAY)
        before = await balances(december.emma_isf)
        for _ in range(2):
            await payment_came_back(SYSTEM, (await _pettypools(at, run)).id, TODAY, "Account closed")
        after = await balances(december.emma_isf)
        assert await _owed() == [3000]
        assert (after["available"], after["payable"]) == (0, before["payable"] + 3850)
        assert after["paid"] == before["paid"] - 850
        (over,) = await over_commitments(december.care_manager)
        assert (over.kind, over.still_to_take_pence) == ("returned", 3000)
        assert "A payment came back on" in over.words
        told = "SELECT count(*) FROM outbox_message WHERE subject = 'More is booked than the budget gives'"
        assert await db.fetch_value(told) >= 1

        # What Pettypool pays back goes there first, and the promise is what it was.
        await receive_credit(at.first, note, "BACS 9", TODAY)
        assert await over_commitments(december.care_manager) == []
        settled = await balances(december.emma_isf)
        assert (settled["available"], settled["promised"]) == (0, before["promised"])
        assert await verify() == []


async def test_a_credit_that_is_paid_back_meanwhile_is_not_taken_off_as_well(december: World) -> None:
    async with payers(december) as at:
        run, (note,) = await _owed_and_due(at, "30.00")
        await approve_run(at.second, run)
        await receive_credit(at.first, note, "BACS 9", TODAY)
        with pytest.raises(NotOwedAnyMore):
            await send_run(at.first, run)
        assert (await queries.run(at.first, run)).state == "approved"
        assert await _owed() == [0]


async def test_a_payment_credited_after_it_was_paid_and_returned_is_owed_less(december: World) -> None:
    async with payers(december) as at:
        await mark_paid(at.first, at.by_payee["PET"], "BACS 1", TODAY)
        booking = await db.fetch_value(
            "SELECT booking_id FROM invoice_line WHERE invoice_id = $1 LIMIT 1", at.by_payee["PET"]
        )
        await credit_booking(december.manager, booking, "30.00")
        payment = await db.fetch_value("SELECT id FROM payment")
        await payment_came_back(SYSTEM, payment, TODAY, "Account closed")
        assert await _owed() == [0]
        assert (await balances(december.emma_isf))["payable"] == 7700 - 3000 + 2000
        row = await _pettypools(at, await propose_run(at.first, LATER, TODAY))
        assert (row.gross_pence, row.netted_pence) == (4700, 0)
        assert await verify() == []


async def test_what_is_taken_off_is_of_the_same_payer_and_seller_and_adds_up(december: World) -> None:
    async with payers(december) as at:
        run, (note,) = await _owed_and_due(at, "30.00")
        other = next(row for row in await queries.payments_of_run(at.first, run) if row.payee != "Pettypool")
        with pytest.raises(asyncpg.CheckViolationError) as refusal:
            await db.execute(
                "INSERT INTO payment_credit (id, payment_id, credit_note_id, amount_pence)"
                " VALUES (gen_random_uuid(), $1, $2, 1)",
                other.id,
                note,
            )
        assert refusal.value.constraint_name == "payment_credit_fits"
