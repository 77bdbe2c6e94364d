"""A month in a fund, told by the pages: money comes in, something is booked, attended, billed, paid, and stated."""

import re
from datetime import timedelta
from uuid import UUID

from playwright.sync_api import Page, expect

from isf.ledger.verify import verify
from isf.statements.jobs import run_statements
from marketplace.kernel import clock, formats
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from tests.journeys.beginning import FIONA, FRANK, PETRA, Story, menu
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.pdf_tools import text_of


def garden_today(people: Visitors, title: str = "Garden group", price: str = "38.50") -> UUID:
    """Pettypool offers something today, in an hour."""

    async def make() -> UUID:
        world = people.site.world
        return await world.session_today(await world.activity(title=title, price=price))

    return people.site.run(make)


def pays_in(story: Story) -> None:
    """Fiona proposes what is due and finds it right; she cannot approve it, and Frank does."""
    with step("Fiona proposes what the council pays in today, and looks at it"):
        page = story.as_(FIONA)
        menu(page, "Council")
        page.get_by_role("main").get_by_role("link", name="payments into funds to decide").click()
        page.get_by_role("button", name="Propose what is due today").click()
        page.get_by_role("button", name="It is right").click()
        expect(
            page.get_by_text("You cannot approve this, because you checked or proposed it.")
        ).to_be_visible()
    with step("Frank, another finance officer, approves it: it is in the books"):
        page = story.as_(FRANK)
        menu(page, "Council")
        page.get_by_role("main").get_by_role("link", name="payment into funds to decide").click()
        page.get_by_role("table").first.get_by_role("link").first.click()
        page.get_by_role("button", name="Approve £").click()
        expect(heading(page)).to_contain_text("What was paid in?")


def finds(page: Page, title: str) -> None:
    """From the menu to the activity and its first date."""
    menu(page, "Find something to do")
    page.get_by_role("main").get_by_role("link", name=title, exact=True).click()


def books(story: Story, who: str, title: str, *, fund: str = "") -> Page:
    """Somebody looks at the person's week, finds an activity, and books its first date."""
    with step(f"{who} books {title} for {story.called}"):
        page = story.own() if who == story.name else story.hub(who)
        if who != story.name:
            page.get_by_role("link", name=f"{story.called}’s week").click()
        finds(page, title)
        page.get_by_role("button", name="Book").first.click()
        if fund:
            page.get_by_role("group", name="Which money?").get_by_label(fund).check()
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_text(f"{title} is booked.")).to_be_visible()
    return page


def attends(story: Story) -> None:
    """The provider ticks in today's register that the person came."""
    with step(f"Petra ticks that {story.called} came"):
        page = story.as_(PETRA)
        menu(page, "Today")
        register = page.get_by_role("group", name=story.name).first
        register.get_by_role("radio", name="Attended").check()
        page.get_by_role("button", name="Save register").first.click()
        expect(page.get_by_text("The register is saved")).to_be_visible()


def bills(story: Story) -> None:
    """The provider makes this month's invoices before the month is over."""
    with step("Petra makes the invoice"):
        page = story.as_(PETRA)
        menu(page, "Invoices")
        page.get_by_role("navigation", name="Invoices by state").get_by_role(
            "link", name="To be billed"
        ).click()
        page.get_by_role("button", name=f"See the invoices for {formats.month(clock.today())}").click()
        page.get_by_role("button", name=re.compile(r"^Make \d+ invoice")).click()
        expect(page.get_by_text("invoice made")).to_be_visible()


def pays_bill(story: Story, who: str, amount: str) -> None:
    """Who holds the money notes that the invoice is paid."""
    with step(f"{who} pays the invoice of {amount}"):
        page = story.as_(who)
        menu(page, "Invoices")
        page.get_by_role("navigation", name="Invoices by state").get_by_role("link", name="To pay").click()
        page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
        page.get_by_role("button", name="Mark as paid").click()
        expect(page.get_by_role("main")).to_contain_text(amount)
        page.get_by_label("Reference of the payment").fill("BACS 4712")
        fill_day(page, "When did you pay?", clock.today())
        page.get_by_role("button", name="Mark as paid").click()
        expect(page.get_by_text("is marked as paid.")).to_be_visible()


def month_ends(people: Visitors) -> None:
    """The clock goes to the first days of the next month, and the job that makes statements runs then."""
    today = clock.today()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)

    async def job() -> str:
        with use_clock(FixedClock(from_wall(first, clock.now().time().replace(hour=6)))):
            return await run_statements()

    with step("the month is over: the job makes the statements, and every ledger is whole"):
        assert "made" in people.site.run(job)
        assert people.site.run(verify) == []


def reads_statement(story: Story, *words: str, row: str = "") -> None:
    """The person reads this month's statement on a page, in Easy Read, and as a file; `row` tells which of several."""
    month = formats.month(clock.today())
    with step(f"{story.called} reads the statement of {month}"):
        page = story.hub(story.name, "Statements")
        line = page.get_by_role("row").filter(has_text=month).filter(has_text=row)
        line.get_by_role("link", name=month).first.click()
        for told in words:
            expect(page.get_by_role("main")).to_contain_text(told)
    with step("the PDF says the same"):
        link = page.get_by_role("link", name="PDF", exact=True).get_attribute("href")
        answer = page.request.get(f"{story.people.site.url}{link}")
        assert answer.headers["content-type"] == "application/pdf"
        printed = text_of(answer.body())
        for told in words:
            assert told in printed, told
    with step("it is there in Easy Read, as a page and as a file"):
        easy = page.get_by_role("link", name="Easy Read PDF").get_attribute("href")
        assert page.request.get(f"{story.people.site.url}{easy}").headers["content-type"] == "application/pdf"
        page.get_by_role("link", name="Easy Read", exact=True).click()
        for told in words:
            expect(page.get_by_role("main")).to_contain_text(told)
