"""Journey 17: a provider's bad week: staff are ill and a day is cancelled, and a council stops the provider."""

import re
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from invoicing.runs.commands import issue_invoices
from marketplace.bookings.commands import book
from marketplace.kernel import clock, formats
from marketplace.kernel.audit import SYSTEM
from tests.invoicing.delivering import deliver
from tests.journeys.bad_week import EMMA, ISF, SALLY, day_in, money_of, to_week_of
from tests.journeys.beginning import BRENDA, CAROL, PETRA, Story, menu
from tests.journeys.looking import looks_well
from tests.journeys.servers import run_job
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading

COLIN = "Colin Commissioner"


@pytest.fixture
def emma(people: Visitors) -> Story:
    """Emma has an ISF with £1,000.00."""
    return Story(people, EMMA, "Emma")


# --- Somebody is ill ---------------------------------------------------------------------------------------------


async def _a_full_day(people: Visitors) -> None:
    """In three days the garden group with Emma and Dan and the choir with Emma; the garden group again a week on."""
    world = people.site.world
    garden, choir = await world.activity(), await world.activity(title="Choir", price="12.00")
    morning = await world.session(garden, day=day_in(3))
    await world.session(garden, day=day_in(10))
    evening = await world.session(choir, day=day_in(3), at=time(18))
    await book(world.broker, morning, world.emma_isf)
    await book(world.dan_user, morning, world.dan_direct)
    await book(world.broker, evening, world.emma_isf)


@pytest.mark.row("B5")
@pytest.mark.row("P5")
def test_when_staff_are_ill_a_day_is_cancelled_with_everybody_on_it(people: Visitors, emma: Story) -> None:
    world = people.site.world
    people.site.run(lambda: _a_full_day(people))
    assert money_of(people, world.emma_isf) == (94_950, 5_050, 0)
    _cancels_the_day(people)
    with step("nobody pays anything"):
        assert money_of(people, world.emma_isf) == (100_000, 0, 0)
        assert money_of(people, world.dan_direct) == (50_000, 0, 0)
    _is_told(people)
    _books_another_date(people, emma)
    assert money_of(people, world.emma_isf) == (96_150, 3_850, 0)


def _cancels_the_day(people: Visitors) -> None:
    with step("Petra looks for the day, from her own"):
        page = people.as_(PETRA)
        menu(page, "Today")
        page.get_by_role("link", name="Somebody is ill? Cancel a day").click()
        expect(heading(page)).to_contain_text("Which dates do you cancel?")
        fill_day(page, "Another day", day_in(3))
        page.get_by_role("button", name="Show that day").click()
        expect(page.get_by_role("checkbox", name="Garden group")).to_be_checked()
        expect(page.get_by_text("2 people booked, £77.00")).to_be_visible()
        expect(page.get_by_text("1 person booked, £12.00")).to_be_visible()
        looks_well(page)
    with step("without a reason it asks for one and keeps what is ticked"):
        page.get_by_role("checkbox", name="Choir").uncheck()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("alert")).to_contain_text("Write why it is cancelled")
        expect(page.get_by_role("checkbox", name="Choir")).not_to_be_checked()
        page.get_by_role("checkbox", name="Choir").check()
    with step("how many people and how much money is shown before"):
        page.get_by_label("Why?").fill("Two of us are ill.")
        page.get_by_role("button", name="Go on").click()
        expect(heading(page)).to_contain_text("Cancel 2 dates?")
        for words in ("2 people", "£89.00", "Two of us are ill."):
            expect(page.get_by_role("main")).to_contain_text(words)
        looks_well(page)
    with step("she cancels the day, and sees what came of it"):
        page.get_by_role("button", name="Cancel 2 dates").click()
        expect(page.get_by_text("2 dates are cancelled. 2 people are told and pay nothing")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="Garden group").filter(has_text=formats.day(day_in(3)))
        expect(row).to_contain_text("Cancelled")
        looks_well(page)


def _is_told(people: Visitors) -> None:
    with step("Emma's sister sees in the week what was cancelled, and that it costs nothing"):
        page = people.as_(SALLY)
        page.get_by_role("button", name="Open the week").click()
        to_week_of(page, day_in(3))
        lost = page.get_by_role("row").filter(has_text="Garden group")
        expect(lost).to_contain_text("The provider cancelled. You pay nothing.")
        looks_well(page)
    with step("she was told why, and what was told is kept"):
        run_job(people.site, "letters")
        menu(page, "My money and week")
        page.get_by_role("link", name="About Emma").click()
        page.get_by_role("main").get_by_role("link", name="Messages").click()
        told = page.get_by_role("row").filter(has_text="Cancelled: 2 bookings").filter(has_text=SALLY)
        told.locator("summary").click()
        expect(told).to_contain_text("Two of us are ill. Nothing is charged.")
        looks_well(page)
        told.get_by_role("link", name="Look at it").click()
        expect(heading(page)).to_have_text("Emma’s week")
        expect(page.get_by_role("button", name="Choose something else Garden group")).to_be_visible()


