"""Journey 10: from the first meeting to a statement, with an ISF that Harbour holds."""

import pytest
from playwright.sync_api import expect

from tests.journeys.beginning import (
    BRENDA,
    CAROL,
    FIONA,
    ISF,
    Story,
    assesses_money,
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
    drafts_agreement,
    names_helper,
    sends_plan,
    signs,
    turns_all_keys,
    writes_plan,
)
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors

NORA = "Nora North"


@pytest.mark.row("F1")
@pytest.mark.row("F2")
@pytest.mark.row("F6")
@pytest.mark.row("SP1")
@pytest.mark.row("SP3")
@pytest.mark.row("I1")
@pytest.mark.row("I2")
@pytest.mark.row("I5")
def test_an_isf_from_the_first_meeting_to_the_statement(people: Visitors) -> None:
    signed_up(people, NORA)
    second_finance_officer(people)
    session = garden_today(people)
    nora = meets(people, NORA, "Nora", needs="Large print, and time to answer")
    finds_needs(nora, "Help to meet people", "I want to grow tomatoes with my friends")
    assesses_money(nora, "10.00")
    gives_budget(nora, {ISF: "60"}, council="50", own="10")
    _money_is_locked(nora, session)
    plan = writes_plan(nora, BRENDA, GARDEN, own_part=True)
    with step("Brenda names who helped, and sends the plan"):
        names_helper(plan, "Broker", BRENDA, "Asked the questions and wrote down the answers")
        sends_plan(plan)
    _author_turns_no_key(nora)
    turns_all_keys(nora)
    drafts_agreement(nora, fee="2.00")
    for who in (NORA, CAROL, BRENDA):
        signs(nora, who)
    pays_in(nora)
    books(nora, BRENDA, "Garden group")
    attends(nora)
    bills(nora)
    pays_bill(nora, BRENDA, "£38.50")
    month_ends(people)
    reads_statement(nora, "£38.50")


def _money_is_locked(story: Story, session: object) -> None:
    with step("Brenda sees the money on her desk, and why she cannot book yet"):
        page = story.hub(BRENDA)
        page.get_by_role("link", name="ISF with Harbour Brokerage").click()
        expect(page.get_by_role("heading", name="Locked until the plan is agreed")).to_be_visible()
        page = story.people.go(BRENDA, f"{story.record}/book/{session}")
        expect(page.get_by_role("heading", name="You cannot book this")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("the plan")


def _author_turns_no_key(story: Story) -> None:
    with step("Brenda, who wrote it, is offered no key; Fiona only the one about money"):
        page = story.hub(BRENDA, "Plan")
        expect(page.get_by_role("main")).to_contain_text(
            "Waits for a care manager who did not write the plan."
        )
        expect(page.get_by_role("link", name="Meets the needs")).to_have_count(0)
        page = story.hub(FIONA, "Plan")
        expect(page.get_by_role("link", name="Fits the money")).to_be_visible()
        expect(page.get_by_role("link", name="Meets the needs")).to_have_count(0)
