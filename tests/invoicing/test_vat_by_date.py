"""VAT of each line by the day of the service, from what the activity and its supplier are on that day (row V2)."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from invoicing import queries
from invoicing.document_words import invoice_words
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.vat.commands import end_vat_registration, register_for_vat
from tests.invoicing.case_ten import case_ten
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.providers.vat.registered import NUMBER, registered_for_vat
from tests.world import World, balances

pytestmark = pytest.mark.row("V2")

OTHER_NUMBER = "GB434031494"


async def _lines(invoice_id: object) -> dict[object, tuple[Any, ...]]:
    rows = await db.fetch_all(
        "SELECT booking_id, vat_category, vat_rate_basis_points, net_pence, gross_pence FROM invoice_line"
        " WHERE invoice_id = $1",
        invoice_id,
    )
    return {row["booking_id"]: tuple(row.values())[1:] for row in rows}


async def test_case_ten_exempt_standard_and_zero_with_a_change_in_mid_month(december: World) -> None:
    world = december
    case = await case_ten(world)
    its = case.bookings

    assert await _lines(case.outside) == {its["before"]: ("outside_scope", 0, 1275, 1275)}
    assert await _lines(case.mixed) == {
        its["garden"]: ("exempt", 0, 3850, 3850),
        its["bus"]: ("zero", 0, 620, 620),
        its["late_told"]: ("standard", 2000, 1063, 1275),
        its["first"]: ("standard", 2000, 1063, 1275),
        its["second"]: ("standard", 2000, 1062, 1275),
    }
    mixed = (await queries.invoice(world.broker, case.mixed)).document
    assert [
        (row.category.code, row.taxable.pence, row.vat.pence, row.gross.pence, row.reason_code)
        for row in mixed.vat.categories
    ] == [
        ("E", 3850, 0, 3850, "VATEX-EU-132-1G"),
        ("S", 3188, 637, 3825, None),
        ("Z", 620, 0, 620, None),
    ]
    assert (mixed.vat.taxable, mixed.vat.vat, mixed.vat.gross) == (Money(7658), Money(637), Money(8295))
    assert mixed.supplier.vat_number == NUMBER

    outside = (await queries.invoice(world.broker, case.outside)).document
    assert [(row.category.code, row.reason_code) for row in outside.vat.categories] == [("O", "VATEX-EU-O")]
    assert outside.supplier.vat_number is None
    assert invoice_words(outside)["vat"][0]["reason"] == "The supplier is not registered for VAT"
    # Budgets pay gross: the VAT that came between costs the fund nothing.
    assert (await balances(world.emma_isf))["payable"] == 8295 + 1275
    assert await verify() == []


async def test_another_number_in_mid_month_stands_on_an_invoice_of_its_own(december: World) -> None:
    world = december
    await register_for_vat(world.manager, NUMBER, date(2026, 1, 1))
    await register_for_vat(world.manager, OTHER_NUMBER, november(15))
    activity = await world.activity(vat=(VatCategory.STANDARD, 2000), price="12.00")
    for day in (14, 15):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    told = [(await queries.invoice(world.broker, each.invoice_id)).document for each in run.invoices]
    assert {document.supplier.vat_number: document.vat.vat for document in told} == {
        NUMBER: Money(200),
        OTHER_NUMBER: Money(200),
    }


async def test_after_the_last_day_no_vat_is_charged_whatever_the_price_says(december: World) -> None:
    world = december
    await registered_for_vat(world.pettypool)
    await end_vat_registration(world.manager, november(14))
    activity = await world.activity(vat=(VatCategory.STANDARD, 2000), price="12.00")
    for day in (14, 15):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    told = [(await queries.invoice(world.broker, each.invoice_id)).document for each in run.invoices]
    assert {document.supplier.vat_number: (document.vat.vat, document.vat.gross) for document in told} == {
        NUMBER: (Money(200), Money(1200)),
        None: (Money(0), Money(1200)),
    }


@pytest_asyncio.fixture
async def dearer() -> AsyncIterator[None]:
    """The standard rate is 25% from 15 November on. No other test hears of it."""
    await db.execute(
        "INSERT INTO standard_vat_rate (starts_on, basis_points) VALUES ($1, 2500)", november(15)
    )
    yield
    await db.execute("DELETE FROM standard_vat_rate WHERE starts_on = $1", november(15))


@pytest.mark.usefixtures("dearer")
async def test_the_standard_rate_is_that_of_the_day(december: World) -> None:
    world = december
    await registered_for_vat(world.pettypool)
    activity = await world.activity(vat=(VatCategory.OUTSIDE_SCOPE, 0), price="12.00")
    for day in (14, 15):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    rows = (await queries.invoice(world.broker, run.invoices[0].invoice_id)).document.vat.categories
    assert [(row.rate_basis_points, row.taxable, row.vat) for row in rows] == [
        (2000, Money(1000), Money(200)),
        (2500, Money(960), Money(240)),
    ]


async def test_what_is_issued_stays_when_a_registration_is_told_later(december: World) -> None:
    world = december
    activity = await world.activity(vat=(VatCategory.OUTSIDE_SCOPE, 0), price="12.00")
    await deliver(world, world.broker, world.emma_isf, november(14), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    await register_for_vat(world.manager, NUMBER, november(1))
    await deliver(world, world.broker, world.emma_isf, november(16), activity=activity)
    further = await issue_invoices(SYSTEM, NOVEMBER)
    before, after = [
        (await queries.invoice(world.broker, each.invoice_id)).document
        for each in (run.invoices[0], further.invoices[0])
    ]
    assert (before.vat.vat, before.supplier.vat_number) == (Money(0), None)
    assert (after.vat.vat, after.supplier.vat_number) == (Money(200), NUMBER)
