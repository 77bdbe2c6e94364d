"""Refunds as Stripe tells them: failed, sent at Stripe's own page, told late and five times; the books follow."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar.testing import AsyncTestClient

from invoicing.cards import watching
from invoicing.cards.jobs import send_refunds
from invoicing.cards.reconciling import reconcile
from isf.ledger.commands import set_aside
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden, NotFound, StateConflict
from marketplace.kernel.money import Money
from tests.invoicing.cards.table import ACCOUNT, ALL, PRICE, Table
from tests.invoicing.cards.test_refunds import NOTHING, SENT, paid_booking
from tests.invoicing.cards.test_webhooks import deliver

Client = AsyncTestClient[Any]
LETTERS = "bookings@pettypool.example"


async def refunded(table: Table) -> UUID:
    """A booking that was paid by card and given up in time; all of it is on its way back."""
    booking = await paid_booking(table)
    await cancel_booking(table.world.dan_user, booking, Reason.CHANGED_MIND)
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)
    return booking


async def refund_id(booking: UUID) -> str:
    return str(
        await db.fetch_value(
            "SELECT r.id FROM card_refund r JOIN card_payment p ON p.id = r.card_payment_id"
            " WHERE p.booking_id = $1 AND r.state = 'succeeded'",
            booking,
        )
    )


def refund_at_stripe(table: Table, payment_intent: str, pence: int) -> None:
    """The seller sends money back on Stripe's own pages; this site hears of it afterwards, if at all."""
    httpx.post(
        f"{table.server.url}/v1/refunds",
        data={"payment_intent": payment_intent, "amount": str(pence)},
        headers={"Authorization": f"Bearer {table.server.api_key}", "Stripe-Account": ACCOUNT},
    ).raise_for_status()


async def finance_sees(finance: Actor) -> list[tuple[int, bool]]:
    return [(each.owed_pence, each.counted) for each in (await watching.watched(finance)).owed]


@pytest.mark.row("V7")
async def test_a_refund_that_the_bank_does_not_take_is_owed_and_can_be_sent_again(
    table: Table, client: Client
) -> None:
    world = table.world
    booking = await refunded(table)
    table.server.control(f"refunds/{await refund_id(booking)}/fail")
    letter = table.receiver.wait_for("refund.failed")
    for _ in range(5):
        assert await deliver(client, letter) == 200
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    payment = await table.payment(booking)
    assert (payment["state"], payment["refunded_pence"]) == ("refund_failed", 0)
    assert await send_refunds() == NOTHING
    assert await finance_sees(world.finance_officer) == [(PRICE, False)]
    assert [each.owed_pence for each in await watching.came_back(world.manager)] == [PRICE]
    assert len([each for each in await table.letters() if "could not go back to your card" in each]) == 1
    assert len([each for each in await table.letters(LETTERS) if "came back to you" in each]) == 1

    for stranger in (world.staff, world.dan_user):
        with pytest.raises(Forbidden):
            await watching.send_again(stranger, payment["id"])
    with pytest.raises(NotFound):
        await watching.send_again(world.in_house_manager, payment["id"])
    await watching.send_again(world.manager, payment["id"])
    with pytest.raises(StateConflict):
        await watching.send_again(world.manager, payment["id"])
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)
    assert await finance_sees(world.finance_officer) == []
    # The old message once more: it is about a refund that is over.
    assert await deliver(client, letter) == 200
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("V7")
async def test_a_refund_that_failed_after_its_money_was_used_stands_on_the_list_and_counts_once(
    table: Table,
) -> None:
    world = table.world
    booking = await refunded(table)
    # All that Dan has is used meanwhile.
    await set_aside(SYSTEM, world.dan_direct, uuid4(), Money(ALL), clock.today())
    assert await table.money() == (0, ALL, 0)
    table.server.control(f"refunds/{await refund_id(booking)}/fail")
    assert "1 refunds" in await reconcile()
    assert await finance_sees(world.finance_officer) == [(PRICE, True)]
    assert (await table.money())[2] == 0
    await watching.send_again(world.manager, (await table.payment(booking))["id"])
    assert await send_refunds() == SENT
    # It was in the books all along.
    assert (await table.money())[2] == 0
    assert await finance_sees(world.finance_officer) == []


@pytest.mark.row("V7")
async def test_what_the_seller_sends_back_at_stripe_is_in_the_books_too(table: Table, client: Client) -> None:
    booking = await paid_booking(table)
    intent = (await table.payment(booking))["payment_intent"]
    refund_at_stripe(table, intent, 1000)
    letter = table.receiver.wait_for("charge.refunded")
    for _ in range(5):
        assert await deliver(client, letter) == 200
    assert await table.money() == (ALL - PRICE + 1000, 0, PRICE - 1000)
    # Cancelling afterwards sends only the rest.
    await cancel_booking(table.world.dan_user, booking, Reason.CHANGED_MIND)
    assert await send_refunds() == SENT
    assert await table.money() == (ALL, 0, 0)
    assert (await table.payment(booking))["refunded_pence"] == PRICE


@pytest.mark.row("V7")
async def test_a_refund_of_which_no_message_came_is_found_by_asking(table: Table) -> None:
    booking = await paid_booking(table)
    refund_at_stripe(table, (await table.payment(booking))["payment_intent"], PRICE)
    assert await reconcile() == (
        "mended: 0 accounts, 0 payments, 1 refunds, 0 disputes, 0 payouts; 0 questions without an answer"
    )
    assert await table.money() == (ALL, 0, 0)
    assert "mended: 0 accounts, 0 payments, 0 refunds" in await reconcile()


@pytest.mark.row("Y1")
async def test_money_goes_back_by_the_payment_that_brought_it_also_by_a_bare_statement(table: Table) -> None:
    await paid_booking(table)
    for change in ("payment_intent = 'pi_other'", "connected_account = 'acct_1Other'", "fee_pence = 1"):
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.ForeignKeyViolationError)):
            await db.execute(f"UPDATE card_payment SET {change}")
    with pytest.raises(asyncpg.CheckViolationError, match="do not add up"):
        await db.execute("UPDATE card_payment SET refunded_pence = 100, refund_due_pence = 100")
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("DELETE FROM card_payment")


@pytest.mark.row("V8")
async def test_no_money_of_an_isf_or_a_council_goes_through_a_card_also_by_a_bare_statement(
    table: Table,
) -> None:
    world = table.world
    booking = (await book(world.broker, await world.session(), world.emma_isf)).id
    for route in ("b.route", "'direct_payment'"):
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)):
            await db.execute(
                "INSERT INTO card_payment (id, booking_id, fund_id, council_id, route, owner_council_id,"
                "  connected_account, amount_pence, state)"
                f" SELECT gen_random_uuid(), b.id, b.fund_id, b.council_id, {route}, b.owner_council_id,"
                "  $2, b.price_pence, 'started' FROM booking b WHERE b.id = $1",
                booking,
                ACCOUNT,
            )
