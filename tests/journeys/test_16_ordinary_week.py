"""Journey 16: an ordinary week: a series, a waitlist, support that is shared, a calendar."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from isf.ledger.verify import verify
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.kernel import clock, db, formats
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import set_rate
from providers.rules import Split, SupportRatio
from tests.journeys.beginning import BRENDA, Story
from tests.journeys.looking import looks_well
from tests.journeys.month import finds
from tests.journeys.steps import step
from tests.journeys.visitors import Scripts, Visitors, heading
from tests.site import Site
from tests.world import World, balances

EMMA = "Emma Example"
ISF = "ISF with Harbour Brokerage"


@pytest.fixture
def emma(people: Visitors) -> Story:
    """Emma, whose ISF Harbour holds."""
    return Story(people, EMMA, "Emma")


@pytest.fixture
def telephone(browser: Browser, site: Site) -> Iterator[Visitors]:
    """Emma's telephone, without JavaScript."""
    visitors = Visitors(browser, site, Scripts.OFF)
    yield visitors
    visitors.close()


def whole(people: Visitors) -> None:
    """Every ledger is whole."""
    assert people.site.run(verify) == []


def in_weeks(count: int) -> date:
    """The same day of the week, some weeks from now."""
    return clock.today() + timedelta(weeks=count)


async def _choir(world: World) -> None:
    """Eight evenings: Dan has the only place of the third, and Emma is elsewhere on the fifth."""
    choir = await world.activity(title="Evening choir", price="10.00")
    nights = [
        await world.session(choir, day=in_weeks(week), at=time(18), capacity=1 if week == 3 else 8)
        for week in range(1, 9)
    ]
    await book(world.dan_user, nights[2], world.dan_direct)
    cinema = await world.activity(title="Cinema", price="5.00")
    await book(world.broker, await world.session(cinema, day=in_weeks(5), at=time(19)), world.emma_isf)


@pytest.mark.row("B2")
def test_a_series_takes_what_fits_and_says_why_the_rest_does_not(people: Visitors, emma: Story) -> None:
    people.site.run(lambda: _choir(people.site.world))
    with step(
        "Brenda asks for the choir every week, and sees what each date comes to before anything is booked"
    ):
        page = emma.hub(BRENDA)
        page.get_by_role("link", name="Emma’s week").click()
        finds(page, "Evening choir")
        page.get_by_role("link", name="Book several dates at once").click()
        expect(heading(page)).to_contain_text("Which dates of Evening choir?")
        looks_well(page)
        page.get_by_label("Every week", exact=True).check()
        page.get_by_role("button", name="See what each date comes to").click()
        expect(page.get_by_role("row").filter(has_text=formats.day(in_weeks(3)))).to_contain_text("Full")
        expect(page.get_by_role("row").filter(has_text=formats.day(in_weeks(5)))).to_contain_text("Cinema")
        expect(page.get_by_role("region", name="Your money")).to_contain_text("£935.00")
        looks_well(page)
    with step(
        "she books the six that fit; £60.00 is booked beside the cinema, and the two others keep their reason"
    ):
        page.get_by_role("button", name="Book 6 dates").click()
        expect(heading(page)).to_contain_text("Which dates of Evening choir are booked?")
        left_out = page.get_by_role("main").get_by_role("listitem")
        expect(left_out.filter(has_text=formats.day(in_weeks(3)))).to_be_visible()
        expect(left_out.filter(has_text=formats.day(in_weeks(5)))).to_be_visible()
        looks_well(page)
        held = people.site.run(lambda: balances(people.site.world.emma_isf))
        assert (held["available"], held["committed"]) == (93_500, 6_500)
    whole(people)


