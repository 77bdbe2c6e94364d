"""Journey 6: somebody with a direct payment finds a session, pays by card, and comes back to a confirmed booking."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Page, expect

from invoicing.connect.commands import connect_account
from isf.ledger.verify import verify
from marketplace.kernel import clock, db, formats
from marketplace.kernel.audit import SYSTEM
from tests.journeys.lived_in import ACCOUNT
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, heading
from tests.site import Site
from tests.world import balances

DAN = "Dan Example"
PAYS, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"
PLACES = 8


def offer(site: Site) -> UUID:
    """A garden group at Pettypool, which takes cards, on two dates next week."""

    async def make() -> UUID:
        world = site.world
        await connect_account(SYSTEM, world.pettypool, ACCOUNT)
        garden = await world.activity()
        for days in (8, 9):
            await world.session(garden, day=clock.today() + timedelta(days=days), at=time(10))
        return garden

    return site.run(make)


def money_of(site: Site) -> tuple[int, int, int]:
    """Dan's pence: left, booked, paid; the books are proved on the way."""

    async def ask() -> tuple[int, int, int]:
        assert await verify() == []
        held = await balances(site.world.dan_direct)
        return held["available"], held["committed"], held["paid"]

    return site.run(ask)


def places_left(site: Site) -> int:
    """In both sessions together."""
    asked = "SELECT sum(capacity - places_taken) FROM activity_session"
    return int(site.run(lambda: db.fetch_value(asked)))


def finds(people: Visitors) -> Page:
    """Dan goes from his own money and week to the garden group and chooses its first date."""
    page = people.as_(DAN)
    page.goto(people.site.url)
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="My money and week").click()
    expect(heading(page)).to_have_text("Dan’s money and week")
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Find something to do").click()
    page.get_by_role("link", name="Garden group").click()
    expect(page.get_by_text("You can book this from Direct payment")).to_be_visible()
    page.get_by_role("button", name="Book").first.click()
    expect(page.get_by_role("region", name="Your money")).to_contain_text("£461.50")
    page.get_by_role("button", name="Go on to pay").click()
    expect(heading(page)).to_contain_text("How do you want to pay?")
    return page


def goes_to_the_card_page(page: Page, site: Site) -> None:
    page.get_by_label("Card", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    expect(heading(page)).to_contain_text("TEST card page")
    assert page.url.startswith(site.stripe_url)


def types_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_role("button", name="Pay £38.50").click()


def control(site: Site, lever: str, **body: object) -> None:
    """Pull a lever of the test card server."""
    httpx.post(f"{site.stripe_url}/_test/{lever}", json=body).raise_for_status()


@pytest.fixture(autouse=True)
def card_company(site: Site) -> Iterator[None]:
    """The card company, as if just opened; others use it afterwards."""
    control(site, "reset")
    yield
    control(site, "reset")


@pytest.mark.row("Y1")
def test_a_direct_payment_holder_pays_by_card(people_with_and_without_scripts: Visitors) -> None:
    people = people_with_and_without_scripts
    site = people.site
    offer(site)
    with step("Dan finds the group and what it leaves him, and goes to the card page; the place is kept"):
        page = finds(people)
        goes_to_the_card_page(page, site)
        assert places_left(site) == 2 * PLACES - 1
        assert money_of(site) == (46_150, 3_850, 0)
    with step("he turns back: nothing is paid and the place is free again"):
        page.get_by_role("link", name="Go back").click()
        expect(page.get_by_text("Nothing was paid, and the place is free again.")).to_be_visible()
        assert places_left(site) == 2 * PLACES
        assert money_of(site) == (50_000, 0, 0)
    with step("he tries again with a card that is declined: nothing is taken"):
        page = finds(people)
        goes_to_the_card_page(page, site)
        types_card(page, DECLINED)
        expect(page.get_by_text("No money was taken").first).to_be_visible()
    with step("with another card he comes back to a confirmed booking"):
        types_card(page, PAYS)
        expect(page.get_by_text("You paid £38.50 by card. The place is booked.")).to_be_visible()
        assert page.url.startswith(f"{site.url}/bookings/")
        expect(page.get_by_role("main")).to_contain_text("Direct payment, by card")
        assert places_left(site) == 2 * PLACES - 1
        assert money_of(site)[0] == 46_150
    with step("his week shows it"):
        page.get_by_role("link", name="Dan’s week").click()
        day = formats.day(clock.today() + timedelta(days=8))
        expect(page.get_by_role("row").filter(has_text=day)).to_contain_text("Garden group")
        expect(page.get_by_role("region", name="Direct payment", exact=True)).to_contain_text("£461.50 left")


@pytest.mark.row("Y1")
def test_who_walks_away_from_the_card_page_loses_the_place_and_no_money(people: Visitors) -> None:
    site = people.site
    offer(site)
    with step("Dan goes to the card page and closes his browser"):
        page = finds(people)
        goes_to_the_card_page(page, site)
        page.context.close()
        assert places_left(site) == 2 * PLACES - 1
    with step("when the card page's time is over, the place is free and the money his again"):
        control(site, "clock", ahead_seconds=2 * 3600)
        nobody = people.anyone()
        for _ in range(100):
            if places_left(site) == 2 * PLACES:
                break
            nobody.wait_for_timeout(100)
        assert places_left(site) == 2 * PLACES
        assert money_of(site) == (50_000, 0, 0)


@contextmanager
def without_cards(site: Site) -> Iterator[None]:
    """The site as it is where no card company is set up."""
    cards = {
        name: site.environment.pop(name) for name in list(site.environment) if name.startswith("STRIPE_")
    }
    site.stop()
    site.start()
    try:
        yield
    finally:
        site.environment.update(cards)
        site.stop()
        site.start()


@pytest.mark.row("Y1")
def test_where_no_card_company_is_set_up_the_site_says_so_and_bank_transfer_works(people: Visitors) -> None:
    site = people.site
    offer(site)
    with without_cards(site):
        with step("the page says that there is bank transfer only"):
            page = finds(people)
            expect(page.get_by_role("heading", name="Bank transfer only")).to_be_visible()
            expect(page.get_by_role("main")).to_contain_text("Card payment is off")
            expect(page.get_by_label("Card", exact=True)).to_have_count(0)
        with step("Dan books, and pays by bank transfer when the bill comes"):
            page.get_by_role("button", name="Book, and pay by bank transfer").click()
            expect(page.get_by_text("The place is booked.")).to_be_visible()
            expect(page.get_by_role("main")).to_contain_text("Direct payment, when the bill comes")
            assert money_of(site) == (46_150, 3_850, 0)
