"""Journey 18, moving on: off a service of the council's own, and to a relative whom the council lets be paid."""

from collections.abc import Iterator
from datetime import time

import pytest
from playwright.sync_api import Browser, Page, expect

from marketplace.bookings.commands import book
from marketplace.kernel import clock, formats
from tests.journeys.bad_week import DAN, EMMA, day_in, money_of, to_week_of
from tests.journeys.beginning import CAROL, ISF, Story, menu
from tests.journeys.looking import looks_well
from tests.journeys.month import finds
from tests.journeys.steps import step
from tests.journeys.visitors import Scripts, Visitors, fill_day, heading
from tests.site import Site

MANAGED = "Money the council manages"


@pytest.fixture
def telephone(browser: Browser, site: Site) -> Iterator[Visitors]:
    """The person's telephone, without JavaScript."""
    visitors = Visitors(browser, site, Scripts.OFF)
    yield visitors
    visitors.close()


# --- Off a service of the council's own --------------------------------------------------------------------------

NEAR, MOVES, FAR = 3, 5, 6


async def _at_vivo(people: Visitors) -> None:
    """Emma goes to woodwork at Vivo, the council's own, in three days and in six; Pettypool has a garden group."""
    world = people.site.world
    woodwork = await world.activity(world.in_house_manager, title="Woodwork", price="25.00")
    for days in (NEAR, FAR):
        session = await world.session(woodwork, manager=world.in_house_manager, day=day_in(days))
        await book(world.care_manager, session, world.emma_managed)
    await world.session(await world.activity(price="30.00"), day=day_in(FAR + 1))


@pytest.mark.row("B8")
def test_somebody_moves_off_the_councils_own_service_when_they_were_asked(
    people: Visitors, telephone: Visitors
) -> None:
    managed = people.site.world.emma_managed
    emma = Story(people, EMMA, "Emma", telephone=telephone)
    people.site.run(lambda: _at_vivo(people))
    assert money_of(people, managed) == (55_000, 5_000, 0)
    _another_holder_waits(emma)
    _carol_starts(emma)
    _emma_is_asked_to_think(emma)
    _carol_records_the_talk(people)
    _carol_agrees_and_moves(people)
    assert money_of(people, managed) == (57_500, 2_500, 0)
    _carol_books_instead(people)
    _emma_is_told(emma)
    _emma_sees_her_weeks(emma)
    assert money_of(people, managed) == (54_500, 5_500, 0)


def _another_holder_waits(emma: Story) -> None:
    with step(
        "Carol wants to give the money to Lighthouse: refused while Emma goes to Vivo, with the way that is open"
    ):
        page = emma.hub(CAROL, "Budget")
        page.get_by_role("button", name="Change who holds the money").click()
        page.get_by_role("group", name="Which part of the money?").get_by_label(MANAGED).check()
        page.get_by_role("group", name="How is it held then?").get_by_label(ISF).check()
        page.get_by_label("ISF: organisation that holds it").select_option(label="Lighthouse Brokerage")
        page.get_by_role("button", name="Continue").click()
        fill_day(page, "First day with the new holder", day_in(MOVES))
        page.get_by_label("Why?").fill("Emma wants to be outside more.")
        page.get_by_role("button", name="Continue").click()
        refusal = page.get_by_role("alert")
        expect(refusal).to_contain_text("it has bookings at the council’s own service")
        expect(refusal).to_contain_text("it needs a recorded consultation with the person")
        looks_well(page)


def _carol_starts(emma: Story) -> None:
    with step(
        "she finds Emma among those who go to a service of the council, and starts the move with its reason"
    ):
        page = emma.as_(CAROL)
        menu(page, "Council")
        page.get_by_role("link", name="Moves off the council’s own services").click()
        expect(heading(page)).to_contain_text("Who moves off a service of our own?")
        looks_well(page)
        page.get_by_role("row").filter(has_text="Vivo Care Choices").get_by_role("link").first.click()
        page.get_by_label("Vivo Care Choices").check()
        page.get_by_label("Why is a move thought of?").fill("Emma wants to be outside more.")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.get_by_text("The move is started. Talk with the person first.")).to_be_visible()
    with step(
        "nobody is moved before the talk: there is no button to agree or to make it, and the page says why"
    ):
        expect(page.get_by_role("main")).to_contain_text("Before that no move can be agreed or made.")
        expect(page.get_by_role("button", name="Agree the move")).to_have_count(0)
        expect(page.get_by_role("button", name="Make the move")).to_have_count(0)
        looks_well(page)