def _books_another_date(people: Visitors, emma: Story) -> None:
    with step("Brenda opens it from Emma's week, and books another date from its page"):
        page = emma.hub(BRENDA)
        page.get_by_role("link", name="Emma’s week").first.click()
        to_week_of(page, day_in(3))
        page.get_by_role("button", name="Choose something else Garden group").click()
        expect(page.get_by_role("main")).to_contain_text("The provider cancelled (“Two of us are ill.”)")
        expect(page.get_by_role("main")).to_contain_text(f"£38.50 is left again in {ISF}")
        looks_well(page)
        expect(page.get_by_role("heading", name="You can book another date")).to_be_visible()
        page.get_by_role("link", name=formats.day(day_in(10))).click()
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_text(f"Garden group is booked. £961.50 is left in {ISF}.")).to_be_visible()


# --- A council stops the provider --------------------------------------------------------------------------------


async def _before_the_stop(people: Visitors) -> None:
    """Emma came once last month, which is billed; two dates of her ISF and one of the council's money are to come.

    1st Enable has something like it a day later each time.
    """
    world = people.site.world
    garden = await world.activity()
    last_month = clock.today().replace(day=1) - timedelta(days=10)
    await deliver(world, world.broker, world.emma_isf, last_month, activity=garden)
    await issue_invoices(SYSTEM, last_month.replace(day=1))
    for days, who, fund in (
        (3, world.broker, world.emma_isf),
        (5, world.care_manager, world.emma_managed),
        (10, world.broker, world.emma_isf),
    ):
        await book(who, await world.session(garden, day=day_in(days)), fund)
    allotment = await world.activity(world.other_manager, title="Allotment", price="30.00")
    for days in (4, 6):
        await world.session(allotment, manager=world.other_manager, day=day_in(days))


@pytest.mark.row("P7")
def test_a_stopped_provider_leaves_nobody_without_something_else(people: Visitors, emma: Story) -> None:
    world = people.site.world
    people.site.run(lambda: _before_the_stop(people))
    assert money_of(people, world.emma_isf) == (88_450, 7_700, 3_850)
    assert money_of(people, world.emma_managed) == (56_150, 3_850, 0)
    _colin_stops_it(people)
    with step("what had not begun is left again; what was delivered is still owed"):
        assert money_of(people, world.emma_isf) == (96_150, 0, 3_850)
        assert money_of(people, world.emma_managed) == (60_000, 0, 0)
    _nobody_finds_it(people)
    _something_else_is_booked(people)
    assert money_of(people, world.emma_isf) == (93_150, 3_000, 3_850)
    assert money_of(people, world.emma_managed) == (57_000, 3_000, 0)
    _brenda_cannot_pay(people)
    _colin_releases_it(people)
    _brenda_pays(people)
    _the_rest_is_booked_back(people)
    assert money_of(people, world.emma_isf) == (89_300, 6_850, 0)


def _colin_stops_it(people: Visitors) -> None:
    with step("Colin finds the provider, and sees what stopping it would do"):
        page = people.as_(COLIN)
        menu(page, "Council")
        page.get_by_role("link", name="No providers suspended").click()
        expect(heading(page)).to_contain_text("Which providers has the council stopped?")
        page.get_by_label("Name of the provider").fill("Petty")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("main").get_by_role("link", name="Pettypool").click()
        expect(heading(page)).to_contain_text("Stop this provider now?")
        for words in ("3 bookings", "1 person", "£115.50"):
            expect(page.get_by_role("main")).to_contain_text(words)
        looks_well(page)
    with step("without grounds it is refused"):
        page.get_by_role("button", name="Stop the provider now").click()
        expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    with step("he stops it"):
        page.get_by_label("What are the safeguarding grounds?").fill("A worker hurt somebody.")
        page.get_by_label("Who can the provider speak to?").fill("Sam Safe, 01606 000000")
        page.get_by_role("button", name="Stop the provider now").click()
        expect(
            page.get_by_text("The provider is stopped. 3 bookings of 1 person given back.")
        ).to_be_visible()
        looks_well(page)


