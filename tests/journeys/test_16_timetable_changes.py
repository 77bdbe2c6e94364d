"""Journey 16, a timetable and a price that change: who moves, who is offered something else, who pays what."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from marketplace.bookings.commands import book
from marketplace.kernel import db, formats
from marketplace.kernel.clock import from_wall
from providers.commands import TimetableDraft, Weekday, create_timetable
from providers.timetables.rules import BankHolidays
from tests.journeys.bad_week import DAN, EMMA, ISF, day_in, money_of
from tests.journeys.beginning import BRENDA, PETRA, Story, menu
from tests.journeys.looking import looks_well
from tests.journeys.month import finds
from tests.journeys.servers import run_job
from tests.journeys.steps import step
from tests.journeys.visitors import Scripts, Visitors, fill_day, heading
from tests.site import Site

COLIN = "Colin Commissioner"


@pytest.fixture
def telephone(browser: Browser, site: Site) -> Iterator[Visitors]:
    """Dan's telephone, without JavaScript."""
    visitors = Visitors(browser, site, Scripts.OFF)
    yield visitors
    visitors.close()


# --- This and following --------------------------------------------------------------------------------------------

FIRST, SECOND, THIRD, FOURTH = (8 + 7 * week for week in range(4))


def _at(days: int, hour: int) -> str:
    """A date of the garden group as pages say it; it lasts two hours."""
    starts_at = from_wall(day_in(days), time(hour))
    return formats.when((starts_at, starts_at + timedelta(hours=2)))


async def _four_weeks(people: Visitors) -> None:
    """A weekly garden group: Emma on the first three dates, Dan on the second, when he goes to the cinema at 14:00."""
    world = people.site.world
    garden = await world.activity()
    await create_timetable(
        world.manager,
        garden,
        TimetableDraft(
            frozenset({Weekday(day_in(FIRST).weekday())}),
            time(10),
            120,
            day_in(FIRST),
            day_in(FOURTH),
            bank_holidays=BankHolidays.ON,
        ),
    )
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE activity_id = $1 ORDER BY starts_at", garden
    )
    for row in rows[:3]:
        await book(world.broker, row["id"], world.emma_isf)
    await book(world.dan_user, rows[1]["id"], world.dan_direct)
    cinema = await world.activity(world.other_manager, title="Cinema", price="5.00")
    film = await world.session(cinema, manager=world.other_manager, day=day_in(SECOND), at=time(14))
    await book(world.dan_user, film, world.dan_direct)


@pytest.mark.row("P4")
def test_dates_change_from_one_on_and_everybody_finds_their_place(
    people: Visitors, telephone: Visitors
) -> None:
    world = people.site.world
    people.site.run(lambda: _four_weeks(people))
    run_job(people.site, "letters")
    assert money_of(people, world.dan_direct) == (45_650, 4_350, 0)
    _petra_changes_from_the_second_on(people)
    with step("Emma’s three dates are still booked; Dan has the cinema, and the rest is left again"):
        assert money_of(people, world.emma_isf) == (88_450, 11_550, 0)
        assert money_of(people, world.dan_direct) == (49_500, 500, 0)
    run_job(people.site, "letters")
    _emma_is_told_once(Story(people, EMMA, "Emma"))
    dan = Story(people, DAN, "Dan", telephone=telephone)
    _dan_books_another_date(dan)
    with step("Dan’s own page says what is left: the cinema and the new date are booked"):
        page = dan.own()
        expect(page.get_by_role("main")).to_contain_text("£456.50")
        assert money_of(people, world.dan_direct) == (45_650, 4_350, 0)


