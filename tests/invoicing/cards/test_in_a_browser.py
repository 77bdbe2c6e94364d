"""Paying by card as a person does it: real pages, real webhooks, with JavaScript and without."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from invoicing.connect.commands import connect_account
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from tests.invoicing.cards.table import ACCOUNT, DECLINED, PAYS
from tests.site import PASSWORD, Site


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def dan(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Dan's browser, signed in; narrow, as on a telephone."""
    context = browser.new_context(
        java_script_enabled=request.param == "with JavaScript", viewport={"width": 360, "height": 800}
    )
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("E-mail address").fill("dan@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    yield page
    context.close()


def a_session(site: Site) -> UUID:
    """A session at Pettypool, which takes cards."""

    async def make() -> UUID:
        await connect_account(SYSTEM, site.world.pettypool, ACCOUNT)
        return await site.world.session(day=clock.today() + timedelta(days=3))

    return site.run(make)


def to_the_card_page(page: Page, site: Site, session: UUID) -> None:
    """Through the question to the card company."""
    page.goto(f"{site.url}/people/{site.world.dan}/pay/{session}?fund={site.world.dan_direct}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("How do you want to pay?")
    page.get_by_label("Card", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    assert page.url.startswith(site.stripe_url)


def type_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_role("button", name="Pay").click()


def states(site: Site) -> list[Any]:
    async def read() -> list[Any]:
        return [row["state"] for row in await db.fetch_all("SELECT state FROM booking ORDER BY booked_at")]

    return site.run(read)


@pytest.mark.row("Y1")
def test_a_declined_card_then_another_and_the_place_is_booked(dan: Page, site: Site) -> None:
    to_the_card_page(dan, site, a_session(site))
    type_card(dan, DECLINED)
    expect(dan.get_by_text("No money was taken").first).to_be_visible()
    type_card(dan, PAYS)
    expect(dan.get_by_text("You paid £38.50 by card. The place is booked.")).to_be_visible()
    assert "/bookings/" in dan.url
    assert states(site) == ["confirmed"]


@pytest.mark.row("Y1")
def test_turning_back_on_the_card_page_frees_the_place(dan: Page, site: Site) -> None:
    session = a_session(site)
    to_the_card_page(dan, site, session)
    dan.get_by_role("link", name="back").first.click()
    expect(dan.get_by_text("Nothing was paid, and the place is free again.")).to_be_visible()
    assert f"{site.url}/activities/" in dan.url
    assert states(site) == ["lapsed"]
    to_the_card_page(dan, site, session)


@pytest.mark.row("Y1")
def test_who_looks_before_paying_reads_that_we_wait(dan: Page, site: Site) -> None:
    to_the_card_page(dan, site, a_session(site))
    card_page = dan.url
    dan.goto(f"{site.url}/card/return?checkout={card_page.rsplit('/', 1)[1]}")
    expect(dan.get_by_role("heading", level=1)).to_contain_text("We are waiting for the card company")
    dan.get_by_role("link", name="go to the card page").click()
    type_card(dan, PAYS)
    expect(dan.get_by_text("The place is booked.")).to_be_visible()


@pytest.mark.row("Y1")
def test_a_payer_who_never_comes_back_has_the_place_all_the_same(dan: Page, site: Site) -> None:
    to_the_card_page(dan, site, a_session(site))
    # The way back is blocked, as when a telephone loses its connection.
    dan.route("**/card/return**", lambda route: route.abort())
    with dan.expect_request_finished(lambda asked: asked.method == "POST"):
        dan.get_by_label("Card number").fill(PAYS)
        dan.get_by_role("button", name="Pay").click(no_wait_after=True)
    for _ in range(50):
        if states(site) == ["confirmed"]:
            break
        dan.wait_for_timeout(100)
    assert states(site) == ["confirmed"]
