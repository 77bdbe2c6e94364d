"""A refund that the card's bank did not take, paid into the payer's bank account: entered once, the books tied."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from invoicing.cards.by_transfer import Transfer, paid_back, pay_back_by_transfer
from invoicing.cards.reconciling import reconcile
from invoicing.cards.watching import send_again, watched
from isf.ledger.commands import set_aside
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money
from tests.invoicing.cards.table import ALL, PRICE, Table
from tests.invoicing.cards.test_giving_back import finance_sees, refund_id, refunded
from tests.invoicing.cards.test_pages import Browser

Client = AsyncTestClient[Any]


def transfer(days_ago: int = 0, reference: str = "GARDEN BACK") -> Transfer:
    return Transfer(clock.today() - timedelta(days=days_ago), reference)


async def owed(table: Table) -> UUID:
    """A card payment of which all was to go back, and the card's bank did not take it."""
    booking = await refunded(table)
    table.server.control(f"refunds/{await refund_id(booking)}/fail")
    await reconcile()
    payment: UUID = (await table.payment(booking))["id"]
    return payment


@pytest.mark.row("V7")
async def test_a_failed_refund_that_is_paid_by_bank_transfer_is_back_in_the_fund_once(table: Table) -> None:
    world, payment = table.world, await owed(table)
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    for stranger in (world.staff, world.dan_user):
        with pytest.raises(Forbidden):
            await pay_back_by_transfer(stranger, payment, transfer())
    with pytest.raises(NotFound):
        await pay_back_by_transfer(world.in_house_manager, payment, transfer())

    several = [pay_back_by_transfer(world.manager, payment, transfer()) for _ in range(3)]
    told = await asyncio.gather(*several, return_exceptions=True)
    assert [type(each) for each in told if each is not None] == [StateConflict, StateConflict]
    assert await table.money() == (ALL, 0, 0)
    assert await finance_sees(world.finance_officer) == []
    assert [(each.amount, each.bank_reference) for each in await paid_back(world.finance_officer)] == [
        (Money(PRICE), "GARDEN BACK")
    ]
    letters = [each for each in await table.letters() if "was paid to your bank account" in each]
    assert len(letters) == 1

    # It went once, so neither the card nor another look at Stripe sends or takes anything.
    with pytest.raises(StateConflict):
        await send_again(world.manager, payment)
    await reconcile()
    assert await table.money() == (ALL, 0, 0)


@pytest.mark.row("V7")
async def test_money_on_which_the_fund_counted_all_along_is_not_counted_twice(table: Table) -> None:
    booking = await refunded(table)
    await set_aside(SYSTEM, table.world.dan_direct, uuid4(), Money(ALL), clock.today())
    table.server.control(f"refunds/{await refund_id(booking)}/fail")
    await reconcile()
    assert (await watched(table.world.finance_officer)).owed[0].counted
    await pay_back_by_transfer(table.world.manager, (await table.payment(booking))["id"], transfer())
    assert await table.money() == (0, ALL, 0)


@pytest.mark.row("V7")
async def test_a_day_to_come_or_before_the_refund_is_refused_and_so_is_half_a_transfer_by_a_bare_statement(
    table: Table,
) -> None:
    payment = await owed(table)
    for wrong, field in ((transfer(-1), "paid_on"), (transfer(9), "paid_on"), (transfer(0, ""), "reference")):
        with pytest.raises(Invalid) as refusal:
            await pay_back_by_transfer(table.world.manager, payment, wrong)
        assert list(refusal.value.fields) == [field]
    for change in ("way = 'transfer'", "bank_reference = 'x'"):
        with pytest.raises(asyncpg.CheckViolationError, match="card_refund_way"):
            await db.execute(f"UPDATE card_refund SET {change}")
    assert await table.money() == (ALL - PRICE, 0, PRICE)


@pytest.mark.row("V7")
async def test_the_page_keeps_what_was_typed_and_says_when_it_was_entered_before(
    table: Table, client: Client
) -> None:
    payment = await owed(table)
    page = f"/provider/money/cards/payments/{payment}/transfer"
    browser = await Browser(client).sign_in(table.world.manager)
    await browser.open("/provider/money/cards")
    assert page in browser.html
    await browser.open(page)
    day = clock.today()
    when = {"paid_on-day": str(day.day), "paid_on-month": str(day.month), "paid_on-year": str(day.year)}
    assert (await browser.send(page, **when)).status_code == 422
    assert "Enter what the payer reads on their bank statement" in browser.html
    assert f'value="{day.year}"' in browser.html
    form = browser.html
    for words in ("The payer is told", "nothing of this payment is owed any more"):
        browser.html = form
        assert (await browser.send(page, **when, reference="BACK TO DAN")).status_code == 303
        await browser.open("/provider/money/cards")
        assert words in browser.html
    await browser.sign_in(table.world.finance_officer)
    await browser.open("/council/cards")
    assert "BACK TO DAN" in browser.html
