"""Journey 14: a budget goes down, a fund ends, and a person disagrees."""

from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from isf.agreements.jobs import JOBS
from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.kernel import clock
from tests.isf.agreements.agreed import agreed_isf
from tests.isf.payments.making import pay, second_officer
from tests.journeys.beginning import BRENDA, CAROL, CORA, FIONA, Story, menu
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.world import balances

EMMA = "Emma Example"
ISF, MANAGED = "ISF with Harbour Brokerage", "Money the council manages"


@pytest.fixture
def emma(people: Visitors) -> Story:
    """Emma has an ISF and money that the council manages."""
    return Story(people, EMMA, "Emma")


def whole(people: Visitors) -> None:
    """Every ledger is whole."""
    assert people.site.run(verify) == []


@pytest.mark.row("F2")
@pytest.mark.row("W2")
def test_a_budget_below_what_is_booked_is_settled_from_the_worklist(people: Visitors, emma: Story) -> None:
    world = people.site.world

    async def six_days_out() -> None:
        activity = await world.activity(title="Day out", price="60.00")
        for days in range(4, 10):
            session = await world.session(activity, day=clock.today() + timedelta(days=days), at=time(10))
            await book(world.broker, session, world.emma_isf)

    people.site.run(six_days_out)
    _budget_goes_down(emma)
    with step("Emma and Brenda see that more is booked than there is; nothing is cancelled"):
        page = emma.hub(EMMA, "Budget")
        expect(page.get_by_role("heading", name="More is booked than there is")).to_be_visible()
        page = emma.hub(BRENDA)
        page.get_by_role("link", name="Emma’s week").click()
        page.get_by_role("navigation", name="Weeks").get_by_role("link", name="Later week").click()
        expect(page.get_by_role("row").filter(has_text="Day out").first).to_contain_text("Booked")
    _settles_it(emma)
    whole(people)


def _budget_goes_down(emma: Story) -> None:
    with step("Carol changes the budget from today: Emma's ISF has £100 for the rest of it"):
        page = emma.hub(CAROL, "Budget")
        page.get_by_role("button", name="Change the budget").click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("For all the days together").check()
        for part, amount in ((ISF, "100"), (MANAGED, "400")):
            fields = page.get_by_role("group", name=part)
            fields.get_by_label("From the council").fill(amount)
            fields.get_by_label("From Emma").fill("0.50")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("The reason, as Emma will read it").fill("Your sister helps you on two days now.")
    with step("less than the notice is refused until Emma's agreement to it is written down"):
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_contain_text("notice")
        page.get_by_label("why did Emma agree?").fill("Emma asked for it in the meeting.")
        page.get_by_role("button", name="Continue").click()
    with step("the effect is shown in pounds before it is done"):
        expect(heading(page)).to_contain_text("Check before the budget changes")
        expect(page.get_by_role("main")).to_contain_text("£360.00 is booked there")
        expect(page.get_by_role("main")).to_contain_text("Booked, but not covered")
        page.get_by_role("button", name="Change the budget").click()


def _settles_it(emma: Story) -> None:
    with step("Carol finds it on the council's worklist, the cheapest to give up first"):
        page = emma.as_(CAROL)
        menu(page, "Council")
        page.get_by_role("link", name="fund with more booked than it has").click()
        page.get_by_role("main").get_by_role("link", name=EMMA).click()
        expect(heading(page)).to_contain_text("What can go, so that the budget covers the rest?")
        expect(page.get_by_role("main")).to_contain_text("That is enough.")
    with step("she gives up what is suggested: all that stays is covered"):
        page.get_by_role("button", name="Give up what is ticked").click()
        expect(heading(page)).to_contain_text("Everything that is booked is covered")
        held = emma.people.site.run(lambda: balances(emma.people.site.world.emma_isf))
        assert 0 <= held["available"] < 6_000
        assert held["committed"] == 24_000
        menu(page, "Council")
        expect(page.get_by_role("link", name="No funds with more booked than they have")).to_be_visible()