def _emma_is_asked_to_think(emma: Story) -> None:
    with step("Emma’s own page asks her to think about it; she reads it in Easy Read on her telephone"):
        page = emma.own()
        page.get_by_role("link", name="Think about what you want instead of Vivo Care Choices").click()
        page.get_by_role("link", name="Easy Read").click()
        for words in ("Somebody will talk with you first.", "Nothing changes before that."):
            expect(page.get_by_role("main")).to_contain_text(words)


def _emma_is_told(emma: Story) -> None:
    with step("Emma is told that she has moved"):
        page = emma.hub(EMMA, "Messages")
        told = page.get_by_role("row").filter(has_text="Your move is made").filter(has_text=EMMA)
        told.locator("summary").click()
        told.get_by_role("link", name="Look at it").click()
        expect(page.get_by_role("main")).to_contain_text("You have moved.")


def _carol_records_the_talk(people: Visitors) -> None:
    with step(
        "Carol records the talk: without what Emma said, and by whom, it is refused and nothing typed is lost"
    ):
        page = people.as_(CAROL)
        page.get_by_label("Who held the consultation?").fill("Wanda Worker")
        fill_day(page, "When?", clock.today())
        page.get_by_label("Who else was there?").fill("Emma’s sister")
        page.get_by_role("button", name="Record the consultation").click()
        refusal = page.get_by_role("alert")
        for lack in ("Choose what they are", "Write what the person said, in their own words"):
            expect(refusal).to_contain_text(lack)
        expect(page.get_by_label("Who held the consultation?")).to_have_value("Wanda Worker")
    with step("a trusted assessor held it; Emma’s view is in her words"):
        page.get_by_label("Trusted assessor").check()
        page.get_by_label("What did the person say, in their own words?").fill(
            "I like Vera. I want to be outside."
        )
        page.get_by_label("How was it made easy to follow and to answer?").fill("Pictures, and a visit.")
        page.get_by_label("What was decided?").fill("Emma tries the garden group.")
        page.get_by_role("button", name="Record the consultation").click()
        expect(page.get_by_text("What was said is recorded.")).to_be_visible()
        for told in ("Wanda Worker, trusted assessor", "I like Vera. I want to be outside."):
            expect(page.get_by_role("main")).to_contain_text(told)
        looks_well(page)


