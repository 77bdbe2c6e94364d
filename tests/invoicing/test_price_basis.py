"""Which price stays when VAT changes between booking and session: with VAT, or without (row V2, `rules.md` 21)."""

from datetime import time

import pytest

from invoicing import queries
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.rules import Outcome
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.commands import set_rate
from providers.rules import PriceBasis
from providers.vat.commands import end_vat_registration
from tests.invoicing.delivering import NOVEMBER, attend, booked_before, november
from tests.providers.vat.registered import registered_for_vat
from tests.world import World, balances

pytestmark = pytest.mark.row("V2")

STANDARD = (VatCategory.STANDARD, 2000)


@pytest.mark.parametrize(
    ("basis", "charged"),
    # Booked for £12.75 with 20%: without VAT 12.75 / 1.2 = 10.625, the half penny up: £10.63.
    [(PriceBasis.GROSS, 1275), (PriceBasis.NET, 1063)],
)
async def test_vat_falls_away_after_the_booking(december: World, basis: PriceBasis, charged: int) -> None:
    world = december
    await registered_for_vat(world.pettypool)
    studio = await world.activity(price="12.75", vat=STANDARD)
    with use_clock(FixedClock(from_wall(november(1), time(9)))):
        await set_rate(world.manager, studio, november(1), Money(1275), *STANDARD, basis=basis)
    booking = await booked_before(world, world.broker, world.emma_isf, november(20), activity=studio)
    held = (await balances(world.emma_isf))["available"]
    await end_vat_registration(world.manager, november(14))
    await attend(world.manager, booking, november(20))
    after = await balances(world.emma_isf)
    assert (after["payable"], after["committed"], after["available"]) == (charged, 0, held + 1275 - charged)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    rows = (await queries.invoice(world.broker, run.invoices[0].invoice_id)).document.vat.categories
    assert [(row.category.code, row.vat, row.gross) for row in rows] == [("O", Money(0), Money(charged))]
    assert await verify() == []


async def test_vat_that_comes_costs_no_booked_place_more_than_its_fund_holds(december: World) -> None:
    world = december
    studio = await world.activity(price="10.00", vat=(VatCategory.OUTSIDE_SCOPE, 0))
    with use_clock(FixedClock(from_wall(november(1), time(9)))):
        await set_rate(
            world.manager, studio, november(1), Money(1000), VatCategory.OUTSIDE_SCOPE, basis=PriceBasis.NET
        )
    booking = await booked_before(world, world.broker, world.emma_isf, november(20), activity=studio)
    await registered_for_vat(world.pettypool, starts_on=november(15))
    await attend(world.manager, booking, november(20))
    assert (await balances(world.emma_isf))["payable"] == 1000
    run = await issue_invoices(SYSTEM, NOVEMBER)
    vat = (await queries.invoice(world.broker, run.invoices[0].invoice_id)).document.vat
    # 10.00 / 1.2 = 8.333: the seller bears £1.67.
    assert (vat.taxable, vat.vat, vat.gross) == (Money(833), Money(167), Money(1000))


async def test_a_share_for_an_absence_is_of_the_price_that_is_owed(december: World) -> None:
    world = december
    await registered_for_vat(world.pettypool)
    studio = await world.activity(price="12.00", vat=STANDARD)
    with use_clock(FixedClock(from_wall(november(1), time(9)))):
        await set_rate(world.manager, studio, november(1), Money(1200), *STANDARD, basis=PriceBasis.NET)
    booking = await booked_before(world, world.broker, world.emma_isf, november(20), activity=studio)
    await end_vat_registration(world.manager, november(14))
    await attend(world.manager, booking, november(20), Outcome.ABSENT)
    assert await db.fetch_value("SELECT charge_pence FROM attendance") == 500


async def test_a_new_price_keeps_the_basis_of_the_one_before(december: World) -> None:
    world = december
    studio = await world.activity(price="12.00", vat=STANDARD)
    with use_clock(FixedClock(from_wall(november(1), time(9)))):
        await set_rate(world.manager, studio, november(1), Money(1200), *STANDARD, basis=PriceBasis.NET)
        await set_rate(world.manager, studio, november(8), Money(1100), *STANDARD)
    rows = await db.fetch_all(
        "SELECT price_basis FROM rate WHERE activity_id = $1 ORDER BY starts_on", studio
    )
    assert [row["price_basis"] for row in rows] == ["gross", "net", "net"]
