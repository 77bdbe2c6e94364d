"""Journey 9: the person's own page, in ten seconds: on a telephone, by keyboard, without JavaScript, in Easy Read."""

import re
from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from playwright.sync_api import Browser, expect

from isf.ledger import commands as ledger
from marketplace.bookings.commands import book
from marketplace.kernel import clock
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.journeys.keyboard import tab_to
from tests.journeys.looking import NARROW
from tests.journeys.steps import step
from tests.journeys.visitors import Scripts, Visitors, heading
from tests.site import Site

EMMA, BRENDA = "Emma Example", "Brenda Broker"


@pytest.fixture
def quietly(browser: Browser, site: Site) -> Iterator[Visitors]:
    """Everybody's browsers, without JavaScript."""
    visitors = Visitors(browser, site, Scripts.OFF)
    yield visitors
    visitors.close()


async def _a_week(site: Site) -> None:
    world = site.world
    today = await world.session_today(await world.activity(title="Choir", price="12.00"))
    await book(world.broker, today, world.emma_isf)
    await ledger.hold(
        world.broker, world.emma_isf, new_id(), Money(30_000), clock.today() - timedelta(days=2)
    )


@pytest.mark.row("A1")
@pytest.mark.row("B9")
def test_the_own_page_by_keyboard_on_a_telephone_without_scripts(quietly: Visitors) -> None:
    people = quietly
    world = people.site.world
    people.site.run(lambda: _a_week(people.site))
    page = people.as_(EMMA)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto(f"{people.site.url}/?easy=off")
    with step("by keyboard from the menu to her money and week"):
        tab_to(page, "My money and week")
        page.keyboard.press("Enter")
        expect(heading(page)).to_have_text("Emma’s money and week")
        assert page.url.endswith(f"/people/{world.emma}/money")
    with step("what is left, what this week costs and what she must do stand on the first screen"):
        for words in ("£1,288.00 is left in 2 funds", "£12.00 is booked this week", "things to do"):
            figure = page.get_by_role("link", name=words)
            expect(figure).to_be_visible()
            box = figure.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= NARROW["height"], f"“{words}” is below the first screen"
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    with step("money that runs ahead of time says so in words beside its bar"):
        fund = page.get_by_role("region", name="ISF with Harbour Brokerage")
        expect(fund).to_contain_text("£688.00 left")
        expect(fund).to_contain_text("more used and booked than planned by today")
    with step("by keyboard to the week and back"):
        tab_to(page, "Open the week")
        page.keyboard.press("Enter")
        expect(heading(page)).to_have_text("Emma’s week")
        tab_to(page, "Money and week")
        page.keyboard.press("Enter")
        expect(heading(page)).to_have_text("Emma’s money and week")
    with step("by keyboard to Easy Read, which says the same"):
        tab_to(page, "Easy Read")
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_contain_text("£688.00 is left.")
        expect(page.get_by_role("main")).to_contain_text("The money is used faster than planned.")
        expect(page.get_by_role("main")).to_contain_text("It costs £12.00.")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    with step("by keyboard to the council, when something changed"):
        tab_to(page, "Tell the council")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/change"))


@pytest.mark.row("A1")
@pytest.mark.row("I7")
def test_the_desk_by_keyboard_keeps_the_place(quietly: Visitors) -> None:
    people = quietly
    world = people.site.world

    async def caseload() -> None:
        for name in ("Ann Ash", "Bob Birch"):
            await world.person_with_fund(name, Route.ISF, "500.00")
        tomorrow = await world.session(day=clock.today() + timedelta(days=1), at=time(9))
        await book(world.broker, tomorrow, world.emma_isf)

    people.site.run(caseload)
    page = people.as_(BRENDA)
    with step("Brenda sorts by name, all by keyboard"):
        page.goto(f"{people.site.url}/desk?show=nothing_booked")
        tab_to(page, "Person")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"sort=name"))
        listed = page.url
    with step("rows come by Tab in their order"):
        tab_to(page, "Ann Ash")
        tab_to(page, "Bob Birch")
        page.keyboard.press("Enter")
        expect(heading(page)).to_contain_text("Bob Birch’s money and week")
    with step("back leads to the same list at the same person"):
        tab_to(page, "Your desk")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(re.escape(listed.split("#")[0]) + "#person-"))
        expect(page.get_by_role("link", name="Bob Birch", exact=True)).to_be_visible()
