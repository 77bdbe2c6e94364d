"""The pages of paying, in this process: the choice, the way back, and what is refused in words."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar.testing import AsyncTestClient

from invoicing.connect.commands import connect_account
from marketplace.bookings.commands import let_go
from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session
from marketplace.identity.http import SESSION_COOKIE
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.settings import settings
from tests.invoicing.cards.table import ALL, PRICE, Table

Client = AsyncTestClient[Any]


@dataclass
class Browser:
    """Somebody signed in, without JavaScript."""

    client: Client
    html: str = ""

    async def sign_in(self, actor: Actor) -> "Browser":
        self.client.cookies.set(SESSION_COOKIE, await begin_session(actor.user_id))
        return self

    async def open(self, path: str) -> httpx.Response:
        answer = await self.client.get(path, follow_redirects=False)
        self.html = answer.text
        return answer

    async def send(self, path: str, **fields: str) -> httpx.Response:
        token = re.search(r'name="_csrf_token" value="([^"]+)"', self.html)
        assert token is not None
        answer = await self.client.post(
            path, data={"_csrf_token": token[1], **fields}, follow_redirects=False
        )
        self.html = answer.text
        return answer


def within(location: str) -> str:
    """The path of an address of ours."""
    return location.removeprefix(settings().base_url)


async def choosing(table: Table, client: Client, session: UUID | None = None) -> tuple[Browser, str]:
    """Dan in front of the question."""
    browser = await Browser(client).sign_in(table.world.dan_user)
    path = f"/people/{table.world.dan}/pay/{session or await table.world.session()}"
    answer = await browser.open(f"{path}?fund={table.world.dan_direct}")
    assert answer.status_code == 200
    return browser, path


@pytest.mark.row("Y1")
async def test_the_question_tells_price_what_is_left_and_what_a_cancel_costs(
    table: Table, client: Client
) -> None:
    browser, _ = await choosing(table, client)
    for words in ("How do you want to pay?", "£38.50", "£461.50", "If you cancel", "Card", "Bank transfer"):
        assert words in browser.html
    for word in ("please", "successfully"):
        assert word not in browser.html.lower()


@pytest.mark.row("Y1")
async def test_card_leads_to_the_card_page_and_back_to_the_booking(table: Table, client: Client) -> None:
    browser, path = await choosing(table, client)
    answer = await browser.send(path, fund=str(table.world.dan_direct), way="card")
    assert answer.status_code == 303
    page = answer.headers["location"]
    assert page.startswith(table.server.url)
    back = table.server.submit_card(page, "4242 4242 4242 4242").headers["location"]
    assert back.startswith(f"{settings().base_url}/card/return?checkout=cs_test_")
    booking_id = await db.fetch_value("SELECT id FROM booking")
    for _ in range(2):
        answer = await browser.open(within(back))
        assert (answer.status_code, answer.headers["location"]) == (303, f"/bookings/{booking_id}")
    assert await table.booking(booking_id) == "confirmed"


@pytest.mark.row("Y1")
async def test_coming_back_before_the_card_company_knows_waits(table: Table, client: Client) -> None:
    browser = await Browser(client).sign_in(table.world.dan_user)
    started = await table.begin()
    checkout = (await table.payment(started.booking_id))["checkout_id"]
    for fault in ([], ["before"] * 3):
        table.server.control("faults", faults=fault)
        answer = await browser.open(f"/card/return?checkout={checkout}")
        assert answer.status_code == 200
        assert "We are waiting for the card company" in browser.html
        assert f'href="/card/return?checkout={checkout}"' in browser.html
    assert await table.booking(started.booking_id) == "held"


@pytest.mark.row("Y1")
async def test_turning_back_leads_to_the_activity_and_nothing_was_paid(table: Table, client: Client) -> None:
    browser = await Browser(client).sign_in(table.world.dan_user)
    started = await table.begin()
    for _ in range(2):
        answer = await browser.open(f"/card/back?booking={started.booking_id}")
        assert answer.status_code == 303
    await browser.open(answer.headers["location"])
    assert "Nothing was paid, and the place is free again." in browser.html
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("Y1")
async def test_who_paid_too_late_reads_that_the_money_goes_back(table: Table, client: Client) -> None:
    browser = await Browser(client).sign_in(table.world.dan_user)
    started = await table.begin()
    table.type_card(started.url)
    await let_go(SYSTEM, started.booking_id, "a hold that ended without us")
    checkout = (await table.payment(started.booking_id))["checkout_id"]
    await browser.open(f"/card/return?checkout={checkout}")
    assert "Your money goes back to your card" in browser.html
    assert browser.html.count("£38.50") == 2


@pytest.mark.row("Y1")
async def test_bank_transfer_books_at_once(table: Table, client: Client) -> None:
    browser, path = await choosing(table, client)
    answer = await browser.send(path, fund=str(table.world.dan_direct), way="transfer")
    row = await db.fetch_one("SELECT id, state, payment FROM booking")
    assert row is not None
    assert (row["state"], row["payment"]) == ("confirmed", "invoice")
    assert answer.headers["location"] == f"/bookings/{row['id']}"
    assert table.pages_opened() == []


@pytest.mark.row("Y1")
async def test_who_begins_with_the_card_may_still_choose_bank_transfer(table: Table, client: Client) -> None:
    session = await table.world.session(await table.world.activity(price="500"), capacity=1)
    browser, path = await choosing(table, client, session)
    answer = await browser.send(path, fund=str(table.world.dan_direct), way="card")
    page = answer.headers["location"]
    # All places and all the money are taken, by this very payment.
    browser, path = await choosing(table, client, session)
    assert "The place is kept until" in browser.html
    assert "Continue" in browser.html
    answer = await browser.send(path, fund=str(table.world.dan_direct), way="transfer")
    assert answer.status_code == 303
    assert table.type_card(page) == 410
    states = await db.fetch_all("SELECT state, payment FROM booking ORDER BY state")
    assert [(row["state"], row["payment"]) for row in states] == [
        ("confirmed", "invoice"),
        ("lapsed", "card"),
    ]


@pytest.mark.row("Y1")
async def test_choosing_nothing_says_what_to_do(table: Table, client: Client) -> None:
    browser, path = await choosing(table, client)
    answer = await browser.send(path, fund=str(table.world.dan_direct))
    assert answer.status_code == 422
    assert 'href="#way">Choose how you want to pay' in browser.html


@pytest.mark.row("Y1")
async def test_a_card_company_that_does_not_answer_is_told_on_the_page(table: Table, client: Client) -> None:
    browser, path = await choosing(table, client)
    table.server.control("faults", faults=["before"] * 3)
    answer = await browser.send(path, fund=str(table.world.dan_direct), way="card")
    assert answer.status_code == 503
    assert "the card service did not answer" in browser.html
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("Y1")
async def test_when_cards_are_off_the_page_says_so_and_transfer_remains(
    table: Table, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STRIPE_API_KEY")
    settings.cache_clear()
    browser, path = await choosing(table, client)
    assert "Card payment is off on this site." in browser.html
    assert 'value="card"' not in browser.html
    answer = await browser.send(path, fund=str(table.world.dan_direct), way="card")
    assert answer.status_code == 503
    answer = await browser.send(path, fund=str(table.world.dan_direct), way="transfer")
    assert answer.status_code == 303
    assert await table.money() == (ALL - PRICE, PRICE, 0)


@pytest.mark.row("Y1")
async def test_a_provider_that_takes_no_cards_is_named(table: Table, client: Client) -> None:
    await connect_account(SYSTEM, table.world.pettypool, None)
    browser, _ = await choosing(table, client)
    assert "Pettypool takes no cards yet" in browser.html
    assert "Book, and pay by bank transfer" in browser.html


@pytest.mark.row("D4")
async def test_an_in_house_service_shows_the_reason_and_no_button(table: Table, client: Client) -> None:
    world = table.world
    activity = await world.activity(world.in_house_manager)
    session = await world.session(activity, manager=world.in_house_manager)
    browser, path = await choosing(table, client, session)
    assert "a council cannot pay itself" in browser.html
    assert "Continue" not in browser.html
    # The sign-out form's token serves for a form made by hand.
    answer = await browser.send(path, fund=str(world.dan_direct), way="card")
    assert answer.status_code == 409
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("Y1")
async def test_other_money_and_free_sessions_go_to_the_ordinary_page(table: Table, client: Client) -> None:
    world = table.world
    browser = await Browser(client).sign_in(world.emma_user)
    session = await world.session()
    answer = await browser.open(f"/people/{world.emma}/pay/{session}?fund={world.emma_isf}")
    assert answer.headers["location"] == f"/people/{world.emma}/book/{session}?fund={world.emma_isf}"


@pytest.mark.row("B4")
async def test_somebody_elses_payment_is_not_there(table: Table, client: Client) -> None:
    world = table.world
    started = await table.begin()
    checkout = (await table.payment(started.booking_id))["checkout_id"]
    browser = await Browser(client).sign_in(world.emma_user)
    session = await world.session()
    for path in (
        f"/people/{world.dan}/pay/{session}?fund={world.dan_direct}",
        f"/people/{world.emma}/pay/{session}?fund={world.dan_direct}",
        f"/people/{world.emma}/pay/{session}?fund=nothing",
        f"/people/{world.emma}/pay/{session}",
        f"/card/return?checkout={checkout}",
        "/card/return",
        f"/card/back?booking={started.booking_id}",
        f"/card/back?booking={uuid4()}",
        "/card/back",
    ):
        assert (await browser.open(path)).status_code == 404
    assert await table.booking(started.booking_id) == "held"
    await browser.sign_in(world.broker)
    assert (await browser.open(f"/card/back?booking={started.booking_id}")).status_code == 403


@pytest.mark.row("Y1")
async def test_who_was_signed_out_while_paying_comes_back_to_the_payment(
    table: Table, client: Client
) -> None:
    started = await table.begin()
    table.type_card(started.url)
    checkout = (await table.payment(started.booking_id))["checkout_id"]
    browser = Browser(client)
    answer = await browser.open(f"/card/return?checkout={checkout}")
    assert answer.headers["location"] == f"/sign-in?next=/card/return%3Fcheckout%3D{checkout}"
    await browser.open(answer.headers["location"])
    assert f'name="next" value="/card/return?checkout={checkout}"' in browser.html
