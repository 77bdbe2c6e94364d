"""Journey 20: a council's month end for money that it manages itself, with its purchase order and a closed month."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from invoicing.bank_details.rules import Account, Purpose
from marketplace.kernel import clock, formats
from tests.invoicing.bank_details.making import ACCOUNT, in_force, second_manager
from tests.invoicing.delivering import deliver
from tests.isf.payments.making import second_officer
from tests.journeys.beginning import FIONA, FRANK, PETRA
from tests.journeys.looking import looks_well
from tests.journeys.paying import (
    approves_and_sends,
    invoices,
    last_month,
    months_bill,
    numbers_of,
    proposes_run,
    sees_money,
    stands,
    work_of_invoices,
)
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.pdf_tools import text_of
from tests.world import World

ORDER = "PO-4711"
NORTHSHIRE = Account("Northshire Council", "202959", "63748472")


async def delivered(world: World) -> None:
    """Last month Emma went three times to the garden with the council's money; both sides have accounts."""
    end = clock.today().replace(day=1)
    garden = await world.activity(price="38.50")
    for days in (12, 9, 5):
        await deliver(
            world, world.care_manager, world.emma_managed, end - timedelta(days=days), activity=garden
        )
    await in_force(world.finance_officer, await second_officer(world), NORTHSHIRE, Purpose.FROM)
    await in_force(world.manager, await second_manager(world), ACCOUNT)


@pytest.mark.row("V1")
@pytest.mark.row("V3")
@pytest.mark.row("V4")
@pytest.mark.row("V7")
def test_a_councils_month_end(people: Visitors) -> None:
    site = people.site
    site.run(lambda: delivered(site.world))
    stands(site, "emma_managed", left=48_450, payable=11_550, paid=0)
    _orders(people)
    months_bill(people, PETRA, "1 invoice, together £115.50", f"Purchase order {ORDER}")
    _sees_the_order_used(people)
    _closes_the_month(people)
    _is_corrected(people)
    stands(site, "emma_managed", left=52_300, payable=7_700, paid=0)
    _sees_the_adjustment(people)
    proposes_run(people, FIONA, "£77.00", "1 payee")
    (transfer,) = approves_and_sends(people, FRANK, "£77.00")
    assert transfer.payee == ACCOUNT.name
    stands(site, "emma_managed", left=52_300, payable=0, paid=7_700)
    _reads_the_remittance(people, transfer.reference)
    _all_ties(people)


def _orders(people: Visitors) -> None:
    with step(
        "Fiona records the council's purchase order for Pettypool, from the first day of last month on"
    ):
        page = work_of_invoices(people, FIONA, "Purchase orders")
        page.get_by_label("Provider", exact=True).select_option(label="Pettypool")
        page.get_by_label("Your number").fill(ORDER)
        fill_day(page, "First day", last_month())
        page.get_by_label("Limit with VAT, if there is one").fill("500")
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_text(f"Purchase order {ORDER} is recorded.")).to_be_visible()
        looks_well(page)


def _sees_the_order_used(people: Visitors) -> None:
    with step("Fiona has one invoice to pay, which names the order"):
        page = invoices(people, FIONA, "To pay: 1 invoice")
        page.get_by_role("row").filter(has_text="Pettypool").get_by_role("link").first.click()
        expect(page.get_by_role("article")).to_contain_text(ORDER)
    with step("of the order £384.50 is left"):
        page = work_of_invoices(people, FIONA, "Purchase orders")
        row = page.get_by_role("row").filter(has_text=ORDER)
        for told in ("£115.50", "£500.00", "£384.50"):
            expect(row).to_contain_text(told)


def _closes_the_month(people: Visitors) -> None:
    month = formats.month(last_month())
    with step(f"Fiona closes {month}, of which nothing is left open"):
        page = work_of_invoices(people, FIONA, "Closed months")
        page.get_by_role("button", name=f"Close {month}").click()
        expect(page.get_by_text("Nothing of the month is left open")).to_be_visible()
        looks_well(page)
        page.get_by_role("button", name=f"Close {month}").click()
        expect(page.get_by_text(f"{month} is closed.")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text=month)).to_contain_text("£115.50")
        expect(page.get_by_text("Nothing came later about a closed month.")).to_be_visible()
        expect(page.get_by_role("button", name="Close")).to_have_count(0)


def _is_corrected(people: Visitors) -> None:
    with step("Petra finds that one visit was billed wrongly, and credits it"):
        page = invoices(people, PETRA, "Billed: 1 invoice")
        page.get_by_role("row").filter(has_text="Northshire Council").get_by_role("link").first.click()
        page.get_by_role("button", name="Credit lines").click()
        page.get_by_role("checkbox").first.check()
        page.get_by_label("Why?").fill("The garden was not open on that day.")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Issue the credit note").click()
        expect(page.get_by_text("is issued. Northshire Council is told.")).to_be_visible()
        looks_well(page)


def _sees_the_adjustment(people: Visitors) -> None:
    month = formats.month(last_month())
    day = clock.today().replace(day=1) - timedelta(days=12)
    with step("Fiona sees it count today, with the day that it is about; the closed month stays as it was"):
        page = work_of_invoices(people, FIONA, "Closed months")
        later = page.get_by_role("table", name="What counted later").get_by_role("row")
        adjusted = later.filter(has_text=formats.full_date(day))
        for told in (formats.full_date(clock.today()), "£38.50 less"):
            expect(adjusted).to_contain_text(told)
        closed = page.get_by_role("table", name="Closed months").get_by_role("row").filter(has_text=month)
        expect(closed).to_contain_text("£115.50")
        looks_well(page)
    with step("the page of Emma's money says so too"):
        adjusted.get_by_role("link").first.click()
        expect(page.get_by_role("main")).to_contain_text(f"adjustment of {formats.full_date(day)}")
        looks_well(page)


def _reads_the_remittance(people: Visitors, reference: str) -> None:
    with step("Petra reads what she was paid for, and has it as a PDF"):
        page = work_of_invoices(people, PETRA, "Payments")
        page.get_by_role("row").filter(has_text=reference).get_by_role("link").first.click()
        expect(heading(page)).to_contain_text("£77.00 was paid")
        row = page.get_by_role("table", name="What it pays").get_by_role("row").filter(has_text="PET-")
        for told in ("£115.50", "£77.00"):
            expect(row).to_contain_text(told)
        path = page.get_by_role("link", name="Remittance advice as PDF").get_attribute("href")
        answer = page.request.get(f"{people.site.url}{path}")
        assert answer.headers["content-type"] == "application/pdf"
        printed = text_of(answer.body())
        for told in (reference, "£77.00", "Northshire Council"):
            assert told in printed, told


def _all_ties(people: Visitors) -> None:
    sees_money(people, PETRA, "£0.00 to be billed", "£0.00 billed, not paid yet", "£77.00 paid")
    with step("Fiona's lists say the same"):
        page = invoices(people, FIONA, "Paid: 1 invoice")
        numbers_of(page, "£0.00 To pay: 0 invoices", "£0.00 To check: 0 invoices", "£77.00 Paid: 1 invoice")
    with step("so does Emma's money"):
        page = people.go(FIONA, f"/funds/{people.site.world.emma_managed}")
        expect(page.get_by_role("main")).to_contain_text(
            "£77.00 is used: £77.00 is paid, £0.00 is still to be paid."
        )
    with step("and the order, of which what was credited is free again"):
        page = work_of_invoices(people, FIONA, "Purchase orders")
        expect(page.get_by_role("row").filter(has_text=ORDER)).to_contain_text("£423.00")