@pytest.mark.row("I6")
def test_a_fund_ends_and_its_money_goes_to_the_next_holder(people: Visitors, emma: Story) -> None:
    world = people.site.world

    async def paid_in() -> None:
        await agreed_isf(world)
        await pay(world, await second_officer(world))

    people.site.run(paid_in)
    _announces_the_end(emma)

    async def job() -> str:
        return await next(job for job in JOBS if job.name == "fund-exits").run()

    with step("the day is over: the job winds the fund up"):
        assert people.site.run(job).startswith("1 fund")
    _sends_the_money_on(emma)
    whole(people)
    with step("Emma has the final statement"):
        page = emma.hub(EMMA, "Statements")
        page.get_by_role("main").get_by_role("link", name="Final statement").first.click()
        expect(page.get_by_role("main")).to_contain_text("£0.00")


def _announces_the_end(emma: Story) -> None:
    with step("Carol announces that Emma's ISF ended yesterday, because another way is better"):
        page = emma.hub(CAROL, "Agreements")
        page.get_by_role("link", name="End this fund").filter(has_text=ISF).click()
        page.get_by_role("group", name="Why does it end?").get_by_label("way").first.check()
        page.get_by_label("In a sentence").fill("Emma wants the council to manage it.")
        fill_day(page, "Last day", clock.today() - timedelta(days=1))
        page.get_by_role("group", name="Who gets what is left?").get_by_label(MANAGED).check()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
        page.get_by_role("button", name="Announce the end").click()
        expect(page.get_by_text("The end of this fund is announced.")).to_be_visible()


def _sends_the_money_on(emma: Story) -> None:
    with step("Fiona, who did not announce it, sends the money on"):
        page = emma.as_(FIONA)
        menu(page, "Council")
        page.get_by_role("link", name="Funds that end").click()
        page.get_by_role("link", name=EMMA).first.click()
        page.get_by_role("button", name="Send the money on and close the fund").click()
        expect(page.get_by_text("The money is sent on, and the fund is closed.")).to_be_visible()
        expect(page.get_by_role("heading", name="Where the money went")).to_be_visible()
    with step("nothing is left in the fund that has ended"):
        held = emma.people.site.run(lambda: balances(emma.people.site.world.emma_isf))
        assert (held["available"], held["promised"], held["committed"]) == (0, 0, 0)


@pytest.mark.row("SP4")
def test_a_person_disagrees_is_answered_and_has_it_looked_at_again(emma: Story) -> None:
    with step("Emma says that the amount is not right, in her words"):
        page = emma.hub(EMMA, "Budget")
        page.get_by_role("link", name="The amount is not right").click()
        page.get_by_label("Why is it not right?").fill("The bus costs more now.")
        page.get_by_label("How much would be enough?").fill("1800")
        page.get_by_role("button", name="Tell the council").click()
        expect(page.get_by_text("The council has what you wrote.")).to_be_visible()
    with step("Carol answers by the day, and Emma asks somebody else to look"):
        _answers(emma, CAROL, "disagreement to answer", "It stays", "It covers the bus for two days.")
        page = emma.own()
        page.get_by_role("region", name="What you must do").get_by_role(
            "link", name="about the amount"
        ).click()
        expect(page.get_by_role("main")).to_contain_text("It covers the bus for two days.")
        page.get_by_label("Is there more to say?").fill("I go on three days.")
        page.get_by_role("button", name="Ask somebody else to look").click()
    with step("Carol cannot decide it herself; Cora does, and Emma agrees"):
        page = _opens(emma, CAROL, "disagreement to answer")
        expect(page.get_by_role("main")).to_contain_text("A colleague can.")
        _answers(emma, CORA, "disagreement to answer", "It changes", "Three days it is.")
        page = emma.own()
        page.get_by_role("region", name="What you must do").get_by_role(
            "link", name="about the amount"
        ).click()
        page.get_by_role("button", name="I agree with the answer").click()
        expect(page.get_by_text("You agree. This is closed.")).to_be_visible()


def _opens(emma: Story, who: str, tile: str) -> Page:
    page = emma.as_(who)
    menu(page, "Council")
    page.get_by_role("link", name=tile).click()
    page.get_by_role("main").get_by_role("link", name=EMMA).click()
    return page


def _answers(emma: Story, who: str, tile: str, outcome: str, words: str) -> None:
    page = _opens(emma, who, tile)
    page.get_by_role("group", name="Does the amount change?").get_by_label(outcome).check()
    page.get_by_label("The answer, in words").fill(words)
    page.get_by_role("button", name="Give the answer").click()
    expect(page.get_by_text("The answer is given, and the person is told.")).to_be_visible()
