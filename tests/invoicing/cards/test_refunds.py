"""What goes back to the card when a place that was paid is given up (`rules.md` 14, 15)."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from invoicing.cards.jobs import send_refunds
from invoicing.cards.settling import settle
from marketplace.bookings.commands import cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Conflict
from tests.invoicing.cards.table import ACCOUNT, ALL, PRICE, Table

HALF = PRICE // 2
SENT, NOTHING = "1 refund sent, 0 waiting", "0 refunds sent, 0 waiting"


async def paid_booking(table: Table, session: UUID | None = None) -> UUID:
    """A booking of Dan's, paid by card; half is charged from two days before."""
    started = await table.begin(session)
    table.type_card(started.url)
    await settle((await table.payment(started.booking_id))["checkout_id"], ACCOUNT)
    return started.booking_id


@pytest.mark.row("Y1")
async def test_a_cancel_in_time_gives_everything_back_once(table: Table) -> None:
    booking = await paid_booking(table)
    await cancel_booking(table.world.dan_user, booking, Reason.CHANGED_MIND)
    assert await send_refunds() == SENT
    assert await send_refunds() == NOTHING
    assert await table.money() == (ALL, 0, 0)
    payment = await table.payment(booking)
    assert (payment["state"], payment["refunded_pence"]) == ("refunded", PRICE)
    assert (await table.letters())[-1].startswith("£38.50 is on its way back to your card")


@pytest.mark.row("Y1")
async def test_a_late_cancel_keeps_the_agreed_share(table: Table) -> None:
    session = await table.world.session(day=clock.today() + timedelta(days=1))
    booking = await paid_booking(table, session)
    await cancel_booking(table.world.dan_user, booking, Reason.PERSON_ILL)
    assert await send_refunds() == SENT
    assert await table.money() == (ALL - HALF, 0, HALF)
    kept = "SELECT body FROM outbox_message WHERE subject LIKE '£19.25 is on its way%'"
    assert "£19.25 stays with the provider, as agreed when you booked." in await db.fetch_value(kept)


@pytest.mark.row("Y1")
async def test_a_charge_that_is_waived_later_gives_the_rest_back(table: Table) -> None:
    session = await table.world.session(day=clock.today() + timedelta(days=1))
    booking = await paid_booking(table, session)
    await cancel_booking(table.world.dan_user, booking, Reason.PERSON_ILL)
    await send_refunds()
    await db.execute("DELETE FROM attendance WHERE booking_id = $1", booking)
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)
    assert (await table.payment(booking))["refunded_pence"] == PRICE


@pytest.mark.row("Y1")
async def test_when_the_provider_cancels_everything_goes_back(table: Table) -> None:
    session = await table.world.session(day=clock.today() + timedelta(days=1))
    booking = await paid_booking(table, session)
    await cancel_booking(table.world.manager, booking, Reason.PROVIDER)
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("Y1")
async def test_who_did_not_come_gets_the_rest_the_day_after(table: Table) -> None:
    booking = await paid_booking(table, await table.world.session_today())
    await record_attendance(table.world.manager, booking, Outcome.ABSENT)
    assert await send_refunds() == NOTHING
    await record_attendance(table.world.manager, booking, Outcome.ATTENDED)
    await record_attendance(table.world.manager, booking, Outcome.ABSENT)
    with use_clock(FixedClock(clock.now() + timedelta(days=1))):
        assert await send_refunds() == SENT
        assert await table.money() == (ALL - HALF, 0, HALF)
        with pytest.raises(Conflict, match="went back to the card"):
            await record_attendance(table.world.manager, booking, Outcome.ATTENDED)


@pytest.mark.row("Y1")
async def test_who_came_gets_nothing_back(table: Table) -> None:
    booking = await paid_booking(table, await table.world.session_today())
    await record_attendance(table.world.manager, booking, Outcome.ATTENDED)
    with use_clock(FixedClock(clock.now() + timedelta(days=1))):
        assert await send_refunds() == NOTHING
    assert await table.money() == (ALL - PRICE, 0, PRICE)


@pytest.mark.row("Y1")
@pytest.mark.parametrize("first", ["before", "after"])
async def test_a_refund_whose_answer_is_lost_is_sent_again_and_counts_once(table: Table, first: str) -> None:
    booking = await paid_booking(table)
    await cancel_booking(table.world.dan_user, booking, Reason.OTHER)
    table.server.control("faults", faults=["pass", first, "before", "before"])
    assert await send_refunds() == "0 refunds sent, 1 waiting"
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("Y1")
async def test_two_processes_that_refund_at_once_refund_once(table: Table) -> None:
    booking = await paid_booking(table)
    await cancel_booking(table.world.dan_user, booking, Reason.OTHER)
    await asyncio.gather(*(send_refunds() for _ in range(4)))
    assert await table.money() == (ALL, 0, 0)
    assert (await table.payment(booking))["refunded_pence"] == PRICE
    refunds = "SELECT count(*) FROM journal WHERE kind = 'card_refund' AND subject_id = $1"
    assert await db.fetch_value(refunds, booking) == 1
