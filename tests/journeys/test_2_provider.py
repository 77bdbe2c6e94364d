"""Journey 2: a provider puts something on offer, sees who booked, and marks who came."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from marketplace.bookings.commands import book
from marketplace.kernel import clock, db, formats
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.world import balances

PETRA, STELLA = "Petra Manager", "Stella Staff"


@pytest.mark.row("P1")
@pytest.mark.row("P3")
@pytest.mark.row("P4")
@pytest.mark.row("P5")
def test_a_provider_offers_an_activity_and_marks_who_came(people: Visitors) -> None:
    page = people.as_(PETRA)
    with step("Petra adds a place"):
        page.get_by_role("navigation", name="Menu").get_by_role("link", name="Activities").click()
        page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Places").click()
        page.get_by_role("link", name="Add a place").click()
        page.get_by_label("Name of the place").fill("The Old Dairy")
        page.get_by_label("Street").fill("Mill Lane")
        page.get_by_label("Town or village").fill("Sandiway")
        page.get_by_label("Postcode", exact=True).fill("cw8 2ea")
        page.get_by_label("Step-free").check()
        page.get_by_role("button", name="Add the place").click()
        expect(page.get_by_text("Mill Lane, Sandiway, CW8 2EA")).to_be_visible()
    with step("Petra adds an activity and keeps it as a draft"):
        _adds_an_activity(page)
        expect(page.get_by_text("The activity is kept as a draft.")).to_be_visible()
        expect(heading(page)).to_have_text("Bread and butter")
        expect(page.get_by_text("Say in two or three sentences")).to_be_visible()
        expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    with step("Petra says one thing after the other, and sees both versions before she keeps them"):
        _describes_it(page)
    with step("Petra sets a price"):
        _sets_a_price(page)
    with step("nobody else sees a draft"):
        anyone = people.anyone()
        anyone.goto(page.url.replace("/provider/activities/", "/activities/"))
        expect(heading(anyone)).to_have_text("We cannot find this page")
    with step(
        "Petra sets a weekly timetable with an end and an exception, and sees its dates before adding them"
    ):
        _sets_a_timetable(page)
    with step("Petra adds one date today as well"):
        _adds_today(page)
    with step("Petra looks at both versions and publishes"):
        page.get_by_role("link", name="Bread and butter").click()
        page.get_by_role("link", name="Preview").click()
        expect(page.get_by_role("heading", name="In Easy Read")).to_be_visible()
        expect(page.get_by_text("You bake bread.")).to_be_visible()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Everybody can find the activity now.")).to_be_visible()
        anyone.reload()
        for words in (
            "Bread and butter",
            "£24.00",
            "6 places left",
            "The Old Dairy",
            "Step-free",
            "Makaton",
            "Young adults",
        ):
            expect(anyone.get_by_role("main")).to_contain_text(words)
    _is_booked_and_attended(people)


def _adds_an_activity(page: Page) -> None:
    page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Activities").click()
    page.get_by_role("link", name="Add an activity").first.click()
    page.get_by_label("Title").fill("Bread and butter")
    page.get_by_label("What is it about?").select_option(label="Cooking and food")
    page.get_by_role("button", name="Keep as a draft").click()


def _describes_it(page: Page) -> None:
    with _task(page, "What it is"):
        page.get_by_role("textbox", name="Plain words").fill("Bake bread with others and take a loaf home.")
        page.get_by_role("textbox", name="Easy Read").fill("You bake bread.\nYou take it home.")
        page.get_by_role("button", name="Show how it looks").click()
        looks = page.get_by_role("region", name="How it will look. Nothing is kept yet")
        expect(looks).to_contain_text("You take it home.")
        looks_well(page)
    with _task(page, "Where, and how many"):
        page.get_by_label("Place", exact=True).select_option(label="The Old Dairy")
        page.get_by_label("Places on each date").fill("6")
    with _task(page, "Who it suits"):
        page.get_by_label("Young adults").check()
    with _task(page, "Access"):
        page.get_by_label("Makaton").check()
    with _task(page, "Ways of paying"):
        page.get_by_label("Direct payment").check()
        page.get_by_label("Individual service fund").check()
    with _task(page, "If somebody cancels"):
        page.get_by_label("How much notice makes cancelling free?").select_option(label="3 days")
        page.get_by_label("What does somebody pay who cancels later?").select_option(label="Half the price")


def _sets_a_price(page: Page) -> None:
    page.get_by_role("link", name="Set a price; £0.00 when it is free").click()
    page.get_by_label("Price, with VAT if there is any").fill("24")
    page.get_by_label("Exempt: welfare").check()
    page.get_by_role("button", name="Keep this price").click()
    expect(page.get_by_text("Kept: £24.00 a session")).to_be_visible()
    page.get_by_role("link", name="Bread and butter").click()


@contextmanager
def _task(page: Page, name: str) -> Iterator[None]:
    """One thing of the list of what an activity says: opened, kept, and said from then on."""
    tasks = page.get_by_role("main").get_by_role("listitem")
    tasks.get_by_role("link", name=name, exact=True).click()
    yield
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text(f"{name}: kept.")).to_be_visible()
    expect(tasks.filter(has=page.get_by_role("link", name=name, exact=True))).to_contain_text("Said")


def _sets_a_timetable(page: Page) -> None:
    first = clock.today() + timedelta(days=1)
    page.get_by_role("link", name="Set a timetable").click()
    by_the_week = page.get_by_role("group", name="By the week: on which days?")
    by_the_week.get_by_label(formats.DAYS[first.weekday()]).check()
    page.get_by_label("Starts at").fill("10:30")
    page.get_by_label("Lasts, hours").fill("3")
    fill_day(page, "From", first)
    fill_day(page, "Until, the last day on which it can happen", first + timedelta(days=30))
    exception = first + timedelta(days=7)
    page.get_by_label("Days on which it does not happen").fill(exception.strftime("%d %m %Y"))
    page.get_by_label("Yes, it is open then").check()
    page.get_by_role("button", name="Show the dates").click()
    expect(page.get_by_role("heading", name="This makes 4 dates")).to_be_visible()
    made = page.get_by_role("region", name="This makes 4 dates")
    expect(made).to_contain_text(f"{formats.day(first)}, 10:30 to 13:30")
    expect(made).to_contain_text(f"Not on: {formats.day(exception)}")
    looks_well(page)
    page.get_by_role("button", name="Add these dates").click()
    expect(page.get_by_text("4 dates added.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=formats.day(first + timedelta(days=28)))).to_contain_text(
        "6 places left"
    )


def _adds_today(page: Page) -> None:
    now = clock.now().astimezone(clock.LONDON)
    late = now.hour >= 22
    page.get_by_role("link", name="Single date").click()
    fill_day(page, "Day", now.date())
    page.get_by_label("Starts at").fill("22:00" if late else f"{now.hour + 1}:00")
    page.get_by_label("Lasts, hours").fill("1" if late else "0")
    page.get_by_label("and minutes").fill("59" if late else "55")
    page.get_by_role("button", name="Add the date").click()
    expect(page.get_by_text("The date is added.")).to_be_visible()


def _is_booked_and_attended(people: Visitors) -> None:
    world = people.site.world

    async def book_today() -> UUID:
        session = await db.fetch_value("SELECT id FROM activity_session WHERE service_on = $1", clock.today())
        return (await book(world.broker, session, world.emma_isf)).id

    with step("a broker books Emma in"):
        people.site.run(book_today)
    with step("Petra sees who comes today, and what Emma needs"):
        page = people.as_(PETRA)
        page.get_by_role("navigation", name="Menu").get_by_role("link", name="Today").click()
        expect(page.get_by_role("link", name="1 person comes today")).to_be_visible()
        register = page.get_by_role("group", name="Emma Example")
        expect(register).to_contain_text("Easy Read, one idea at a time")
        expect(page.get_by_text("1 of 6 places taken")).to_be_visible()
    with step("Stella ticks that Emma came: it is saved as she goes"):
        tablet = people.as_(STELLA)
        tablet.get_by_role("navigation", name="Menu").get_by_role("link", name="Today").click()
        register = tablet.get_by_role("group", name="Emma Example")
        register.get_by_role("radio", name="Attended").check()
        expect(register.get_by_role("status")).to_have_text("Saved")
    with step("and with a note by the button"):
        register.get_by_label("Note").fill("Took two loaves home")
        tablet.get_by_role("button", name="Save register").click()
        expect(tablet.get_by_text("The register is saved: 1 person.")).to_be_visible()
        expect(tablet.get_by_text("The register is filled in: 1 person.")).to_be_visible()
    with step("the money is owed now"):
        money = people.site.run(lambda: balances(world.emma_isf))
        assert (money["available"], money["committed"], money["payable"]) == (97_600, 0, 2_400)