@pytest.mark.row("B3")
def test_a_place_that_becomes_free_is_taken_on_a_telephone_without_scripts(
    people: Visitors, telephone: Visitors, emma: Story
) -> None:
    emma.telephone = telephone
    world = people.site.world

    async def full() -> UUID:
        pottery = await world.activity(title="Pottery", price="12.50")
        evening = await world.session(pottery, day=in_weeks(1), capacity=1)
        return (await book(world.dan_user, evening, world.dan_direct)).id

    dans = people.site.run(full)
    with step("Emma finds pottery full and joins the waitlist: it costs nothing"):
        page = emma.own()
        finds(page, "Pottery")
        page.get_by_role("button", name="Wait for a place").first.click()
        page.get_by_role("button", name="Join the waitlist").click()
        expect(heading(page)).to_contain_text("Wait for a place in Pottery?")
        expect(page.get_by_role("main")).to_contain_text("You would be first in line.")
        page.get_by_role("button", name="Join the waitlist").click()
        expect(page.get_by_text("You are first in line.").first).to_be_visible()
        assert people.site.run(lambda: balances(world.emma_isf))["committed"] == 0

    async def dan_leaves() -> None:
        await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)

    with step("Dan gives his place up; it is kept for Emma, and her own page asks her"):
        people.site.run(dan_leaves)
        page = emma.own()
        page.get_by_role("link", name="Say yes or no to a place in Pottery").click()
        expect(heading(page)).to_contain_text("Take the place in Pottery?")
        expect(page.get_by_text("A place is kept until")).to_be_visible()
        expect(page.get_by_role("region", name="Your money")).to_contain_text("£987.50")
    with step("nobody else can take it meanwhile"):
        other = people.anyone()
        other.goto(people.site.url)
        other.get_by_role("main").get_by_role("link", name="Pottery", exact=True).click()
        expect(other.get_by_role("main")).to_contain_text("Full")
    with step("she says yes, and it is booked"):
        page.get_by_role("button", name="Yes, book the place").click()
        expect(page.get_by_text("Pottery is booked for £12.50.")).to_be_visible()
        held = people.site.run(lambda: balances(world.emma_isf))
        assert (held["available"], held["committed"]) == (98_750, 1_250)
    whole(people)


@pytest.mark.row("B6")
@pytest.mark.row("P3")
def test_three_people_share_a_worker_to_the_penny(people: Visitors, emma: Story) -> None:
    world = people.site.world

    async def trips() -> None:
        trip = await world.activity(title="Trip to the sea")
        await set_rate(
            world.manager, trip, world.starts_on, Money(7_000), VatCategory.EXEMPT,
            ratio=SupportRatio.ONE_TO_THREE, split=Split.SHARED,
        )  # fmt: skip
        await world.session(trip, day=in_weeks(1))
        for name in ("Ann Other", "Bob Other"):
            await world.person_with_fund(name, Route.ISF, "500.00")

    people.site.run(trips)
    stories = [emma, Story(people, "Ann Other", "Ann Other"), Story(people, "Bob Other", "Bob Other")]
    for story, share in zip(stories, ("£23.34", "£23.33", "£23.33"), strict=True):
        with step(f"Brenda books a third of the worker for {story.called}: {share}"):
            page = story.hub(BRENDA)
            page.get_by_role("link", name=f"{story.called}’s week").click()
            finds(page, "Trip to the sea")
            page.get_by_role("button", name="Book").first.click()
            page.get_by_role("radio", name="One worker for three people").check()
            page.get_by_role("button", name="Show the price for this").click()
            expect(page.get_by_role("main")).to_contain_text(share)
            if story is emma:
                looks_well(page)
            page.get_by_role("button", name="Book", exact=True).click()
            expect(page.get_by_role("main")).to_contain_text("Your part stays " + share)
    looks_well(page)
    with step("the three parts are £70.00"):
        parts = people.site.run(lambda: db.fetch_all("SELECT price_pence FROM booking ORDER BY booked_at"))
        assert [row["price_pence"] for row in parts] == [2_334, 2_333, 2_333]
    whole(people)


@pytest.mark.row("X4")
def test_a_calendar_is_made_read_and_stopped(people: Visitors, emma: Story) -> None:
    world = people.site.world

    async def booked() -> None:
        await book(world.broker, await world.session(), world.emma_isf)

    people.site.run(booked)
    with step("Emma makes a calendar for her phone; its address is shown one time"):
        page = emma.own()
        page.get_by_role("button", name="Open the week").click()
        page.get_by_role("link", name="Calendar", exact=True).click()
        expect(heading(page)).to_contain_text("Which calendars read from here?")
        page.get_by_role("radio", name="Emma").check()
        page.get_by_label("Name", exact=True).fill("My phone")
        page.get_by_role("button", name="Make it").click()
        address = page.get_by_label("Address", exact=True).input_value()
        looks_well(page)
    with step("a calendar program reads it without signing in"):
        program = people.anyone()
        answer = program.request.get(address)
        assert answer.headers["content-type"].startswith("text/calendar")
        assert "SUMMARY:Garden group" in answer.text()
    with step("Emma stops it: nothing reads it any more"):
        page.get_by_role("link", name="Calendars").first.click()
        looks_well(page)
        page.get_by_role("button", name="Stop My phone").click()
        expect(page.get_by_role("main")).to_contain_text("Stopped")
        assert program.request.get(address).status in (404, 410)