def _petra_changes_from_the_second_on(people: Visitors) -> None:
    with step("Petra opens the second date: from there on it begins at 14:00"):
        page = people.as_(PETRA)
        menu(page, "Activities")
        page.get_by_role("main").get_by_role("link", name="Garden group").click()
        page.get_by_role("main").get_by_role("link", name="Dates", exact=True).first.click()
        page.get_by_role("link", name=f"Change {_at(SECOND, 10)}").click()
        expect(heading(page)).to_contain_text("What changes?")
        page.get_by_label("This date and all later ones").check()
        page.get_by_label("Starts at").fill("14:00")
        page.get_by_label("They move with the date").check()
        page.get_by_role("button", name="Show what happens").click()
    with step("she sees what becomes of each booking before anything is done"):
        effects = page.get_by_role("region", name="This is what happens")
        for words in ("3 dates change.", "2 bookings move with their dates.", "1 booking is given back"):
            expect(effects).to_contain_text(words)
        second = effects.get_by_role("row").filter(has_text=_at(SECOND, 10))
        expect(second.get_by_role("listitem").filter(has_text="Emma")).to_contain_text("Moves with the date.")
        expect(second.get_by_role("listitem").filter(has_text="Dan")).to_contain_text(
            "Given back, other dates offered. The person has something else at the new time."
        )
        expect(effects).not_to_contain_text(_at(FIRST, 10))
        looks_well(page)
        assert money_of(people, people.site.world.dan_direct) == (45_650, 4_350, 0), "nothing is done yet"
    with step("she does it"):
        page.get_by_role("button", name="Do this").click()
        expect(page.get_by_text("2 bookings move with their dates.")).to_be_visible()
        for told in (_at(FIRST, 10), _at(SECOND, 14), _at(FOURTH, 14)):
            expect(page.get_by_role("row").filter(has_text=told)).to_have_count(1)
        looks_well(page)


def _messages(story: Story, about: str) -> Page:
    page = story.hub(story.name, "Messages")
    told = page.get_by_role("row").filter(has_text=about).filter(has_text=story.name)
    expect(told).to_have_count(1)
    told.locator("summary").click()
    return page


def _emma_is_told_once(emma: Story) -> None:
    with step("Emma is told one time, of both dates"):
        page = _messages(emma, "Changed")
        told = page.get_by_role("row").filter(has_text="Changed").filter(has_text=EMMA)
        for words in (_at(SECOND, 14), _at(THIRD, 14)):
            expect(told).to_contain_text(words)
        looks_well(page)


def _dan_books_another_date(dan: Story) -> None:
    with step("Dan reads on his telephone that he has lost a date at no cost, and which dates have places"):
        page = _messages(dan, "Other dates: Garden group")
        told = page.get_by_role("row").filter(has_text="Other dates: Garden group").filter(has_text=DAN)
        for words in (_at(SECOND, 10), "Nothing is charged.", _at(THIRD, 14), _at(FOURTH, 14)):
            expect(told).to_contain_text(words)
    with step("he follows the link, and books the week after"):
        told.get_by_role("link", name="Look at it").click()
        expect(heading(page)).to_contain_text("Garden group")
        row = page.get_by_role("listitem").filter(has_text=formats.day(day_in(THIRD)))
        row.get_by_role("button", name="Book").click()
        expect(page.get_by_role("main")).to_contain_text(_at(THIRD, 14))
        page.get_by_role("button", name="Go on to pay").click()
        page.get_by_role("button", name="Book, and pay by bank transfer").click()
        expect(page.get_by_text("The place is booked.")).to_be_visible()


# --- A price that goes up ------------------------------------------------------------------------------------------

NEXT_WEEK, BEFORE, RISE, AFTER = 7, 21, 28, 35


async def _booked_at_the_old_price(people: Visitors) -> None:
    """Emma came to the garden group's next date and one after the rise; Dan goes too."""
    world = people.site.world
    garden = await world.activity()
    for days in (NEXT_WEEK, BEFORE, RISE, AFTER):
        session = await world.session(garden, day=day_in(days))
        if days in (NEXT_WEEK, RISE):
            await book(world.broker, session, world.emma_isf)
            await book(world.dan_user, session, world.dan_direct)


