"""Settling is done once, whoever asks; and nothing is ever paid twice (hard case 7)."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from invoicing.cards.jobs import release_holds, send_refunds
from invoicing.cards.settling import Settled, settle
from invoicing.runs.commands import issue_invoices
from invoicing.stripe_values import CardPaymentNotFound
from marketplace.bookings.commands import let_go, record_attendance
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from tests.invoicing.cards.table import ACCOUNT, ALL, PRICE, Table
from tests.isf.relatives.test_relatives import declare


async def paid_page(table: Table) -> tuple[db.Row, str]:
    """A payment that was made at the card company and of which nobody here knows."""
    started = await table.begin()
    table.type_card(started.url)
    payment = await table.payment(started.booking_id)
    return payment, payment["checkout_id"]


@pytest.mark.row("V9")
async def test_many_who_settle_at_once_confirm_once(table: Table) -> None:
    payment, checkout = await paid_page(table)
    told = await asyncio.gather(*(settle(checkout, ACCOUNT) for _ in range(6)))
    assert set(told) == {Settled.PAID}
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    for what in (
        "SELECT count(*) FROM audit_record WHERE action = 'booking.confirmed' AND subject_id = $1",
        "SELECT count(*) FROM journal WHERE kind = 'card' AND subject_id = $1",
        "SELECT count(*) FROM claim WHERE booking_id = $1",
    ):
        assert await db.fetch_value(what, payment["booking_id"]) == 1
    assert len(await table.letters()) == 1
    await tell_what_happened()
    told_to_provider = [
        subject for subject in await table.letters("bookings@pettypool.example") if "booking" in subject
    ]
    assert len(told_to_provider) == 1


@pytest.mark.row("V9")
async def test_the_end_of_the_hold_and_the_payment_at_the_same_moment_end_well(table: Table) -> None:
    payment, checkout = await paid_page(table)
    with use_clock(FixedClock(clock.now() + timedelta(minutes=36))):
        await asyncio.gather(release_holds(), settle(checkout, ACCOUNT), release_holds())
    assert await table.booking(payment["booking_id"]) == "confirmed"
    assert await table.money() == (ALL - PRICE, 0, PRICE)


@pytest.mark.row("Y1")
async def test_money_that_comes_after_the_place_was_let_go_goes_back_whole(table: Table) -> None:
    payment, checkout = await paid_page(table)
    await let_go(SYSTEM, payment["booking_id"], "a hold that ended without us")
    assert await settle(checkout, ACCOUNT) is Settled.REFUND
    assert await settle(checkout, ACCOUNT) is Settled.REFUND
    assert await send_refunds() == "1 refund sent, 0 waiting"
    assert await send_refunds() == "0 refunds sent, 0 waiting"
    after = await table.payment(payment["booking_id"])
    assert (after["state"], after["refunded_pence"]) == ("refunded", PRICE)
    assert await table.booking(payment["booking_id"]) == "lapsed"
    assert await table.money() == (ALL, 0, 0)
    assert [subject.split(":")[0] for subject in await table.letters()] == [
        "£38.50 goes back to your card",
        "£38.50 is on its way back to your card",
    ]


@pytest.mark.row("Y1")
async def test_such_money_is_found_though_nobody_came_back_and_no_message_came(table: Table) -> None:
    payment, _ = await paid_page(table)
    await let_go(SYSTEM, payment["booking_id"], "the service became in-house")
    assert (await release_holds()).startswith("0 payments")
    with use_clock(FixedClock(clock.now() + timedelta(minutes=36))):
        assert (await release_holds()).startswith("1 payment ended")
        assert (await release_holds()).startswith("0 payments")
    assert (await table.payment(payment["booking_id"]))["state"] == "refund_due"
    await send_refunds()
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("Y1")
async def test_another_amount_than_the_price_goes_back_whole(table: Table) -> None:
    payment, checkout = await paid_page(table)
    await db.execute("UPDATE card_payment SET amount_pence = amount_pence - 100")
    assert await settle(checkout, ACCOUNT) is Settled.REFUND
    assert await table.booking(payment["booking_id"]) == "lapsed"
    told = "SELECT because FROM audit_record WHERE action = 'card_payment.refund_due'"
    assert await db.fetch_value(told) == "other_amount"
    await send_refunds()
    assert (await table.payment(payment["booking_id"]))["refunded_pence"] == PRICE
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("V9")
async def test_what_an_invoice_has_claimed_is_not_paid_by_card_as_well(table: Table) -> None:
    payment, checkout = await paid_page(table)
    await db.execute("INSERT INTO claim (booking_id, kind) VALUES ($1, 'invoice')", payment["booking_id"])
    assert await settle(checkout, ACCOUNT) is Settled.REFUND
    told = "SELECT because FROM audit_record WHERE action = 'card_payment.refund_due'"
    assert await db.fetch_value(told) == "claimed_by_invoice"
    assert await send_refunds() == "1 refund sent, 0 waiting"
    # What happens to the booking is the invoice's business: the hold's end leaves it alone.
    with use_clock(FixedClock(clock.now() + timedelta(minutes=36))):
        assert (
            await release_holds()
            == "0 payments ended unpaid or too late, 0 paid after all, 0 waiting for Stripe"
        )
    assert await table.money() == (ALL - PRICE, PRICE, 0)


@pytest.mark.row("V9")
async def test_an_invoice_and_a_card_that_claim_at_the_same_moment_leave_one_claim(table: Table) -> None:
    payment, checkout = await paid_page(table)

    async def invoice() -> None:
        async with db.unit_of_work():
            await db.execute(
                "INSERT INTO claim (booking_id, kind) VALUES ($1, 'invoice') ON CONFLICT DO NOTHING",
                payment["booking_id"],
            )
            await asyncio.sleep(0.05)

    _, settled = await asyncio.gather(invoice(), settle(checkout, ACCOUNT))
    kind = await db.fetch_value("SELECT kind FROM claim WHERE booking_id = $1", payment["booking_id"])
    assert (kind, settled) in {("card", Settled.PAID), ("invoice", Settled.REFUND)}


@pytest.mark.row("V9")
async def test_what_a_card_has_paid_no_invoice_can_claim(table: Table) -> None:
    payment, checkout = await paid_page(table)
    await settle(checkout, ACCOUNT)
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("INSERT INTO claim (booking_id, kind) VALUES ($1, 'invoice')", payment["booking_id"])
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await db.execute("UPDATE claim SET kind = 'invoice' WHERE booking_id = $1", payment["booking_id"])


@pytest.mark.row("V9")
async def test_what_a_card_has_paid_is_on_no_invoice_when_it_was_delivered(table: Table) -> None:
    world = table.world
    started = await table.begin(await world.session_today())
    table.type_card(started.url)
    await settle((await table.payment(started.booking_id))["checkout_id"], ACCOUNT)
    await record_attendance(world.manager, started.booking_id, Outcome.ATTENDED)
    run = await issue_invoices(SYSTEM, clock.today().replace(day=1))
    assert (run.invoices, run.skipped) == ((), ())
    assert await table.money() == (ALL - PRICE, 0, PRICE)


@pytest.mark.row("V9")
async def test_the_database_calls_nothing_paid_that_the_card_has_not_claimed(table: Table) -> None:
    await paid_page(table)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.execute("UPDATE card_payment SET state = 'paid', payment_intent = 'pi_1'")


async def test_a_page_of_another_account_says_nothing_about_ours(table: Table) -> None:
    _, checkout = await paid_page(table)
    with pytest.raises(CardPaymentNotFound):
        await settle(checkout, "acct_1SomebodyElse")
    assert await table.money() == (ALL - PRICE, PRICE, 0)


@pytest.mark.row("Y4")
async def test_a_relative_declared_while_the_page_was_open_is_not_paid(table: Table) -> None:
    payment, checkout = await paid_page(table)
    await declare(table.world)
    assert await settle(checkout, ACCOUNT) is Settled.REFUND
    assert await table.booking(payment["booking_id"]) == "lapsed"
    assert await table.money() == (ALL, 0, 0)
    assert await send_refunds() == "1 refund sent, 0 waiting"
