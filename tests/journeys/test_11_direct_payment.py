"""Journey 11: from budget to statement with a direct payment, on the person's own telephone without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.beginning import (
    CAROL,
    DIRECT,
    Story,
    assesses_money,
    finds_needs,
    gives_budget,
    meets,
    menu,
    second_finance_officer,
    signed_up,
)
from tests.journeys.keyboard import press, tab_to
from tests.journeys.month import (
    attends,
    bills,
    finds,
    garden_today,
    month_ends,
    pays_bill,
    pays_in,
    reads_statement,
)
from tests.journeys.planning import (
    Item,
    drafts_agreement,
    names_account,
    names_helper,
    signs,
    turns_all_keys,
    writes_plan,
)
from tests.journeys.steps import step
from tests.journeys.visitors import Scripts, Visitors, heading
from tests.site import Site

PIP = "Pip Parker"
WALKS = Item("A walk with Sam", DIRECT, "15.00", times="2", kind="Walks and trips")
WHY = "It is my friend’s birthday, and we want to go together."


@pytest.fixture
def telephone(browser: Browser, site: Site) -> Iterator[Visitors]:
    """Pip's browser: nothing runs in it."""
    visitors = Visitors(browser, site, Scripts.OFF)
    yield visitors
    visitors.close()


@pytest.mark.row("F3")
@pytest.mark.row("F7")
@pytest.mark.row("SP2")
@pytest.mark.row("SP3")
@pytest.mark.row("Y1")
@pytest.mark.row("A1")
def test_a_direct_payment_from_the_budget_to_the_statement(people: Visitors, telephone: Visitors) -> None:
    signed_up(people, PIP)
    second_finance_officer(people)
    garden_today(people, title="Garden party")
    pip = meets(people, PIP, "Pip", needs="Text messages rather than calls")
    pip.telephone = telephone
    finds_needs(pip, "Help to be active", "I want to walk in the woods each week")
    assesses_money(pip, "5.00")
    gives_budget(pip, {DIRECT: "80"}, council="80", weeks=26)
    _sees_that_it_is_locked(pip)
    plan = writes_plan(pip, PIP, WALKS)
    with step("Pip says that the sister helped, and sends the plan by the keyboard alone"):
        names_helper(plan, "Family", "Sally Sister", "Typed what I said")
        _sends_by_keyboard(plan)
    turns_all_keys(pip)
    drafts_agreement(pip)
    names_account(pip)
    _signs_by_keyboard(pip)
    signs(pip, CAROL)
    pays_in(pip)
    _books_outside_the_plan(pip)
    _carol_sees_why(pip)
    attends(pip)
    bills(pip)
    pays_bill(pip, PIP, "£38.50")
    _puts_own_money_on_top(pip)
    month_ends(people)
    reads_statement(pip, "£38.50", "£25.00")


def _sees_that_it_is_locked(pip: Story) -> None:
    with step("Pip's own page says what is there, that it is locked, and what to do"):
        page = pip.own()
        main = page.get_by_role("main")
        expect(main).to_contain_text("£2,080.00")
        expect(main).to_contain_text("This money is locked")
        expect(page.get_by_role("region", name="What you must do").get_by_role("link").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def _sends_by_keyboard(page: Page) -> None:
    expect(heading(page)).to_contain_text("Pip’s plan")
    page.wait_for_load_state()
    tab_to(page, "Send it for its keys")
    press(page, "Enter")
    expect(page.get_by_text("Nothing is missing.")).to_be_visible()
    tab_to(page, "Send it for its keys")
    press(page, "Enter")
    expect(page.get_by_text("The plan is sent. It waits for its keys now.")).to_be_visible()


def _signs_by_keyboard(pip: Story) -> None:
    with step("Pip's page says that there is something to sign; Pip does it by the keyboard alone"):
        page = pip.own()
        tab_to(page, "Read and sign the agreement")
        press(page, "Enter")
        expect(heading(page)).to_contain_text("Do you agree to this?")
        tab_to(page, "agree to it")
        press(page, "Space")
        tab_to(page, "Sign")
        press(page, "Enter")
        expect(page.get_by_text("You have signed this agreement.")).to_be_visible()


def _books_outside_the_plan(pip: Story) -> None:
    with step("Pip books something that is not in the plan: without a reason it is not booked"):
        page = pip.own()
        finds(page, "Garden party")
        page.get_by_role("button", name="Book").first.click()
        expect(page.get_by_role("heading", name="This is not in the plan")).to_be_visible()
        page.get_by_role("button", name="Go on to pay").click()
        expect(page.get_by_role("alert")).to_contain_text("Write why this is booked")
    with step("with a reason Pip books it, to be paid by bank transfer"):
        page.get_by_label("Why is it booked?").fill(WHY)
        page.get_by_role("button", name="Go on to pay").click()
        page.get_by_role("button", name="Book, and pay by bank transfer").click()
        expect(page.get_by_text("The place is booked.")).to_be_visible()
    with step("the own page says what is booked this week and what is left"):
        page = pip.own()
        expect(page.get_by_role("main")).to_contain_text("£38.50")
        expect(page.get_by_role("region", name="Direct payment", exact=True)).to_contain_text(
            "£2,041.50 left"
        )


def _carol_sees_why(pip: Story) -> None:
    with step("Carol sees what is booked outside the plan, and why"):
        page = pip.as_(CAROL)
        menu(page, "Council")
        page.get_by_role("link", name="booking outside a plan").click()
        expect(page.get_by_role("main")).to_contain_text(WHY)
        page.get_by_role("button", name="I have seen it").filter(has_text=PIP).click()
        expect(page.get_by_text("Nothing new is booked outside a plan.")).to_be_visible()


def _puts_own_money_on_top(pip: Story) -> None:
    with step("Pip puts own money on top: it stays Pip's"):
        page = pip.hub(PIP, "Contribution")
        page.get_by_role("link", name="Own money").click()
        page.get_by_label("Amount").fill("25")
        page.get_by_label("Note").fill("From my birthday")
        page.get_by_role("button", name="Note it").click()
        expect(page.get_by_role("main")).to_contain_text("£25.00 of own money is left")
