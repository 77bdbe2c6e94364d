"""Webhooks as they were really sent, byte for byte: replayed, reversed, forged, early and late (hard case 7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import AsyncTestClient

from invoicing.cards.commands import Started
from invoicing.cards.gateway import gateway
from invoicing.cards.settling import Settled, settle
from invoicing.stripe_values import CheckoutRequest
from marketplace.kernel import clock, db
from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import Money
from tests.invoicing.cards.table import ACCOUNT, ALL, PRICE, Table
from tests.stripe_server.receiver import Letter

Client = AsyncTestClient[Any]

DONE, INTENT = "checkout.session.completed", "payment_intent.succeeded"


async def paid_and_told(table: Table) -> tuple[Started, dict[str, Letter]]:
    """A page that was paid, and the letters about it, none of them delivered."""
    started = await table.begin()
    table.type_card(started.url)
    return started, {kind: table.receiver.wait_for(kind) for kind in (DONE, INTENT)}


async def deliver(client: Client, letter: Letter) -> int:
    body, signature = letter
    answer = await client.post("/webhooks/stripe", content=body, headers={"Stripe-Signature": signature})
    return answer.status_code


async def noted() -> list[tuple[str, bool]]:
    rows = await db.fetch_all("SELECT type, handled FROM stripe_event ORDER BY type")
    return [(row["type"], row["handled"]) for row in rows]


@pytest.mark.row("V9")
@pytest.mark.parametrize("order", [(DONE, INTENT), (INTENT, DONE)])
async def test_messages_five_times_and_in_any_order_confirm_once(
    table: Table, client: Client, order: tuple[str, ...]
) -> None:
    started, letters = await paid_and_told(table)
    for _ in range(5):
        for kind in order:
            assert await deliver(client, letters[kind]) == 200
    assert await table.booking(started.booking_id) == "confirmed"
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    assert len(await table.letters()) == 1
    assert await noted() == [(DONE, True), (INTENT, True)]


@pytest.mark.row("V9")
async def test_a_message_after_the_payer_came_back_changes_nothing(table: Table, client: Client) -> None:
    started, letters = await paid_and_told(table)
    checkout = (await table.payment(started.booking_id))["checkout_id"]
    assert await settle(checkout, ACCOUNT) is Settled.PAID
    assert await deliver(client, letters[DONE]) == 200
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    assert len(await table.letters()) == 1


@pytest.mark.row("Y1")
async def test_a_message_that_the_page_closed_frees_the_place(table: Table, client: Client) -> None:
    started = await table.begin()
    table.server.control("clock", ahead_seconds=33 * 60)
    letter = table.receiver.wait_for("checkout.session.expired")
    assert await deliver(client, letter) == 200
    assert await table.booking(started.booking_id) == "lapsed"
    assert await table.places_taken() == 0


@pytest.mark.row("Y1")
async def test_a_message_is_believed_only_with_its_signature(table: Table, client: Client) -> None:
    started, letters = await paid_and_told(table)
    body, signature = letters[DONE]
    forged = body.replace(b'"amount_total": 3850', b'"amount_total": 1')
    for letter in ((forged, signature), (body, ""), (body, "t=1,v1=0"), (b"{}", signature)):
        assert await deliver(client, letter) == 400
    assert (await client.post("/webhooks/stripe", content=body)).status_code == 400
    assert await noted() == []
    assert await table.booking(started.booking_id) == "held"


@pytest.mark.row("Y1")
async def test_what_is_about_nothing_of_ours_is_noted_and_does_nothing(table: Table, client: Client) -> None:
    stranger = CheckoutRequest(
        booking_id=BookingId(uuid4()),
        reference="BK-NOTOURS",
        description="Something else that the provider sells",
        amount=Money(3850),
        connected_account=ACCOUNT,
        success_url="http://elsewhere.example/paid",
        cancel_url="http://elsewhere.example/back",
        expires_at=clock.now() + timedelta(minutes=40),
    )
    page = await gateway().create_checkout(stranger)
    table.type_card(page.url)
    assert await deliver(client, table.receiver.wait_for(DONE)) == 200
    assert await noted() == [(DONE, False)]

    # Another seller's page that says that it is for our booking.
    started = await table.begin()
    table.receiver.letters.clear()
    claims = replace(stranger, booking_id=BookingId(started.booking_id), connected_account="acct_1Vivo")
    table.type_card((await gateway().create_checkout(claims)).url)
    assert await deliver(client, table.receiver.wait_for(DONE)) == 200
    assert await table.booking(started.booking_id) == "held"
    assert [handled for _, handled in await noted()] == [False, False]


@pytest.mark.row("Y1")
async def test_a_message_that_could_not_be_handled_is_asked_for_again(table: Table, client: Client) -> None:
    started, letters = await paid_and_told(table)
    table.server.control("faults", faults=["before"] * 3)
    assert await deliver(client, letters[DONE]) == 503
    assert await noted() == [(DONE, False)]
    assert await table.booking(started.booking_id) == "held"
    assert await deliver(client, letters[DONE]) == 200
    assert await noted() == [(DONE, True)]
    assert await table.booking(started.booking_id) == "confirmed"


async def test_nothing_personal_is_kept_of_a_message(table: Table, client: Client) -> None:
    _, letters = await paid_and_told(table)
    await deliver(client, letters[DONE])
    kept = str(await db.fetch_all("SELECT * FROM stripe_event"))
    assert "dan@example.com" not in kept
    assert "4242" not in kept