@pytest.mark.row("P6")
def test_a_price_goes_up_for_what_is_booked_afterwards(people: Visitors) -> None:
    emma, isf = Story(people, EMMA, "Emma"), people.site.world.emma_isf
    people.site.run(lambda: _booked_at_the_old_price(people))
    assert money_of(people, isf) == (92_300, 7_700, 0)
    _petra_proposes(people)
    _colin_approves(people)
    with step("what is booked keeps its price"):
        assert money_of(people, isf) == (92_300, 7_700, 0)
    _brenda_books_on_both_sides(people, emma)
    with step("three dates at £38.50 and one at £42.00 are booked, to the penny on Emma’s own page"):
        assert money_of(people, isf) == (84_250, 15_750, 0)
        expect(emma.own().get_by_role("main")).to_contain_text("£842.50")


def _petra_proposes(people: Visitors) -> None:
    with step("Petra proposes £42.00 in four weeks, and sees first what it would mean"):
        page = people.as_(PETRA)
        menu(page, "Activities")
        page.get_by_role("main").get_by_role("link", name="Garden group").click()
        page.get_by_role("main").get_by_role("link", name="Prices", exact=True).first.click()
        page.get_by_role("link", name="Propose a higher price").click()
        page.get_by_label("New price, with VAT if there is any").fill("42")
        fill_day(page, "First day of the price", day_in(RISE))
        page.get_by_role("button", name="Show what it would mean").click()
        expect(page.get_by_role("main")).to_contain_text(
            "£42.00 a session in a group, instead of £38.50 a session in a group."
        )
        looks_well(page)
    with step("without a reason it is not sent"):
        page.get_by_role("button", name="Send to the councils").click()
        expect(page.get_by_role("alert")).to_contain_text("Write why the price goes up")
        page.get_by_label("Why does it cost more?").fill("Wages go up by 6 per cent.")
        page.get_by_role("button", name="Send to the councils").click()
        expect(page.get_by_text("Sent. The councils that approve you decide.")).to_be_visible()
        looks_well(page)


def _colin_approves(people: Visitors) -> None:
    async def reference() -> str:
        return str(await db.fetch_value("SELECT reference FROM person WHERE id = $1", people.site.world.emma))

    with step("Colin sees what it means for each person, by reference, and approves"):
        page = people.as_(COLIN)
        menu(page, "Council")
        page.get_by_role("link", name="1 higher price to decide").click()
        page.get_by_role("main").get_by_role("link", name="Garden group").click()
        expect(heading(page)).to_contain_text("May this cost more?")
        row = page.get_by_role("row").filter(has_text=people.site.run(reference))
        expect(row).to_contain_text(ISF)
        expect(row).to_contain_text("Yes")
        expect(page.get_by_role("main")).not_to_contain_text("Emma")
        looks_well(page)
        page.get_by_label("Yes, we approve it").check()
        page.get_by_role("button", name="Decide").click()
        expect(page.get_by_text("The price is set, and everybody who goes there is told.")).to_be_visible()
        looks_well(page)


def _brenda_books_on_both_sides(people: Visitors, emma: Story) -> None:
    for days, price in ((BEFORE, "£38.50"), (AFTER, "£42.00")):
        with step(f"a new booking on {formats.day(day_in(days))} costs {price}"):
            page = emma.hub(BRENDA)
            page.get_by_role("link", name="Emma’s week").first.click()
            finds(page, "Garden group")
            row = page.get_by_role("listitem").filter(has_text=formats.day(day_in(days)))
            row.get_by_role("button", name="Book").click()
            expect(page.get_by_role("region", name="Your money")).to_contain_text(price)
            page.get_by_role("button", name="Book", exact=True).click()
            expect(page.get_by_text("Garden group is booked.")).to_be_visible()
            expect(page.get_by_role("main")).to_contain_text(price)