def _carol_agrees_and_moves(people: Visitors) -> None:
    with step("she agrees the first day elsewhere with a plan, and makes the move"):
        page = people.as_(CAROL)
        fill_day(page, "First day elsewhere", day_in(MOVES))
        page.get_by_label("What does the person do instead, and who helps?").fill(
            "The garden group, with Brenda."
        )
        page.get_by_role("button", name="Agree the move").click()
        expect(page.get_by_text("The move is agreed. It is made when you say so.")).to_be_visible()
        looks_well(page)
        page.get_by_role("button", name="Make the move").click()
        expect(page.get_by_text("The move is made. 1 booking given back.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("£25.00 left again")
        looks_well(page)


def _carol_books_instead(people: Visitors) -> None:
    with step("she books what is suggested instead, from the same money"):
        page = people.as_(CAROL)
        page.get_by_role("link", name="What instead of Woodwork").click()
        looks_well(page)
        page.get_by_role("link", name="Garden group").click()
        expect(page.get_by_role("region", name="Your money")).to_contain_text("£545.00")
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_text(f"Garden group is booked. £545.00 is left in {MANAGED}.")).to_be_visible()


def _emma_sees_her_weeks(emma: Story) -> None:
    with step(
        "Emma’s own weeks have the woodwork before the move, and the garden group instead of the one after"
    ):
        for days, title in ((NEAR, "Woodwork"), (FAR + 1, "Garden group")):
            page = emma.own()
            page.get_by_role("button", name="Open the week").click()
            to_week_of(page, day_in(days))
            expect(page.get_by_role("main")).to_contain_text(title)
        expect(emma.own().get_by_role("main")).to_contain_text("£545.00")


# --- A close relative --------------------------------------------------------------------------------------------


@pytest.mark.row("Y4")
def test_a_direct_payment_pays_a_relative_when_the_council_agreed(
    people: Visitors, telephone: Visitors
) -> None:
    world = people.site.world
    dan = Story(people, DAN, "Dan", telephone=telephone)

    async def garden() -> None:
        await world.session(await world.activity(), day=day_in(3), at=time(10))

    people.site.run(garden)
    _dan_declares(dan)
    _it_cannot_be_booked(dan)
    assert money_of(people, world.dan_direct) == (50_000, 0, 0)
    _carol_agrees(people)
    _dan_books(dan)
    assert money_of(people, world.dan_direct) == (46_150, 3_850, 0)


def _dan_declares(dan: Story) -> None:
    with step("Dan says on his telephone that his wife runs Pettypool"):
        page = dan.hub(DAN, "Relatives who sell support")
        page.get_by_role("button", name="Declare a relative").click()
        page.get_by_label("Name of the seller").fill("Pettypool")
        page.get_by_label("Name of the relative").fill("Kim Reed")
        page.get_by_label("Husband, wife or partner").check()
        page.get_by_role("group", name="same household").get_by_label("Yes").check()
        page.get_by_role("button", name="Declare them").click()
        expect(page.get_by_text("It is noted. The council sees it.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Waits for the council")


def _at_the_garden_group(dan: Story) -> Page:
    page = dan.own()
    finds(page, "Garden group")
    return page


def _it_cannot_be_booked(dan: Story) -> None:
    with step("the garden group says why his direct payment cannot pay, and whom to ask"):
        page = _at_the_garden_group(dan)
        main = page.get_by_role("main")
        expect(main).to_contain_text(
            "the seller is declared as a close relative and the council has not agreed"
        )
        expect(main).to_contain_text("You can ask the care manager to agree")


def _carol_agrees(people: Visitors) -> None:
    with step("Carol finds it on her list; without a reason it is not recorded"):
        page = people.as_(CAROL)
        menu(page, "Council")
        page.get_by_role("link", name="1 relative who sells to decide about").click()
        page.get_by_role("main").get_by_role("link", name=DAN).click()
        expect(heading(page)).to_contain_text("May the direct payment pay this relative?")
        looks_well(page)
        page.get_by_label("Yes, it is needed").check()
        page.get_by_role("button", name="Record the decision").click()
        expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
        expect(page.get_by_label("Yes, it is needed")).to_be_checked()
    with step("she records that the council agrees, and why"):
        page.get_by_role("group", name="Does the council agree").locator("xpath=ancestor::form").get_by_label(
            "Why?"
        ).fill("Nobody else near him signs.")
        page.get_by_role("button", name="Record the decision").click()
        expect(page.get_by_text("The decision is recorded.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("The council agreed")
        looks_well(page)


def _dan_books(dan: Story) -> None:
    with step("Dan reads that the council agreed, and why"):
        page = dan.hub(DAN, "Relatives who sell support")
        expect(page.get_by_role("main")).to_contain_text("Nobody else near him signs.")
    with step("now the garden group can be booked, and his money says so"):
        page = _at_the_garden_group(dan)
        page.get_by_role("button", name="Book").first.click()
        page.get_by_role("button", name="Go on to pay").click()
        page.get_by_role("button", name="Book, and pay by bank transfer").click()
        expect(page.get_by_text("The place is booked.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(formats.day(day_in(3)))
        expect(dan.own().get_by_role("main")).to_contain_text("£461.50")
