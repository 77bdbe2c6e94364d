"""Journey 4: a broker plans a person's week, sees the effect on the money before confirming, books, cancels."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from isf.ledger.verify import verify
from marketplace.kernel import clock, formats
from marketplace.kernel.clock import week_of
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, heading
from tests.world import balances

BRENDA = "Brenda Broker"
ISF = "ISF with Harbour Brokerage"


def fund(page: Page) -> Locator:
    """The card of Emma's ISF."""
    return page.get_by_role("region", name=ISF, exact=True)


def money_of(people: Visitors) -> tuple[int, int, int]:
    """Emma's ISF in pence: left, booked, to be paid; the books are proved on the way."""

    async def ask() -> tuple[int, int, int]:
        assert await verify() == []
        held = await balances(people.site.world.emma_isf)
        return held["available"], held["committed"], held["payable"]

    return people.site.run(ask)


@pytest.mark.row("B1")
@pytest.mark.row("B4")
def test_a_broker_plans_books_and_cancels(people_with_and_without_scripts: Visitors) -> None:
    people = people_with_and_without_scripts
    world = people.site.world
    tomorrow = clock.today() + timedelta(days=1)
    people.site.run(lambda: world.session(day=tomorrow))
    page = people.as_(BRENDA)
    with step("Brenda opens Emma's week from her desk: the money available, booked, used and left"):
        page.get_by_role("navigation", name="Menu").get_by_role("link", name="Broker’s desk").click()
        row = page.get_by_role("row").filter(has_text="Emma Example")
        expect(row).to_contain_text("£1,000.00")
        expect(row).to_contain_text("Nothing is booked")
        row.get_by_role("link", name="Emma Example", exact=True).click()
        expect(heading(page)).to_have_text("Emma’s money and week")
        page.get_by_role("button", name="Open the week").click()
        expect(heading(page)).to_have_text("Emma’s week")
        expect(fund(page)).to_contain_text("£1,000.00 left")
        expect(fund(page)).to_contain_text("Booked £0.00")
        expect(page.get_by_text("Easy Read, one idea at a time")).to_be_visible()
    with step("she searches from there, for that day, and the directory knows for whom"):
        if week_of(tomorrow) != week_of(clock.today()):
            page.get_by_role("navigation", name="Weeks").get_by_role("link", name="Later week").click()
        page.get_by_role("link", name=f"Add something on {formats.day(tomorrow)}").click()
        expect(page.get_by_role("heading", name="You are looking for Emma")).to_be_visible()
        expect(page.get_by_text(f"You can book this from {ISF} (£1,000.00 left")).to_be_visible()
        page.get_by_role("link", name="Garden group").click()
    _puts_an_idea(page)
    assert money_of(people) == (100_000, 0, 0), "an idea costs nothing"
    with step("what it costs and what is left after is shown before confirming"):
        page.get_by_role("button", name="Book Garden group").click()
        money = page.get_by_role("region", name="Your money")
        for words in (
            f"Left now in {ISF}",
            "£1,000.00",
            "This costs",
            "£38.50",
            "Left after booking",
            "£961.50",
        ):
            expect(money).to_contain_text(words)
        expect(money).to_contain_text("If you cancel now, you pay £19.25.")
        assert money_of(people) == (100_000, 0, 0)
    with step("she confirms"):
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_text(f"Garden group is booked. £961.50 is left in {ISF}.")).to_be_visible()
        assert money_of(people) == (96_150, 3_850, 0)
    with step("the week shows the booking and the money"):
        page.get_by_role("link", name="Emma’s week").click()
        expect(page.get_by_role("row").filter(has_text="Garden group")).to_contain_text("Booked")
        expect(fund(page)).to_contain_text("£961.50 left")
        expect(fund(page)).to_contain_text("Booked £38.50")
        expect(page.get_by_role("heading", name="Ideas this week")).to_have_count(0)
    _cancels_late(page)
    assert money_of(people) == (98_075, 0, 1_925)
    with step("somebody else's person is not there"):
        for path in (f"/people/{world.dan}/week", f"/people/{world.dan}", f"/funds/{world.dan_direct}"):
            answer = page.goto(f"{people.site.url}{path}")
            assert answer is not None
            assert answer.status == 404
            expect(heading(page)).to_have_text("We cannot find this page")


def _puts_an_idea(page: Page) -> None:
    with step("she puts it in the week as an idea; the money is not touched"):
        page.get_by_role("button", name="Book").first.click()
        expect(heading(page)).to_contain_text("Book Garden group?")
        page.get_by_role("button", name="Put in the week as an idea").click()
        expect(page.get_by_text("It costs nothing until you book it.").first).to_be_visible()
        expect(page.get_by_role("heading", name="Ideas this week: £38.50")).to_be_visible()
        expect(page.get_by_text(f"Left after booking from {ISF}: £961.50")).to_be_visible()
        expect(fund(page)).to_contain_text("£1,000.00 left")


def _cancels_late(page: Page) -> None:
    with step("she cancels: what it costs is shown first"):
        page.get_by_role("button", name="Cancel Garden group").click()
        expect(heading(page)).to_contain_text("Cancel Garden group?")
        money = page.get_by_role("region", name="Your money")
        expect(money).to_contain_text("You pay")
        for amount in ("£19.25", f"Left again in {ISF}"):
            expect(money).to_contain_text(amount)
        page.get_by_role("link", name="Keep it").click()
        expect(page.get_by_role("main")).to_contain_text("Booked")
        page.get_by_role("button", name="Cancel this booking").click()
    with step("without a reason it asks for one"):
        page.get_by_role("button", name="Cancel the booking and pay £19.25").click()
        expect(page.get_by_role("alert")).to_contain_text("Choose why")
    with step("she gives the reason and cancels"):
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Cancel the booking and pay £19.25").click()
        expect(page.get_by_text(f"£19.25 is left again in {ISF}").first).to_be_visible()
        expect(page.get_by_role("heading", name="This booking is cancelled")).to_be_visible()
        page.get_by_role("link", name="Emma’s week").click()
        expect(fund(page)).to_contain_text("£980.75 left")
