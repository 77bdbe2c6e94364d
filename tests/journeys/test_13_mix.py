"""Journey 13: one budget, two ways: a direct payment and an ISF, from the budget to two statements."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from marketplace.kernel import clock, formats
from tests.journeys.beginning import (
    BRENDA,
    CAROL,
    DIRECT,
    ISF,
    Story,
    finds_needs,
    gives_budget,
    meets,
    second_finance_officer,
    signed_up,
)
from tests.journeys.month import (
    attends,
    bills,
    books,
    garden_today,
    month_ends,
    pays_bill,
    pays_in,
    reads_statement,
)
from tests.journeys.planning import (
    GARDEN,
    Item,
    drafts_agreement,
    names_account,
    sends_plan,
    signs,
    turns_all_keys,
    writes_plan,
)
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading

MO = "Mo Mixture"
HARBOURS = "ISF with Harbour Brokerage"
WALK = Item("A walk", DIRECT, "15.00", times="2", kind="Walks and trips")


@pytest.mark.row("F3")
@pytest.mark.row("F5")
@pytest.mark.row("SP1")
@pytest.mark.row("I5")
def test_a_mix_of_two_ways_from_the_budget_to_the_statements(people: Visitors) -> None:
    signed_up(people, MO)
    second_finance_officer(people)
    garden_today(people)
    mo = meets(people, MO, "Mo", needs="Short sentences")
    finds_needs(mo, "Help to get out", "I want to choose my own days")
    gives_budget(mo, {DIRECT: "40", ISF: "60"}, council="100", weeks=12, holder=MO)
    plan = writes_plan(mo, CAROL, GARDEN, WALK)
    sends_plan(plan)
    turns_all_keys(mo)
    drafts_agreement(mo, fund=HARBOURS, fee="1.50")
    drafts_agreement(mo, fund="Direct payment")
    for who in (MO, CAROL, BRENDA):
        signs(mo, who, fund=HARBOURS)
    names_account(mo)
    for who in (MO, CAROL):
        signs(mo, who, fund="Direct payment")
    pays_in(mo)
    books(mo, BRENDA, "Garden group", fund=HARBOURS)
    attends(mo)
    bills(mo)
    pays_bill(mo, BRENDA, "£38.50")
    _money_goes_to_another_holder(mo)
    month_ends(people)
    reads_statement(mo, "£38.50", row=HARBOURS)
    with step("there is a statement of the other money too, and nothing of it was used"):
        page = mo.hub(MO, "Statements")
        month = formats.month(clock.today())
        page.get_by_role("main").get_by_role("link", name=month).filter(
            has_text="Direct payment"
        ).first.click()
        expect(page.get_by_role("main")).not_to_contain_text("£38.50")


def _money_goes_to_another_holder(mo: Story) -> None:
    with step("Carol gives the direct payment to Lighthouse from a day in four weeks: first what that does"):
        page = mo.hub(CAROL, "Budget")
        page.get_by_role("button", name="Change who holds the money").click()
        page.get_by_role("group", name="Which part of the money?").get_by_label("Direct payment").check()
        page.get_by_role("group", name="How is it held then?").get_by_label(ISF).check()
        page.get_by_label("ISF: organisation that holds it").select_option(label="Lighthouse Brokerage")
        page.get_by_role("button", name="Continue").click()
        day = clock.today() + timedelta(weeks=4)
        fill_day(page, "First day with the new holder", day)
        page.get_by_label("Why?").fill("Mo does not want to do the papers any more.")
        page.get_by_role("button", name="Continue").click()
        expect(heading(page)).to_contain_text("Check before the money goes to somebody else")
        expect(page.get_by_role("main")).to_contain_text("£320.00")
        page.get_by_role("button", name="Give the money to the new holder").click()
    with step("eight weeks of £40 go on there, four stay: nothing is funded twice"):
        page = mo.hub(MO, "Budget")
        main = page.get_by_role("main")
        expect(main).to_contain_text("ISF with Lighthouse Brokerage")
        for version in ("£400.00, that is £100.00 a week", "£800.00, that is £100.00 a week"):
            expect(main).to_contain_text(version)
        expect(page.get_by_role("row").filter(has_text="Direct payment").first).to_contain_text("£160.00")
        expect(page.get_by_role("row").filter(has_text="Lighthouse").first).to_contain_text("£320.00")
