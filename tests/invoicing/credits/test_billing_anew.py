"""An attendance is claimed once for ever; credited whole it can be corrected and billed anew (rules 22 and 23)."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from invoicing.credits.commands import bill_again, receive_credit
from invoicing.credits.rules import NotCreditedWhole
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.checks.commands import Answer, decide_dispute, dispute_attendance
from marketplace.bookings.commands import record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, NotFound
from tests.invoicing.credits.crediting import billed, credit_booking, line_of
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World, balances


async def uncredited(booking: UUID) -> int:
    """How many lines of a booking are owed as they stand."""
    return int(
        await db.fetch_value(
            "SELECT count(*) FROM invoice_line l WHERE booking_id = $1 AND line_credited_pence(id) < gross_pence",
            booking,
        )
    )


@pytest.mark.row("V3")
@pytest.mark.row("V9")
async def test_a_visit_that_did_not_happen_is_credited_corrected_and_billed_as_it_was(
    december: World,
) -> None:
    """£38.50 was billed for a visit; she did not come: half of it, £19.25, is due under the terms."""
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(20))
    await billed()
    first = await line_of(booking)
    before = await balances(world.emma_isf)
    with pytest.raises(Conflict, match="already on an invoice"):
        await record_attendance(world.manager, booking, Outcome.ABSENT)
    with pytest.raises(NotCreditedWhole):
        await bill_again(world.manager, booking, "She did not come")

    await credit_booking(world.manager, booking)
    with pytest.raises(Conflict, match="already on an invoice"):
        await record_attendance(world.manager, booking, Outcome.ABSENT)
    for _ in range(2):
        await bill_again(world.manager, booking, "She did not come")
    assert await balances(world.emma_isf) == before
    await record_attendance(world.manager, booking, Outcome.ABSENT)
    (again,) = (await issue_invoices(SYSTEM, NOVEMBER)).invoices

    second = await line_of(booking)
    assert (second["replaces_id"], second["gross_pence"], second["invoice_id"]) == (
        first["id"], 1925, again.invoice_id,
    )  # fmt: skip
    after = await balances(world.emma_isf)
    assert (after["payable"], after["available"]) == (1925, before["available"] + 1925)
    assert await uncredited(booking) == 1
    assert (await issue_invoices(SYSTEM, NOVEMBER)).invoices == ()
    assert await db.fetch_value("SELECT count(*) FROM claim") == 1
    await mark_paid(world.broker, again.invoice_id, "BACS 2", clock.today())
    assert (await balances(world.emma_isf))["paid"] == 1925
    assert await verify() == []


@pytest.mark.row("V9")
async def test_it_can_happen_twice_and_the_money_ties_each_time(december: World) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(20))
    for outcome, payable in ((Outcome.ABSENT, 1925), (Outcome.ATTENDED, 3850)):
        await issue_invoices(SYSTEM, NOVEMBER)
        await credit_booking(world.manager, booking)
        await bill_again(world.manager, booking, "Wrong again")
        await record_attendance(world.manager, booking, outcome)
        assert (await balances(world.emma_isf))["payable"] == payable
    await issue_invoices(SYSTEM, NOVEMBER)
    assert await uncredited(booking) == 1
    assert await db.fetch_value("SELECT count(*) FROM invoice_line") == 3
    assert await verify() == []


@pytest.mark.row("V9")
async def test_what_was_paid_is_billed_anew_only_when_it_is_back(december: World) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(20))
    invoice = await billed()
    await mark_paid(world.broker, invoice, "BACS 1", clock.today())
    credit = await credit_booking(world.manager, booking)
    with pytest.raises(NotCreditedWhole):
        await bill_again(world.manager, booking, "x")
    await receive_credit(world.broker, credit.id, "REFUND", clock.today())
    await bill_again(world.manager, booking, "x")
    await issue_invoices(SYSTEM, NOVEMBER)
    money = await balances(world.emma_isf)
    assert (money["payable"], money["paid"]) == (3850, 0)
    assert await verify() == []


@pytest.mark.row("V9")
async def test_two_runs_at_once_bill_it_anew_once(december: World) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(20))
    await billed()
    await credit_booking(world.manager, booking)
    with pytest.raises(NotFound):
        await bill_again(world.other_manager, booking, "x")
    await bill_again(world.manager, booking, "x")
    runs = await asyncio.gather(*[issue_invoices(SYSTEM, NOVEMBER) for _ in range(4)])
    assert sum(run.lines for run in runs) == 1
    assert await uncredited(booking) == 1
    numbers = await db.fetch_all("SELECT number FROM invoice ORDER BY number")
    assert [row["number"][-1] for row in numbers] == ["1", "2"]


@pytest.mark.row("V3")
@pytest.mark.row("V9")
async def test_the_database_keeps_credits_and_lets_no_second_line_stand(december: World) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(20))
    await billed()
    again = (
        "INSERT INTO invoice_line (id, invoice_id, position, booking_id, part, fund_id, council_id, route,"
        " owner_council_id, description, service_on, net_pence, gross_pence, vat_category, vat_rate_basis_points)"
        " SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 1, booking_id, part, fund_id, council_id,"
        " route, owner_council_id, description, service_on, net_pence, gross_pence, vat_category, vat_rate_basis_points"
        " FROM invoice_line"
    )
    with pytest.raises(asyncpg.UniqueViolationError, match="on an invoice already"):
        await db.execute(again)
    await credit_booking(world.manager, booking, "20")
    for change in (
        "UPDATE credit_note SET gross_pence = 1", "DELETE FROM credit_note", "TRUNCATE credit_note CASCADE",
        "UPDATE credit_note_line SET gross_pence = 1", "DELETE FROM credit_note_line",
        "UPDATE credit_settlement SET amount_pence = 1", "DELETE FROM credit_settlement",
        "INSERT INTO bill_again (id, booking_id, lines_before, amount_pence)"
        " SELECT gen_random_uuid(), booking_id, 1, 1 FROM invoice_line",
        "INSERT INTO credit_settlement (id, credit_note_line_id, kind, amount_pence, settled_on, reference, journal_id)"
        " SELECT gen_random_uuid(), c.id, 'received', 1, CURRENT_DATE, 'x', j.id FROM credit_note_line c, journal j"
        " LIMIT 1",
        "UPDATE credit_note_line SET owner_council_id = council_id",
        again,
    ):  # fmt: skip
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(change)


@pytest.mark.row("P5")
@pytest.mark.row("V9")
@pytest.mark.parametrize("said", ["after it was opened", "before it was opened"])
async def test_what_is_disputed_is_not_billed_anew_before_that_is_settled(december: World, said: str) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(20))
    await billed()
    if said == "before it was opened":
        await dispute_attendance(world.broker, booking, "She was not there")
    await credit_booking(world.manager, booking)
    await bill_again(world.manager, booking, "x")
    if said == "after it was opened":
        await dispute_attendance(world.broker, booking, "She was not there")
    assert (await issue_invoices(SYSTEM, NOVEMBER)).invoices == ()
    assert not await db.fetch_value("SELECT billed_before FROM attendance_check")
    await decide_dispute(world.care_manager, booking, Answer("She was there for an hour"))
    assert len((await issue_invoices(SYSTEM, NOVEMBER)).invoices) == 1
    assert await uncredited(booking) == 1
