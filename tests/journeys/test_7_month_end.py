"""Journey 7: the month is over; what was delivered is billed once, paid, and the ledger has moved."""

import re
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from isf.ledger.verify import verify
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db, formats
from tests.invoicing.delivering import deliver
from tests.journeys.servers import run_job
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.pdf_tools import facts_of, text_of, unspaced
from tests.site import Site
from tests.world import World, balances

BRENDA, FIONA, PETRA = "Brenda Broker", "Fiona Finance", "Petra Manager"
MONEY = re.compile(r"£[\d,]+\.\d\d")


def last_month() -> date:
    """Its first day."""
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)


async def delivered(world: World) -> None:
    """Last month: Emma came twice from her ISF, once from the council's money, and missed one that costs nothing."""
    end = clock.today().replace(day=1)
    garden = await world.activity(price="38.50")
    free = await world.activity(title="Open garden", price="0")
    isf, managed = world.emma_isf, world.emma_managed
    await deliver(world, world.broker, isf, end - timedelta(days=10), activity=garden)
    await deliver(world, world.broker, isf, end - timedelta(days=3), activity=garden)
    await deliver(world, world.care_manager, managed, end - timedelta(days=5), activity=garden)
    await deliver(
        world, world.broker, isf, end - timedelta(days=4), activity=free, at=time(15), outcome=Outcome.ABSENT
    )


def invoices(people: Visitors, name: str, state: str = "") -> Page:
    """Somebody's invoices, and those of a state."""
    page = people.as_(name)
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Invoices").click()
    if state:
        page.get_by_role("navigation", name="Invoices by state").get_by_role("link", name=state).click()
    return page


def bill_again(site: Site) -> str:
    """What the command line says about a run for last month."""
    return run_job(site, "invoices", "--month", f"{last_month():%Y-%m}")


def money_of(site: Site) -> tuple[int, int, int, int]:
    """Emma's ISF in pence: left, booked, to be paid, paid; the books are proved on the way."""

    async def ask() -> tuple[int, int, int, int]:
        assert await verify() == []
        held = await balances(site.world.emma_isf)
        return held["available"], held["committed"], held["payable"], held["paid"]

    return site.run(ask)


def count_invoices(site: Site) -> int:
    return int(site.run(lambda: db.fetch_value("SELECT count(*) FROM invoice")))


@pytest.mark.row("V1")
def test_the_month_is_billed_once_and_paid(people: Visitors) -> None:
    site = people.site
    site.run(lambda: delivered(site.world))
    assert money_of(site) == (92_300, 0, 7_700, 0)
    _petra_bills(people)
    with step("the command line finds nothing new"):
        assert bill_again(site) == "There was nothing to bill."
        assert count_invoices(site) == 2
    number = _brenda_reads_it(people)
    assert money_of(site) == (92_300, 0, 7_700, 0)
    _brenda_pays_it(people, number)
    with step("the ledger has moved from payable to paid"):
        assert money_of(site) == (92_300, 0, 0, 7_700)
    _everybody_sees_it_paid(people, number)
    with step("nothing is billed or paid a second time"):
        assert bill_again(site) == "There was nothing to bill."
        assert count_invoices(site) == 2
        assert money_of(site) == (92_300, 0, 0, 7_700)


def _petra_bills(people: Visitors) -> None:
    month = formats.month(last_month())
    make = "Make 2 invoices"
    with step("Petra sees what is to be billed, line by line"):
        page = invoices(people, PETRA, "To be billed")
        expect(page.get_by_role("heading", name=f"{month}: £115.50")).to_be_visible()
        page.get_by_role("link", name=f"3 sessions to bill for {month}").click()
        expect(heading(page)).to_have_text(f"To be billed for {month}")
        expect(page.get_by_role("row").filter(has_text="Garden group")).to_have_count(3)
        expect(page.get_by_role("row").filter(has_text="together")).to_contain_text("£115.50")
        expect(page.get_by_role("main")).not_to_contain_text("Emma")
    with step("she sees exactly the invoices that would be made"):
        page.get_by_role("button", name="See the invoices").click()
        expect(heading(page)).to_have_text(f"What would be billed for {month}?")
        expect(page.get_by_role("main")).to_contain_text("2 invoices, together £115.50")
    with step("another of her windows shows the same button"):
        late = page.context.new_page()
        late.goto(page.url)
    with step("one press makes an invoice for each payer"):
        page.get_by_role("button", name=make).click()
        expect(page.get_by_text(f"{month}: 2 invoices made: 3 lines, £115.50 in all.")).to_be_visible()
        for payer, total in (("Harbour Brokerage", "£77.00"), ("Northshire Council", "£38.50")):
            expect(page.get_by_role("row").filter(has_text=payer)).to_contain_text(total)
    with step("the numbers have no gap"):
        rows = page.get_by_role("link", name=re.compile(r"^PET-")).all_inner_texts()
        year = clock.today().year
        assert sorted(rows) == [f"PET-{year}-000001", f"PET-{year}-000002"]
    with step("the button in the other window makes nothing more"):
        late.get_by_role("button", name=make).click()
        expect(late.get_by_text("because something changed since you looked")).to_be_visible()
        expect(late.get_by_text("Nothing of these days can be billed now.")).to_be_visible()
        late.close()


