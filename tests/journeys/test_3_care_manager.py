"""Journey 3: a care manager makes a person's record, gives a budget, and lets a broker act, with dates."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from marketplace.kernel import clock, formats
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.world import email_of

CAROL, STAN = "Carol Manager", "Stan Stranger"
LIGHTHOUSE = "Lighthouse Brokerage"
NOTHING = "We cannot find this page"


@pytest.mark.row("F1")
@pytest.mark.row("F3")
@pytest.mark.row("F4")
def test_a_care_manager_gives_a_budget_and_a_broker_authority(people: Visitors) -> None:
    page = people.as_(CAROL)
    with step("Carol adds Grace"):
        page.get_by_role("navigation", name="Menu").get_by_role("link", name="People").click()
        page.get_by_role("link", name="Add a person").click()
        page.get_by_label("Full name").fill("Grace Green")
        page.get_by_label("What they like to be called").fill("Gracie")
        fill_day(page, "Date of birth", clock.today().replace(year=1990, day=24))
        page.get_by_label("Postcode").fill("CH1 2HJ")
        page.get_by_label("Communication needs").fill("Uses Makaton")
        page.get_by_role("button", name="Add the person").click()
        expect(page.get_by_text("The record is made. Next: give them a budget.")).to_be_visible()
        expect(page.get_by_text("Uses Makaton")).to_be_visible()
    record = page.url.removeprefix(people.site.url)
    with step("Carol gives a budget of three parts; what does not add up is told first"):
        _gives_a_budget(page)
    with step("the record shows each part with what is left"):
        for title, left in (
            ("Direct payment", "£500.00"),
            ("ISF with Harbour Brokerage", "£1,200.00"),
            ("Money the council manages", "£300.00"),
        ):
            fund = page.get_by_role("main").get_by_role("region", name=title)
            expect(fund).to_contain_text(f"{left} left")
        page.get_by_role("link", name="ISF with Harbour Brokerage").click()
        expect(heading(page)).to_contain_text("What happens to the money?")
        expect(page.get_by_role("heading", name="Locked until the plan is agreed")).to_be_visible()
        page.get_by_role("link", name="Grace Green").click()
    _lets_a_broker_act(people, record)


def _gives_a_budget(page: Page) -> None:
    page.get_by_role("button", name="Give a budget").click()
    page.get_by_label("For all the days together").check()
    page.get_by_label("From the council").fill("1800")
    page.get_by_label("From Gracie").fill("200")
    fill_day(page, "First day", clock.today())
    fill_day(page, "Last day", clock.today() + timedelta(days=180))
    direct, isf, managed = (
        page.get_by_role("group", name=name)
        for name in ("Direct payment", "Individual Service Fund (ISF)", "Managed by the council")
    )
    direct.get_by_label("Amount").fill("500")
    direct.get_by_label("E-mail of who holds it").fill(email_of("Dan Example"))
    isf.get_by_label("Amount").fill("1,200")
    isf.get_by_label("Organisation that holds it").select_option(label="Harbour Brokerage")
    page.get_by_role("button", name="Add it up first").click()
    expect(page.get_by_text("£300.00 is still to be shared out.")).to_be_visible()
    page.get_by_role("button", name="Give the budget").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    managed.get_by_label("Amount").fill("300")
    page.get_by_role("button", name="Give the budget").click()
    expect(
        page.get_by_text("The budget is made. The money can be used when the plan is agreed.")
    ).to_be_visible()


def _lets_a_broker_act(people: Visitors, record: str) -> None:
    carol, week = people.as_(CAROL), f"{record}/week"
    with step("a broker whom nobody asked finds nothing"):
        stan = people.go(STAN, week)
        expect(heading(stan)).to_have_text(NOTHING)
    today = clock.today()
    last_day = today + timedelta(days=90)
    with step("Carol lets Stan’s organisation act from tomorrow: today there is still nothing"):
        carol.get_by_role("link", name="Who may act").click()
        _gives_authority(carol, today + timedelta(days=1), last_day)
        expect(_standing(carol)).to_contain_text("Later")
        stan.reload()
        expect(heading(stan)).to_have_text(NOTHING)
        _ends_authority(carol)
    with step("Carol lets them act from today to a last day: Stan sees the week and the money"):
        _gives_authority(carol, today, last_day)
        for words in (
            "Independent broker",
            "See, plan, book",
            formats.full_date(today),
            formats.full_date(last_day),
        ):
            expect(_standing(carol)).to_contain_text(words)
        stan.get_by_role("navigation", name="Menu").get_by_role("link", name="Broker’s desk").click()
        stan.get_by_role("link", name="Grace Green", exact=True).click()
        expect(heading(stan)).to_contain_text("Gracie’s money and week")
        expect(stan.get_by_role("region", name="ISF with Harbour Brokerage")).to_contain_text(
            "£1,200.00 left"
        )
    with step("Carol ends the authority: it bites at once"):
        _ends_authority(carol)
        stan.reload()
        expect(heading(stan)).to_have_text(NOTHING)
        people.go(STAN, "/desk")
        expect(stan.get_by_text("Grace Green")).to_have_count(0)


def _gives_authority(carol: Page, starts_on: date, last_day: date) -> None:
    carol.get_by_role("button", name="Let somebody act for Gracie").click()
    carol.get_by_label("Independent broker", exact=True).check()
    carol.get_by_label("Organisation", exact=True).select_option(label=LIGHTHOUSE)
    fill_day(carol, "First day", starts_on)
    fill_day(carol, "Last day", last_day)
    carol.get_by_label("What is it based on?").fill("Agreed with Gracie on the telephone")
    carol.get_by_role("button", name="Let them act").click()
    expect(carol.get_by_text("The authority is given.")).to_be_visible()


def _standing(carol: Page) -> Locator:
    """The line of the broker's authority that has not ended."""
    return carol.get_by_role("row").filter(has_text=LIGHTHOUSE).filter(has_not_text="Ended")


def _ends_authority(carol: Page) -> None:
    _standing(carol).get_by_role("link", name="End").click()
    carol.get_by_label("Now", exact=True).check()
    carol.get_by_role("button", name="End it").click()
    expect(carol.get_by_text("The end of the authority is noted.")).to_be_visible()
    expect(_standing(carol)).to_have_count(0)
