"""Journey 6, what others see of a card payment: the last place kept and given back, and money that goes back."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from invoicing.connect.commands import connect_account
from isf.ledger.verify import verify
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from tests.invoicing.cards.table import ACCOUNT, PAYS
from tests.journeys.servers import run_job
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, heading
from tests.site import Site
from tests.world import balances

DAN = "Dan Example"


def offered(site: Site, capacity: int) -> str:
    """A garden group at Pettypool, which takes cards, with one date in three days: its address."""

    async def make() -> UUID:
        await connect_account(SYSTEM, site.world.pettypool, ACCOUNT)
        activity = await site.world.activity()
        await site.world.session(activity, capacity=capacity)
        return activity

    return f"{site.url}/activities/{site.run(make)}"


def goes_to_the_card_page(page: Page, activity: str) -> None:
    page.goto(activity)
    page.get_by_role("button", name="Book").first.click()
    page.get_by_role("button", name="Go on to pay").click()
    page.get_by_label("Card", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    expect(heading(page)).to_contain_text("TEST card page")


def pays(page: Page) -> None:
    page.get_by_label("Card number").fill(PAYS)
    page.get_by_role("button", name="Pay £38.50").click()
    expect(page.get_by_text("You paid £38.50 by card. The place is booked.")).to_be_visible()


def money_of(site: Site) -> Mapping[str, int]:
    """Dan's balances in pence; the books are proved on the way."""

    async def ask() -> Mapping[str, int]:
        assert await verify() == []
        return await balances(site.world.dan_direct)

    return site.run(ask)


@pytest.mark.row("Y1")
def test_the_last_place_is_kept_while_somebody_pays_and_free_when_they_turn_back(people: Visitors) -> None:
    activity = offered(people.site, capacity=1)
    page, onlooker = people.as_(DAN), people.anyone()
    with step("while Dan is on the card page, nobody else can have the place"):
        goes_to_the_card_page(page, activity)
        card_page = page.url
        onlooker.goto(activity)
        expect(onlooker.get_by_role("main").get_by_role("listitem").filter(has_text="Full")).to_be_visible()
    with step("he turns back, and anybody can"):
        page.get_by_role("link", name="Go back").click()
        expect(page.get_by_text("Nothing was paid, and the place is free again.")).to_be_visible()
        onlooker.reload()
        expect(onlooker.get_by_role("main")).to_contain_text("1 place left")
    with step("the card page that he left takes nothing any more"):
        page.goto(card_page)
        expect(page.get_by_text("Nothing was taken")).to_be_visible()
        expect(page.get_by_label("Card number")).to_have_count(0)
    with step("he begins again and has it"):
        goes_to_the_card_page(page, activity)
        pays(page)
        onlooker.reload()
        expect(onlooker.get_by_role("main").get_by_role("listitem").filter(has_text="Full")).to_be_visible()


@pytest.mark.row("Y1")
def test_who_cancels_in_time_gets_the_money_back_on_the_card(
    people_with_and_without_scripts: Visitors,
) -> None:
    people = people_with_and_without_scripts
    site, page = people.site, people.as_(DAN)
    activity = offered(site, capacity=8)
    with step("Dan pays"):
        goes_to_the_card_page(page, activity)
        pays(page)
        assert money_of(site)["available"] == 46_150
    with step("he cancels, and is told before and after that the money goes back to the card"):
        page.get_by_role("button", name="Cancel this booking").click()
        money = page.get_by_role("region", name="Your money")
        expect(money).to_contain_text("Goes back to the card")
        expect(money).to_contain_text("£38.50")
        page.get_by_label("A change of mind").check()
        page.get_by_role("button", name="Cancel the booking").click()
        expect(page.get_by_role("alert")).to_contain_text("You pay nothing. £38.50 goes back to the card")
    with step("the card company sends it back, once, and the fund is whole again"):
        run_job(site, "card-refunds")
        # The site's own clock may have been quicker and still be at it.
        for _ in range(100):
            if (state := refund_of(site)) == ("refunded", 3_850):
                break
            page.wait_for_timeout(100)
        assert state == ("refunded", 3_850)
        assert run_job(site, "card-refunds") == "0 refunds sent, 0 waiting"
        assert money_of(site)["available"] == 50_000


def refund_of(site: Site) -> tuple[str, int]:
    """The state of the payment, and the pence that went back."""
    row = site.run(lambda: db.fetch_one("SELECT state, refunded_pence FROM card_payment"))
    assert row is not None
    return row["state"], row["refunded_pence"]
