"""A payer's bank asks the money back: the books follow what it decides, in whatever order it is told (decision 39)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import AsyncTestClient

from invoicing.cards import watching
from invoicing.cards.jobs import send_refunds
from invoicing.cards.reconciling import reconcile
from invoicing.stripe_values import DisputeStatus
from marketplace.bookings.commands import cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import clock, db
from tests.invoicing.cards.table import ALL, PRICE, Table
from tests.invoicing.cards.test_refunds import HALF, NOTHING, SENT, paid_booking
from tests.invoicing.cards.test_webhooks import deliver
from tests.stripe_server.receiver import Letter

Client = AsyncTestClient[Any]
LETTERS = "bookings@pettypool.example"


async def dispute(table: Table, booking: UUID) -> str:
    """The payer's bank asks the money of a booking back."""
    intent = (await table.payment(booking))["payment_intent"]
    return str(table.server.control("disputes", payment_intent=intent)["id"])


def decide(table: Table, dispute_id: str, status: str) -> Letter:
    """The bank decides, and Stripe tells it."""
    table.receiver.letters.clear()
    table.server.control(f"disputes/{dispute_id}", status=status)
    return table.receiver.wait_for(
        "charge.dispute.closed" if status in ("won", "lost") else "charge.dispute.updated"
    )


async def state(table: Table, booking: UUID) -> str:
    return str((await table.payment(booking))["state"])


@pytest.mark.row("V7")
async def test_a_dispute_is_seen_by_both_sides_and_moves_nothing_until_it_is_lost(
    table: Table, client: Client
) -> None:
    world = table.world
    booking = await paid_booking(table, await world.session_today())
    await record_attendance(world.manager, booking, Outcome.ATTENDED)
    dispute_id = await dispute(table, booking)
    begun = table.receiver.wait_for("charge.dispute.created")
    assert await deliver(client, begun) == 200
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    finance = (await watching.watched(world.finance_officer)).disputes
    for shown in (await watching.disputes_of_seller(world.manager), finance):
        assert [(each.status, each.amount.pence) for each in shown] == [(DisputeStatus.NEEDS_RESPONSE, PRICE)]
    assert await watching.disputes_of_seller(world.in_house_manager) == []

    over = decide(table, dispute_id, "lost")
    for letter in (over, begun) * 5:
        assert await deliver(client, letter) == 200
    assert await table.money() == (ALL, 0, 0)
    assert await state(table, booking) == "charged_back"
    # The attendance stays claimed: nobody bills it by another way.
    assert await db.fetch_value("SELECT kind FROM claim WHERE booking_id = $1", booking) == "card"
    assert len([each for each in await table.letters(LETTERS) if "is disputed" in each]) == 2


@pytest.mark.row("V7")
async def test_the_end_of_a_dispute_may_be_told_before_its_beginning_and_before_the_payment(
    table: Table, client: Client
) -> None:
    started = await table.begin()
    table.type_card(started.url, "4000 0000 0000 0259")  # Its owner's bank asks the money back at once.
    letters = [
        table.receiver.wait_for(kind) for kind in ("charge.dispute.created", "checkout.session.completed")
    ]
    dispute_id = table.server.deliveries()[-1]["about"]
    over = decide(table, dispute_id, "lost")
    # The payment is not known yet, so a dispute about it is nothing of ours.
    assert await deliver(client, over) == 200
    assert await table.money() == (ALL - PRICE, PRICE, 0)
    for letter in reversed(letters):
        assert await deliver(client, letter) == 200
    assert await table.money() == (ALL, 0, 0)
    assert await state(table, started.booking_id) == "charged_back"


@pytest.mark.row("V7")
async def test_a_refund_waits_for_the_bank_and_money_goes_back_once(table: Table, client: Client) -> None:
    booking = await paid_booking(table)
    dispute_id = await dispute(table, booking)
    assert await deliver(client, table.receiver.wait_for("charge.dispute.created")) == 200
    await cancel_booking(table.world.dan_user, booking, Reason.CHANGED_MIND)
    assert await send_refunds() == "0 refunds sent, 0 waiting"
    assert await deliver(client, decide(table, dispute_id, "won")) == 200
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("V7")
async def test_after_a_part_refund_a_lost_dispute_gives_back_the_rest_and_no_more(table: Table) -> None:
    session = await table.world.session(day=clock.today() + timedelta(days=1))
    booking = await paid_booking(table, session)
    await cancel_booking(table.world.dan_user, booking, Reason.PERSON_ILL)
    await send_refunds()
    assert await table.money() == (ALL - HALF, 0, HALF)
    dispute_id = await dispute(table, booking)
    table.server.control(f"disputes/{dispute_id}", status="lost")
    told = await reconcile()
    assert "1 disputes" in told
    assert await table.money() == (ALL, 0, 0)
    assert await send_refunds() == NOTHING


@pytest.mark.row("V7")
async def test_an_appeal_that_was_won_takes_it_back(table: Table, client: Client) -> None:
    booking = await paid_booking(table)
    dispute_id = await dispute(table, booking)
    for status, money in (
        ("under_review", PRICE),
        ("lost", 0),
        ("appeal_under_review", 0),
        ("lost", 0),
        ("appeal_needs_response", 0),
        ("won", PRICE),
    ):
        letter = decide(table, dispute_id, status)
        for _ in range(2):
            assert await deliver(client, letter) == 200
        assert await table.money() == (ALL - money, 0, money), status
    assert await state(table, booking) == "paid"
