"""What sellers and payers see adds up: row by row, to the lines, and to the ledger, to the penny (rows V1, V5)."""

import re
from collections.abc import Iterable
from datetime import date
from uuid import UUID

import httpx
import pytest

from invoicing import queries
from invoicing.credits.commands import receive_credit
from invoicing.line_queries.commands import query_line
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.queries import Show
from invoicing.runs.commands import issue_invoices
from invoicing.takings import takings
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from tests.asking import sign_in
from tests.invoicing.credits.crediting import credit_booking, line_of
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World, balances

pytestmark = pytest.mark.row("V1", "V5")


async def _seen(actor: Actor) -> dict[Show, int]:
    """Each figure of the invoices page, after its rows were added up by hand."""
    told = await queries.tallies(actor)
    for show, tally in told.items():
        if show is Show.TO_BE_BILLED:
            continue
        listed = await queries.listing(actor, show)
        assert (listed.whole.count, listed.whole.total) == (len(listed.rows), tally.total), show
        assert sum(row["part_pence"] for row in listed.rows) == tally.total.pence, show
        assert tally.count == len(listed.rows), show
    return {show: tally.total.pence for show, tally in told.items()}


async def _in_ledger(account: str, funds: Iterable[UUID]) -> int:
    held = [await balances(fund) for fund in funds]
    return sum(each[account] for each in held)


async def _tiles(visitor: httpx.AsyncClient, world: World) -> dict[str, int]:
    """The numbers at the top of the provider's money page, in pence by what they are called."""
    await sign_in(visitor, world.manager)
    html = (await visitor.get("/provider/money")).text
    found = re.findall(
        r'fairday-numbers__number[^>]*>£([\d,.]+)</span> <span class="fairday-numbers__text">(.*?)</span></a>',
        html,
    )
    return {
        re.sub(r"<[^>]+>", "", text).strip(): Money.parse(number.replace(",", "")).pence
        for number, text in found
    }


async def test_what_is_credited_is_in_no_tile_and_what_came_back_is_paid_no_more(
    december: World, visitor: httpx.AsyncClient
) -> None:
    """Six visits of £38.50: four to Harbour, two to Dan.

    Of Harbour's, one is credited before it is paid, three are paid; of these, £8.50 is credited and comes back, £5.00
    is credited and does not. Dan queries one, and £10.00 of the other is credited.
    """
    world = december
    activity = await world.activity()
    isf = [
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
        for day in (6, 13, 20, 27)
    ]
    own = [
        await deliver(world, world.dan_user, world.dan_direct, november(day), activity=activity)
        for day in (7, 14)
    ]
    by_payer = {
        each.payer_name: each.invoice_id for each in (await issue_invoices(SYSTEM, NOVEMBER)).invoices
    }
    await credit_booking(world.manager, isf[0])
    await mark_paid(world.broker, by_payer["Harbour Brokerage"], "BACS 1", date(2026, 12, 1))
    back = await credit_booking(world.manager, isf[1], "8.50")
    await receive_credit(world.broker, back.id, "REFUND", clock.today())
    await credit_booking(world.manager, isf[2], "5.00")
    queried = await line_of(own[0])
    await query_line(world.dan_user, queried["invoice_id"], queried["id"], "I was ill")
    await credit_booking(world.manager, own[1], "10.00")

    tiles = await _tiles(visitor, world)
    assert tiles == {
        "to be billed": 0,
        "disputed, on no bill": 0,
        "billed, not paid yet": 2850,
        "queried by the payer": 3850,
        "paid": 3 * 3850 - 850,
    }
    seller = await _seen(world.manager)
    assert (seller[Show.BILLED], seller[Show.QUERIED], seller[Show.RECEIVED]) == (2850, 3850, 10700)
    (month,) = await takings(world.manager)
    assert (month.billed, month.queried, month.paid) == (2850, 3850, 10700)
    funds = (world.emma_isf, world.dan_direct)
    assert await _in_ledger("payable", funds) == 2850 + 3850
    assert await _in_ledger("paid", funds) == 10700
    assert (await _seen(world.broker))[Show.PAID] == 10700


async def test_every_penny_stands_once_and_ties_to_the_ledger(december: World) -> None:
    world = december
    funds = (world.emma_isf, world.emma_managed, world.dan_direct)
    activity, cheap = await world.activity(), await world.activity(title="Choir", price="3.33")
    for day in (6, 13, 20):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
        await deliver(world, world.dan_user, world.dan_direct, november(day + 1), activity=cheap)
    await deliver(
        world, world.care_manager, world.emma_managed, november(8), activity=cheap, outcome=Outcome.ABSENT
    )
    run = await issue_invoices(SYSTEM, NOVEMBER)
    await deliver(world, world.broker, world.emma_isf, november(27), activity=activity)
    by_payer = {invoice.payer_name: invoice.invoice_id for invoice in run.invoices}
    await mark_paid(world.broker, by_payer["Harbour Brokerage"], "BACS 1", date(2026, 12, 1))

    seller = await _seen(world.manager)
    assert seller == {
        Show.TO_BE_BILLED: 3850,
        # Dan's three at £3.33, and half of £3.33, the half penny up, for the absence.
        Show.BILLED: 999 + 167,
        Show.QUERIED: 0,
        Show.RECEIVED: 3 * 3850,
    }
    assert seller[Show.TO_BE_BILLED] + seller[Show.BILLED] + seller[Show.QUERIED] == await _in_ledger(
        "payable", funds
    )
    assert seller[Show.RECEIVED] == await _in_ledger("paid", funds)
    lines = await db.fetch_value("SELECT sum(gross_pence)::bigint FROM invoice_line")
    assert seller[Show.BILLED] + seller[Show.QUERIED] + seller[Show.RECEIVED] == lines

    for actor, fund, unbilled in (
        (world.broker, world.emma_isf, 3850), (world.dan_user, world.dan_direct, 0),
        (world.finance_officer, world.emma_managed, 0),
    ):  # fmt: skip
        payer = await _seen(actor)
        assert payer[Show.TO_PAY] + payer[Show.TO_CHECK] + unbilled == await _in_ledger("payable", [fund])
        assert payer[Show.PAID] == await _in_ledger("paid", [fund])

    months = await takings(world.manager)
    assert [(each.month, each.to_bill, each.billed, each.queried, each.paid) for each in months] == [
        (NOVEMBER, *(seller[show] for show in (Show.TO_BE_BILLED, Show.BILLED, Show.QUERIED, Show.RECEIVED)))
    ]
    assert Money(months[0].paid) == Money(11550)
