"""What this site keeps of a card payment; and what is found by asking when no message came."""

import pytest

from invoicing.cards.jobs import send_refunds
from invoicing.cards.reconciling import reconcile
from invoicing.connect import queries
from invoicing.stripe_values import Standing
from marketplace.bookings.commands import cancel_booking, let_go
from marketplace.bookings.rules import Reason
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.settings import settings
from tests.invoicing.cards.table import ACCOUNT, ALL, PRICE, Table
from tests.invoicing.cards.test_refunds import SENT, paid_booking

NOTHING = "mended: 0 accounts, 0 payments, 0 refunds, 0 disputes, 0 payouts; 0 questions without an answer"
STRIPES_OWN = 78
"""What the test card server takes of £38.50."""


async def paid_out(table: Table) -> list[tuple[str, int, int]]:
    """What the seller's next payout holds: each movement with its pence and fees."""
    payout = table.server.control("payouts", account=ACCOUNT)["id"]
    _, parts = await queries.payout(table.world.manager, payout)
    return sorted((each.part.kind, each.part.gross.pence, each.part.fee.pence) for each in parts)


@pytest.mark.row("Y1")
async def test_the_fee_is_fixed_when_a_payment_begins_and_goes_back_by_the_same_share(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARD_FEE_BASIS_POINTS", "200")
    monkeypatch.setenv("CARD_FEE_FIXED_PENCE", "5")
    settings.cache_clear()
    session = await table.world.session()
    started = await table.begin(session)
    # Another fee from now on: the payment that was begun is the same to the letter.
    monkeypatch.setenv("CARD_FEE_BASIS_POINTS", "900")
    settings.cache_clear()
    assert await table.begin(session) == started
    table.type_card(started.url)
    await reconcile()
    assert (await table.payment(started.booking_id))["fee_pence"] == 82  # 2 % of £38.50, and 5 pence.
    assert await paid_out(table) == [("charge", PRICE, STRIPES_OWN + 82)]
    # The whole price leaves the fund, and the whole goes back: the fee is between seller and site.
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    await cancel_booking(table.world.dan_user, started.booking_id, Reason.CHANGED_MIND)
    assert await send_refunds() == SENT
    assert await paid_out(table) == [("refund", -PRICE, -82)]
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("Y1")
async def test_by_default_this_site_keeps_nothing(table: Table) -> None:
    await paid_booking(table)
    assert await paid_out(table) == [("charge", PRICE, STRIPES_OWN)]


@pytest.mark.row("V7")
async def test_a_payment_of_which_no_message_came_is_found_by_asking(table: Table) -> None:
    started = await table.begin()
    table.type_card(started.url)
    assert await reconcile() == NOTHING.replace("0 payments", "1 payments")
    assert await table.booking(started.booking_id) == "confirmed"
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    assert await reconcile() == NOTHING


@pytest.mark.row("V7")
async def test_money_for_a_place_that_was_let_go_is_found_and_goes_back(table: Table) -> None:
    started = await table.begin()
    table.type_card(started.url)
    await let_go(SYSTEM, started.booking_id, "a hold that ended without us")
    assert await reconcile() == NOTHING.replace("0 payments", "1 payments")
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("V7")
async def test_an_account_that_was_stopped_without_a_message_is_found_by_asking(table: Table) -> None:
    table.server.control(f"accounts/{ACCOUNT}", charges_enabled=False, disabled_reason="rejected.other")
    assert await reconcile() == NOTHING.replace("0 accounts", "1 accounts")
    assert (await queries.own_account(table.world.manager)).standing is Standing.REJECTED
    assert await reconcile() == NOTHING


@pytest.mark.row("V7")
async def test_what_stripe_does_not_answer_is_asked_again_the_next_time(table: Table) -> None:
    started = await table.begin()
    table.type_card(started.url)
    table.server.control("faults", faults=["before"] * 6)
    assert (await reconcile()).endswith("2 questions without an answer")
    assert await table.booking(started.booking_id) == "held"
    assert await reconcile() == NOTHING.replace("0 payments", "1 payments")