def _nobody_finds_it(people: Visitors) -> None:
    with step("nobody finds it; its page says that nothing can be booked, and not why"):
        page = people.anyone()
        expect(page.get_by_role("main")).to_contain_text("Allotment")
        expect(page.get_by_role("main")).not_to_contain_text("Garden group")
        page.goto(f"{people.site.url}/providers/pettypool")
        expect(page.get_by_role("heading", name="Nothing can be booked at the moment")).to_be_visible()
        expect(page.get_by_role("main")).not_to_contain_text("hurt")
        looks_well(page)
    with step("Petra reads who stopped it, and whom to speak to"):
        page = people.as_(PETRA)
        menu(page, "Today")
        page.get_by_role("link", name="By whom, and who to speak to").click()
        expect(page.get_by_role("main")).to_contain_text("Sam Safe, 01606 000000")
        expect(page.get_by_role("main")).not_to_contain_text("hurt")
        looks_well(page)


def _something_else_is_booked(people: Visitors) -> None:
    with step("Brenda finds what was lost on her desk, and books what is suggested"):
        page = people.as_(BRENDA)
        menu(page, "Broker’s desk")
        page.get_by_role("link", name=re.compile("provide again")).click()
        expect(heading(page)).to_contain_text("Who needs something else to do?")
        looks_well(page)
        _books_instead(page, day_in(3))
    with step("Carol finds the same list, and books with the council’s money"):
        page = people.as_(CAROL)
        menu(page, "Council")
        page.get_by_role("link", name=re.compile("provide again")).click()
        _books_instead(page, day_in(5))


def _books_instead(page: Page, lost_on: date) -> None:
    row = page.get_by_role("row").filter(has_text=formats.day(lost_on))
    row.get_by_role("link", name="Garden group").click()
    expect(heading(page)).to_contain_text("What instead of this?")
    first = (
        page.get_by_role("table").get_by_role("row").filter(has_text=formats.day(lost_on + timedelta(days=1)))
    )
    expect(first).to_contain_text("Allotment, 1st Enable")
    expect(first).to_contain_text("£30.00")
    looks_well(page)
    first.get_by_role("button", name="Book this").click()
    expect(page.get_by_text("It is booked: BK-")).to_be_visible()


def _brenda_cannot_pay(people: Visitors) -> None:
    with step("what was delivered is on hold: it cannot be paid"):
        page = _invoice(people)
        expect(page.get_by_role("heading", name="On hold")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("A council looks into something")
        expect(page.get_by_role("button", name="Mark as paid")).to_have_count(0)
        looks_well(page)


def _invoice(people: Visitors) -> Page:
    page = people.as_(BRENDA)
    menu(page, "Invoices")
    page.get_by_role("link", name=re.compile(r"^PET-")).first.click()
    return page


def _colin_releases_it(people: Visitors) -> None:
    with step("Colin releases the provider, and has to say what was found"):
        page = people.as_(COLIN)
        menu(page, "Council")
        page.get_by_role("link", name="provider suspended").click()
        page.get_by_role("main").get_by_role("link", name="Pettypool").click()
        expect(page.get_by_role("main")).to_contain_text("1 booking")
        page.get_by_label("It can be used again").check()
        page.get_by_role("button", name="Record the decision").click()
        expect(page.get_by_role("alert")).to_contain_text("Enter what was found and decided")
        expect(page.get_by_label("It can be used again")).to_be_checked()
        page.get_by_label("What was found, and why is it so?").fill("The worker has left.")
        page.get_by_role("button", name="Record the decision").click()
        expect(heading(page)).to_contain_text("It can be used again")
        looks_well(page)


def _brenda_pays(people: Visitors) -> None:
    with step("now it can be paid"):
        page = _invoice(people)
        page.get_by_role("button", name="Mark as paid").click()
        page.get_by_label("Reference of the payment").fill("BACS 17")
        page.get_by_role("button", name="Mark as paid").click()
        expect(page.get_by_text("Pettypool is told.")).to_be_visible()


def _the_rest_is_booked_back(people: Visitors) -> None:
    with step("Emma’s sister sees what is left to choose, and that it can be booked again"):
        page = people.as_(SALLY)
        menu(page, "My money and week")
        page.get_by_role("link", name="Choose what to do instead of 1 booking").click()
        expect(page.get_by_role("main")).to_contain_text("This provider can be booked again.")
        looks_well(page)
        page.get_by_role("button", name="Book again what still fits").click()
        expect(page.get_by_text("Garden group is booked again: BK-")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Allotment")
        expect(people.anyone().get_by_role("main")).to_contain_text("Garden group")
