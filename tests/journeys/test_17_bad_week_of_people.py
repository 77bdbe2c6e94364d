"""Journey 17, what a bad week is for people: a stay in hospital amid a series, and the last place given up late."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from marketplace.bookings.commands import book
from marketplace.bookings.refills import waive_refilled
from marketplace.kernel import clock, db, formats
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from tests.journeys.bad_week import DAN, EMMA, ISF, SALLY, day_in, money_of, to_week_of
from tests.journeys.beginning import BRENDA, PETRA, Story, menu
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading


@pytest.fixture
def emma(people: Visitors) -> Story:
    """Emma has an ISF with £1,000.00."""
    return Story(people, EMMA, "Emma")


# --- A person is in hospital in the middle of a series -----------------------------------------------------------


SIX = (0, 7, 14, 21, 28, 35)


async def _six_weeks(people: Visitors) -> UUID:
    """A garden group for £40.00 from later today, the same day and time in six weeks; answers the activity."""
    world = people.site.world
    garden = await world.activity(price="40.00")
    first = await world.session_today(garden)
    row = await db.fetch_one("SELECT starts_at, ends_at FROM activity_session WHERE id = $1", first)
    assert row is not None
    starts_at = row["starts_at"].astimezone(clock.LONDON)
    minutes = int((row["ends_at"] - row["starts_at"]).total_seconds()) // 60
    for days in SIX[1:]:
        await world.session(garden, day=day_in(days), at=starts_at.time(), minutes=minutes)
    return garden


@pytest.mark.row("B7")
def test_hard_case_4_a_person_in_hospital_in_the_middle_of_a_series(people: Visitors, emma: Story) -> None:
    isf = people.site.world.emma_isf
    people.site.run(lambda: _six_weeks(people))
    _petra_keeps_places(people)
    _brenda_books_a_series(people, emma)
    assert money_of(people, isf) == (76_000, 24_000, 0)
    _brenda_pauses(people, emma)
    with step("two places are kept and still hold their money; two are given back"):
        assert money_of(people, isf) == (84_000, 16_000, 0)
    _the_register_charges_the_share(people)
    with step("a quarter of £40.00 is owed for the kept place, and the rest is left"):
        assert money_of(people, isf) == (87_000, 12_000, 1_000)
    _emma_comes_back_early(people, emma)
    with step("in all £10.00 is owed, and five dates are booked"):
        assert money_of(people, isf) == (79_000, 20_000, 1_000)


def _petra_keeps_places(people: Visitors) -> None:
    with step("Petra says what keeping a place costs: a quarter, for two weeks"):
        page = people.as_(PETRA)
        menu(page, "Activities")
        page.get_by_role("main").get_by_role("link", name="Garden group").click()
        page.get_by_role("main").get_by_role("link", name="Keeping places").click()
        page.get_by_label("Yes").check()
        page.get_by_label("Share of the price for each date").fill("25")
        page.get_by_label("For how many weeks at most").fill("2")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("What keeping a place costs is saved.")).to_be_visible()


def _brenda_books_a_series(people: Visitors, emma: Story) -> None:
    with step("Brenda books six weeks of it for Emma, and sees every date before"):
        page = emma.hub(BRENDA)
        page.get_by_role("link", name="Emma’s week").first.click()
        page.get_by_role("link", name=f"Add something on {formats.day(day_in(0))}").click()
        page.get_by_role("link", name="Garden group").click()
        page.get_by_role("button", name="Book").first.click()
        page.get_by_role("link", name="Book more dates of this at once").click()
        page.get_by_label("Every week").check()
        fill_day(page, "Until which day?", day_in(35))
        page.get_by_role("button", name="See what each date comes to").click()
        money = page.get_by_role("region", name="Your money")
        for words in ("6 dates", "£240.00", "£760.00"):
            expect(money).to_contain_text(words)
        looks_well(page)
        page.get_by_role("button", name="Book 6 dates").click()
        expect(heading(page)).to_contain_text("Which dates of Garden group are booked?")
        looks_well(page)


def _brenda_pauses(people: Visitors, emma: Story) -> None:
    with step(
        "Emma is in hospital: Brenda says from when to when, and what each date then comes to is shown"
    ):
        page = emma.hub(BRENDA, "Pauses")
        page.get_by_role("button", name="Pause support").click()
        page.get_by_label("In hospital").check()
        fill_day(page, "First day", day_in(0))
        fill_day(page, "Last day", day_in(27))
        page.get_by_label("Yes, where that is agreed").check()
        looks_well(page)
        page.get_by_role("button", name="Show what this does").click()
        expect(heading(page)).to_contain_text("Is this what the pause should do?")
        for days, fate, cost in (
            (0, "The place is kept", "£10.00"),
            (7, "The place is kept", "£10.00"),
            (14, "The place is given back", "£0.00"),
            (21, "The place is given back", "£0.00"),
        ):
            row = page.get_by_role("row").filter(has_text=formats.day(day_in(days)))
            expect(row).to_contain_text(fate)
            expect(row).to_contain_text(cost)
        expect(page.get_by_role("main")).not_to_contain_text(formats.day(day_in(28)))
        looks_well(page)
        assert money_of(people, people.site.world.emma_isf) == (76_000, 24_000, 0), "nothing is changed yet"
    with step("she records it"):
        page.get_by_role("button", name="Pause support for £20.00").click()
        expect(page.get_by_text("The pause is recorded.")).to_be_visible()
        looks_well(page)


def _the_register_charges_the_share(people: Visitors) -> None:
    with step("Petra sees that the place is kept, not why, and what is charged when Emma does not come"):
        page = people.as_(PETRA)
        menu(page, "Today")
        register = page.get_by_role("group", name=EMMA)
        expect(register).to_contain_text("The place is kept")
        expect(register).to_contain_text("£10.00")
        expect(register).not_to_contain_text("hospital")
        looks_well(page)
    with step("“everybody else came” is not said of somebody whose support rests"):
        page.get_by_role("button", name="Everybody else came").click()
        expect(page.get_by_text("0 of 1 person recorded.")).to_be_visible()
    with step("she records that Emma did not come"):
        page.get_by_role("group", name=EMMA).get_by_role("radio", name="Did not come").check()
        page.get_by_role("button", name="Save register").click()
        expect(page.get_by_text("The register is filled in: 1 person.")).to_be_visible()


def _emma_comes_back_early(people: Visitors, emma: Story) -> None:
    with step("Emma comes home early: Brenda changes the end, and the second place is hers as before"):
        page = emma.hub(BRENDA, "Pauses")
        page.get_by_role("link", name="In hospital").click()
        fill_day(page, "Last day of the pause", day_in(5))
        page.get_by_role("button", name="Change the end").click()
        row = page.get_by_role("row").filter(has_text=formats.day(day_in(7)))
        expect(row).to_contain_text("Booked as before")
        looks_well(page)
    with step("what was given back is booked again where there is a place"):
        page.get_by_role("button", name="Book 2 dates again").click()
        expect(page.get_by_text("2 dates booked again.")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="Given back, and booked again")).to_have_count(2)
        expect(page.get_by_role("button", name="again")).to_have_count(0)
    with step("Emma reads on her own page what she has booked"):
        page = emma.own()
        expect(page.get_by_role("region", name=ISF)).to_contain_text("£790.00 left")


# --- A full date -------------------------------------------------------------------------------------------------


async def _full_tomorrow(people: Visitors) -> UUID:
    """Dan has the only place of tomorrow; answers its session."""
    world = people.site.world
    session = await world.session(day=day_in(1), capacity=1)
    await book(world.dan_user, session, world.dan_direct)
    return session


@pytest.mark.row("B3")
@pytest.mark.row("B5")
def test_hard_case_1_a_place_given_up_late_is_offered_taken_and_not_charged(
    people: Visitors, emma: Story
) -> None:
    world = people.site.world
    people.site.run(lambda: _full_tomorrow(people))
    _sally_waits(people)
    _dan_gives_up(people)
    assert money_of(people, world.dan_direct) == (48_075, 0, 1_925)
    with step("the place that became free is kept: nobody else finds one"):
        onlooker = people.anyone()
        onlooker.get_by_role("link", name="Garden group").click()
        expect(onlooker.get_by_role("main").get_by_role("listitem").filter(has_text="Full")).to_be_visible()
    _emma_takes_it(emma)
    assert money_of(people, world.emma_isf) == (96_150, 3_850, 0)

    tomorrow = day_in(1)

    async def the_night_after() -> int:
        with use_clock(FixedClock(clock.now() + timedelta(days=2))):
            return await waive_refilled(SYSTEM, tomorrow, tomorrow)

    with step("the place was taken, so Dan pays nothing"):
        assert people.site.run(the_night_after) == 1
        assert money_of(people, world.dan_direct) == (50_000, 0, 0)


def _sally_waits(people: Visitors) -> None:
    with step("Emma’s sister finds the date full, and waits"):
        page = people.as_(SALLY)
        menu(page, "My money and week")
        page.get_by_role("button", name="Find something to do").click()
        page.get_by_role("link", name="Garden group").click()
        looks_well(page)
        page.get_by_role("button", name="Wait for a place").click()
        page.get_by_role("button", name="Join the waitlist").click()
        expect(heading(page)).to_contain_text("Wait for a place in Garden group?")
        looks_well(page)
        page.get_by_role("button", name="Join the waitlist").click()
        expect(page.get_by_text("You are on the waitlist.")).to_be_visible()
        looks_well(page)


def _dan_gives_up(people: Visitors) -> None:
    with step("Dan cancels late, and sees what he pays"):
        page = people.as_(DAN)
        menu(page, "My money and week")
        page.get_by_role("button", name="Open the week").click()
        to_week_of(page, day_in(1))
        page.get_by_role("button", name="Cancel Garden group").click()
        page.get_by_label("A change of mind").check()
        page.get_by_role("button", name="Cancel the booking and pay £19.25").click()
        expect(page.get_by_role("heading", name="This booking is cancelled")).to_be_visible()


def _emma_takes_it(emma: Story) -> None:
    with step("Emma is asked on her own page, and says yes in time"):
        page = emma.own()
        page.get_by_role("region", name="What you must do").get_by_role(
            "link", name="Say yes or no to a place in Garden group"
        ).click()
        expect(heading(page)).to_contain_text("Take the place in Garden group?")
        expect(page.get_by_role("heading", name="A place is kept until")).to_be_visible()
        looks_well(page)
        page.get_by_role("button", name="Yes, book the place").click()
        expect(page.get_by_role("main")).to_contain_text("Booked")
