"""A seller's pages about cards, in this process: what they say when Stripe is silent, off, or sends somebody back."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from invoicing.connect.commands import connect_account
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.settings import settings
from tests.invoicing.cards.table import ACCOUNT, Table
from tests.invoicing.cards.test_pages import Browser, within

Client = AsyncTestClient[Any]
SILENT = ["before"] * 3
CARDS, PAYOUTS = "/provider/money/cards", "/provider/money/payouts"


async def petra(table: Table, client: Client) -> Browser:
    """Pettypool's manager at her browser."""
    return await Browser(client).sign_in(table.world.manager)


@pytest.mark.row("V7")
async def test_when_stripe_is_silent_the_pages_say_so_and_nothing_breaks(
    table: Table, client: Client
) -> None:
    browser = await petra(table, client)
    table.server.control("faults", faults=SILENT)
    assert (await browser.open(PAYOUTS)).status_code == 200
    assert "Stripe did not answer." in browser.html
    table.server.control("faults", faults=SILENT)
    assert (await browser.open(f"{CARDS}/back")).headers["location"] == CARDS
    assert (await browser.open(CARDS)).status_code == 200
    assert "Stripe did not answer. What you told it is kept there" in browser.html
    table.server.control("faults", faults=SILENT)
    assert (await browser.open(f"{CARDS}/again")).headers["location"] == CARDS
    await browser.open(CARDS)
    assert "Stripe did not answer. You can try again" in browser.html


@pytest.mark.row("Y1")
async def test_stripe_sends_somebody_back_and_the_page_tells_what_stripe_says_now(
    table: Table, client: Client
) -> None:
    browser = await petra(table, client)
    assert within((await browser.open(f"{CARDS}/again")).headers["location"]).startswith(table.server.url)
    table.server.control(
        f"accounts/{ACCOUNT}", charges_enabled=False, due=["external_account", "company.tax_id"],
        disabled_reason="requirements.past_due", deadline=1_800_000_000,
    )  # fmt: skip
    assert (await browser.open(f"{CARDS}/back")).headers["location"] == CARDS
    await browser.open(CARDS)
    for words in (
        *("You cannot take cards at the moment", "15 January 2027", "About your organisation"),
        *("The bank account to which your money goes", "Go on at Stripe"),
    ):
        assert words in browser.html


@pytest.mark.row("Y1")
async def test_where_no_card_company_is_set_up_the_page_says_so_and_opens_nothing(
    table: Table, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect_account(SYSTEM, table.world.pettypool, None)
    monkeypatch.delenv("STRIPE_API_KEY")
    settings.cache_clear()
    browser = await petra(table, client)
    await browser.open(CARDS)
    assert "Card payment is off on this site." in browser.html
    assert "Open an account at Stripe" not in browser.html
    await browser.open(f"{CARDS}/again")
    await browser.open(CARDS)
    assert "This was not done" in browser.html


@pytest.mark.row("V7")
async def test_a_payout_of_somebody_else_is_not_there(table: Table, client: Client) -> None:
    table.server.control("payouts", account="acct_1Vivo")
    payout = table.server.control("payouts", account="acct_1Vivo")["id"]
    browser = await petra(table, client)
    for name in (payout, "po_1Nobody", "po_../accounts", "x"):
        assert (await browser.open(f"{PAYOUTS}/{name}")).status_code == 404
