"""A seller's own account at Stripe: opened on Stripe's pages, believed only when Stripe is asked."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest
from litestar.testing import AsyncTestClient

from invoicing.cards.rules import NotByCard
from invoicing.connect import queries
from invoicing.connect.commands import NotYourAccount, ask, begin, connect_account, note
from invoicing.stripe_values import AccountState, Standing
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden
from tests.invoicing.cards.table import ACCOUNT, Table
from tests.invoicing.cards.test_webhooks import deliver

Client = AsyncTestClient[Any]
LETTERS = "bookings@pettypool.example"


def look(page: str) -> httpx.Response:
    """Somebody opens an address; redirects are not followed."""
    return httpx.get(page)


def tells(page: str, what: str = "everything") -> str:
    """The seller opens Stripe's page and presses a button there; answers where Stripe sends them then."""
    assert look(page).status_code == 200
    return httpx.post(page, data={"told": what}).headers["location"]


async def standing(table: Table) -> Standing:
    return (await queries.own_account(table.world.manager)).standing


@pytest.mark.row("Y1")
async def test_an_account_is_opened_on_stripes_pages_and_takes_cards_when_stripe_says_so(
    table: Table, client: Client
) -> None:
    await connect_account(SYSTEM, table.world.pettypool, None)
    page = await begin(table.world.manager)
    assert page.startswith(table.server.url)
    assert await standing(table) is Standing.BEGUN
    with pytest.raises(NotByCard, match="takes no cards"):
        await table.begin()

    assert tells(page).endswith("/provider/money/cards/back")
    # Not because somebody came back, but because Stripe says so.
    assert await standing(table) is Standing.BEGUN
    assert await deliver(client, table.receiver.wait_for("account.updated")) == 200
    assert await standing(table) is Standing.ABLE
    assert "You can take cards now" in await table.letters(LETTERS)
    started = await table.begin()
    assert (await table.payment(started.booking_id))["connected_account"] != ACCOUNT


@pytest.mark.row("Y1")
async def test_pressing_twice_opens_one_account_and_a_used_way_leads_to_a_new_one(table: Table) -> None:
    await connect_account(SYSTEM, table.world.pettypool, None)
    pages = await asyncio.gather(*(begin(table.world.manager) for _ in range(3)))
    assert len(set(pages)) == 3
    assert await db.fetch_value("SELECT count(*) FROM connected_account WHERE id <> $1", ACCOUNT) == 1
    assert look(pages[0]).status_code == 200
    assert look(pages[0]).headers["location"].endswith("/provider/money/cards/again")
    assert tells(pages[1], "later").endswith("/provider/money/cards/back")
    assert await standing(table) is Standing.BEGUN


@pytest.mark.row("Y1")
async def test_while_stripe_stops_charges_no_payment_begins_by_command_or_by_bare_statement(
    table: Table, client: Client
) -> None:
    begun = await table.begin()
    table.server.control(
        f"accounts/{ACCOUNT}", charges_enabled=False, due=["individual.verification.document"],
        disabled_reason="requirements.past_due",
    )  # fmt: skip
    assert await deliver(client, table.receiver.wait_for("account.updated")) == 200
    assert await standing(table) is Standing.RESTRICTED
    with pytest.raises(NotByCard, match=r"takes no cards at the moment.*bank transfer"):
        await table.begin()
    with pytest.raises(asyncpg.CheckViolationError, match="takes no cards now"):
        await db.execute(
            "INSERT INTO card_payment (id, booking_id, fund_id, council_id, route, owner_council_id,"
            "  connected_account, amount_pence, state)"
            " SELECT gen_random_uuid(), booking_id, fund_id, council_id, route, owner_council_id,"
            "  connected_account, amount_pence, 'started' FROM card_payment WHERE booking_id = $1",
            begun.booking_id,
        )
    assert "You cannot take cards at the moment" in await table.letters(LETTERS)


@pytest.mark.row("V7")
async def test_messages_about_an_account_five_times_and_in_any_order_leave_what_stripe_says_now(
    table: Table, client: Client
) -> None:
    table.server.control(f"accounts/{ACCOUNT}", charges_enabled=False, disabled_reason="rejected.fraud")
    stopped = table.receiver.wait_for("account.updated")
    table.receiver.letters.clear()
    table.server.control(f"accounts/{ACCOUNT}", charges_enabled=True, due=["company.tax_id"])
    able = table.receiver.wait_for("account.updated")
    for letter in (able, stopped) * 5:
        assert await deliver(client, letter) == 200
    account = await queries.own_account(table.world.manager)
    assert account.standing is Standing.ASKED
    assert account.state is not None
    assert account.state.due == ("company.tax_id",)


@pytest.mark.row("Y1")
async def test_an_answer_that_was_asked_for_earlier_does_not_undo_a_later_one(table: Table) -> None:
    earlier = clock.now()
    assert not await ask(ACCOUNT)  # As it was: able.
    told = AccountState(id=ACCOUNT, charges_enabled=False, payouts_enabled=False, details_submitted=True)
    assert not await note(told, earlier)
    assert await standing(table) is Standing.ABLE


@pytest.mark.row("Y1")
async def test_a_seller_who_takes_the_access_back_takes_no_cards_and_can_begin_anew(
    table: Table, client: Client
) -> None:
    table.server.control(f"accounts/{ACCOUNT}/leave")
    letter = table.receiver.wait_for("account.application.deauthorized")
    for _ in range(5):
        assert await deliver(client, letter) == 200
    assert await standing(table) is Standing.LEFT
    with pytest.raises(NotByCard):
        await table.begin()
    tells(await begin(table.world.manager))
    account = await queries.own_account(table.world.manager)
    assert account.account_id is not None
    assert account.account_id != ACCOUNT
    assert await ask(account.account_id)
    assert await standing(table) is Standing.ABLE


@pytest.mark.row("Y1")
async def test_an_account_belongs_to_one_seller_and_only_its_managers_open_it(table: Table) -> None:
    with pytest.raises(NotYourAccount):
        await connect_account(SYSTEM, table.world.vivo, ACCOUNT)
    for stranger in (table.world.staff, table.world.broker, table.world.dan_user):
        with pytest.raises(Forbidden):
            await begin(stranger)


async def test_a_message_about_an_account_that_nobody_has_is_kept_and_answered(
    table: Table, client: Client
) -> None:
    table.server.control("accounts/acct_1Nobody", charges_enabled=False)
    assert await deliver(client, table.receiver.wait_for("account.updated")) == 200
    row = await db.fetch_one("SELECT account, handled, detail FROM stripe_event")
    assert row is not None
    assert (row["account"], row["handled"], row["detail"]) == ("acct_1Nobody", False, "about nothing of ours")