def _brenda_reads_it(people: Visitors) -> str:
    """Page and PDF; answers the invoice's number."""
    with step("Brenda, whose organisation holds the ISF, has one invoice to pay"):
        page = invoices(people, BRENDA, "To pay: 1 invoice")
        links = page.get_by_role("main").get_by_role("link", name=re.compile(r"^PET-"))
        expect(links).to_have_count(1)
        number = links.inner_text()
        links.click()
    with step("the page is an invoice"):
        expect(heading(page)).to_have_text(f"Invoice {number}")
        document = page.get_by_role("article")
        for words in ("Pettypool", "Harbour Brokerage", formats.month(last_month())):
            expect(document).to_contain_text(words)
        expect(document.get_by_role("row").filter(has_text="Garden group")).to_have_count(2)
        expect(document).not_to_contain_text("Emma Example")
    with step("the PDF says the same figures and words"):
        path = page.get_by_role("button", name="Open the PDF").get_attribute("href")
        answer = page.request.get(f"{people.site.url}{path}")
        assert answer.headers["content-type"] == "application/pdf"
        printed = answer.body()
        assert set(MONEY.findall(document.inner_text())) == set(MONEY.findall(text_of(printed)))
        assert "£77.00" in text_of(printed)
        on_paper = unspaced(text_of(printed))
        for cell in document.get_by_role("cell").all_inner_texts():
            assert unspaced(cell) in on_paper, cell
        assert number in on_paper
    with step("it is tagged paper of the right size"):
        facts = facts_of(printed)
        assert (facts.marked, facts.size_mm, facts.language) == (True, (210, 297), "en-GB")
        assert {"/Table", "/TH", "/TD"} <= facts.tags
    return number


def _brenda_pays_it(people: Visitors, number: str) -> None:
    page = people.as_(BRENDA)
    with step("Brenda says how she paid; a day to come is refused and what she typed stays"):
        page.get_by_role("button", name="Mark as paid").click()
        expect(page.get_by_role("main")).to_contain_text("£77.00")
        page.get_by_label("Reference of the payment").fill("BACS 4711")
        fill_day(page, "When did you pay?", clock.today() + timedelta(days=40))
        page.get_by_role("button", name="Mark as paid").click()
        expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
        expect(page.get_by_label("Reference of the payment")).to_have_value("BACS 4711")
        fill_day(page, "When did you pay?", clock.today())
        page.get_by_role("button", name="Mark as paid").click()
        expect(page.get_by_text(f"Invoice {number} is marked as paid. Pettypool is told.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("with the reference BACS 4711")
        expect(page.get_by_role("button", name="Mark as paid")).to_have_count(0)


def _everybody_sees_it_paid(people: Visitors, number: str) -> None:
    with step("Petra sees it paid, with the reference"):
        page = invoices(people, PETRA, "Paid to you: 1 invoice")
        page.get_by_role("link", name=number).click()
        expect(page.get_by_role("main")).to_contain_text("with the reference BACS 4711")
    with step("the PDF says so too"):
        path = page.get_by_role("button", name="Open the PDF").get_attribute("href")
        assert "This invoice is paid" in text_of(page.request.get(f"{people.site.url}{path}").body())
    with step("Emma’s money says that it is paid"):
        fund = people.go(BRENDA, f"/funds/{people.site.world.emma_isf}")
        expect(fund.get_by_role("main")).to_contain_text(
            "£77.00 is used: £77.00 is paid, £0.00 is still to be paid."
        )
        expect(fund.get_by_role("link", name=number).first).to_be_visible()
    with step("the council’s invoice is its own, and still to pay"):
        council = invoices(people, FIONA, "To pay: 1 invoice")
        expect(council.get_by_role("row").filter(has_text="£38.50")).not_to_have_count(0)
        expect(council.get_by_role("link", name=number)).to_have_count(0)
