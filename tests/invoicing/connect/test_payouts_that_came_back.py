"""A payout that a seller's bank did not take: the seller is told once, its page says why, and until when."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from invoicing.cards.reconciling import reconcile
from invoicing.connect.payouts import came_back
from tests.invoicing.cards.table import ACCOUNT, Table
from tests.invoicing.cards.test_giving_back import LETTERS
from tests.invoicing.cards.test_pages import Browser
from tests.invoicing.cards.test_refunds import paid_booking
from tests.invoicing.cards.test_webhooks import deliver

Client = AsyncTestClient[Any]
TOLD = "Stripe could not pay £37.72 to your bank"  # £38.50 less the test card company's fee of 78 pence.


async def failed(table: Table, reason: str = "account_closed") -> str:
    """Dan paid by card, and Pettypool's bank does not take what Stripe pays out of it: the payout."""
    await paid_booking(table)
    payout: str = table.server.control("payouts", account=ACCOUNT)["id"]
    table.server.control(f"payouts/{payout}/fail", reason=reason)
    return payout


async def told(table: Table) -> list[str]:
    return [each for each in await table.letters(LETTERS) if "to your bank" in each]


@pytest.mark.row("V7")
async def test_the_seller_is_told_once_of_a_payout_that_came_back_and_its_pages_say_why(
    table: Table, client: Client
) -> None:
    payout = await failed(table)
    letter = table.receiver.wait_for("payout.failed")
    for _ in range(5):
        assert await deliver(client, letter) == 200
    await reconcile()
    assert await told(table) == [TOLD]
    browser = await Browser(client).sign_in(table.world.manager)
    for page in ("/provider/money/cards", "/provider/money/payouts", f"/provider/money/payouts/{payout}"):
        await browser.open(page)
        assert "The account is closed." in browser.html
    assert await came_back(table.world.in_house_manager) == []


@pytest.mark.row("V7")
async def test_a_payout_that_arrives_later_mends_it_and_no_message_is_needed(table: Table) -> None:
    await failed(table, "something_new")
    assert "1 payouts" in await reconcile()
    assert [each.why for each in await came_back(table.world.manager)] == ["The bank did not say why."]
    assert "0 payouts" in await reconcile()
    table.server.control("clock", ahead_seconds=120)
    table.server.control("payouts", account=ACCOUNT)
    assert "1 payouts" in await reconcile()
    assert await came_back(table.world.manager) == []
    assert await told(table) == [TOLD]


@pytest.mark.row("V7")
async def test_an_earlier_payout_that_arrived_mends_nothing(table: Table) -> None:
    first = await failed(table)
    # The second one had arrived before the bank sent the first one back.
    table.server.control("payouts", account=ACCOUNT)
    await reconcile()
    assert [each.id for each in await came_back(table.world.manager)] == [first]
