"""What sellers and payers see adds up: row by row, to the lines, and to the ledger, to the penny (rows V1, V5)."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import pytest

from invoicing import queries
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.queries import Show
from invoicing.runs.commands import issue_invoices
from invoicing.takings import takings
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
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
