"""Journey 12: support that cannot wait, then a plan, with money that the council manages itself."""

from datetime import time, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from marketplace.kernel import clock
from tests.journeys.beginning import (
    CAROL,
    FIONA,
    MANAGED,
    Story,
    finds_needs,
    gives_budget,
    meets,
    signed_up,
)
from tests.journeys.month import attends, bills, books, garden_today, month_ends, pays_bill, reads_statement
from tests.journeys.planning import Item, names_helper, sends_plan, turns_all_keys, writes_plan
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors

UMA = "Uma Underhill"
CARE = Item("Garden group", "Money the council manages", "38.50", kind="Gardening")


@pytest.mark.row("F3")
@pytest.mark.row("SP3")
@pytest.mark.row("SP6")
@pytest.mark.row("I5")
def test_urgent_support_and_then_a_plan_with_money_that_the_council_manages(people: Visitors) -> None:
    signed_up(people, UMA)
    garden_today(people)
    uma = meets(people, UMA, "Uma", needs="Speaks Polish; an interpreter for letters")
    _support_cannot_wait(uma)
    finds_needs(uma, "Help in the house", "I want to stay in my own home")
    gives_budget(uma, {MANAGED: "120"}, council="120")
    plan = writes_plan(uma, CAROL, CARE)
    with step("Carol, who wrote it with Uma, sends it; she cannot turn a key on it"):
        names_helper(plan, "Friend", "Zofia Zielona", "Interpreted")
        sends_plan(plan)
        expect(plan.get_by_role("link", name="Meets the needs")).to_have_count(0)
    turns_all_keys(uma)
    _urgent_support_has_ended(uma)
    attends(uma)
    _tea_dance_tomorrow(people)
    books(uma, CAROL, "Tea dance")
    bills(uma)
    pays_bill(uma, FIONA, "£38.50")
    month_ends(people)
    with step("Uma reads what became of the urgent support"):
        page = uma.hub(UMA, "Statements")
        line = page.get_by_role("main").get_by_role("row").filter(has_not_text="£6,228.00")
        line.get_by_role("link").first.click()
        expect(page.get_by_role("main")).to_contain_text("£38.50")
    reads_statement(uma, "£6,228.00", row="£6,228.00")


def _support_cannot_wait(uma: Story) -> None:
    with step("Carol arranges support at once, with a last day"):
        page = uma.hub(CAROL, "Support that cannot wait")
        page.get_by_label("Why can it not wait?").fill("Her husband went to hospital last night.")
        page.get_by_label("How much, in all?").fill("400")
        page.get_by_role("button", name="Arrange it").click()
        expect(page.get_by_text("It is arranged. The money can be booked now.")).to_be_visible()
    with step("Uma reads on her own page that money is there, without any plan"):
        page = uma.own()
        expect(page.get_by_role("main")).to_contain_text("£400.00")
        expect(page.get_by_role("main")).not_to_contain_text("locked")
    books(uma, CAROL, "Garden group")


def _urgent_support_has_ended(uma: Story) -> None:
    with step("with the plan agreed, the urgent support has ended; what was booked stays booked"):
        page = uma.hub(CAROL, "Support that cannot wait")
        expect(page.get_by_role("main")).to_contain_text("plan is agreed")
        expect(page.get_by_role("button", name="End it now")).to_have_count(0)
        page = uma.hub(CAROL)
        page.get_by_role("link", name="Uma’s week").click()
        expect(page.get_by_role("row").filter(has_text="Garden group")).to_contain_text("Booked")


def _tea_dance_tomorrow(people: Visitors) -> None:
    world = people.site.world

    async def make() -> UUID:
        activity = await world.activity(title="Tea dance", price="12.00")
        return await world.session(activity, day=clock.today() + timedelta(days=1), at=time(14))

    people.site.run(make)
