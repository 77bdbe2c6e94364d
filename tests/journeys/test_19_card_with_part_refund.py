"""Journey 19: a provider begins to take cards; somebody pays by card and cancels late; every penny is told.

The garden group costs £38.50 and half is charged inside two days: £19.25 stays, £19.25 goes back.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Page, expect

from isf.ledger.verify import verify
from marketplace.kernel import clock, db
from tests.invoicing.cards.table import PAYS
from tests.journeys.servers import run_job
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, heading
from tests.site import Site
from tests.world import balances

DAN, PETRA = "Dan Example", "Petra Manager"


def control(site: Site, lever: str, **body: object) -> None:
    """Pull a lever of the test card server."""
    httpx.post(f"{site.stripe_url}/_test/{lever}", json=body).raise_for_status()


@pytest.fixture(autouse=True)
def card_company(site: Site) -> Iterator[None]:
    """The card company, as if just opened; others use it afterwards."""
    control(site, "reset")
    yield
    control(site, "reset")


def offered(site: Site) -> str:
    """A garden group at Pettypool tomorrow: its address."""

    async def make() -> UUID:
        activity = await site.world.activity()
        await site.world.session(activity, day=clock.today() + timedelta(days=1))
        return activity

    return f"{site.url}/activities/{site.run(make)}"


def money_of(site: Site) -> tuple[int, int, int]:
    """Dan's pence: left, booked, paid; the books are proved on the way."""

    async def ask() -> tuple[int, int, int]:
        assert await verify() == []
        held = await balances(site.world.dan_direct)
        return held["available"], held["committed"], held["paid"]

    return site.run(ask)


def waits_for(page: Page, site: Site, money: tuple[int, int, int]) -> None:
    """The site's own clock may have been quicker and still be at it."""
    for _ in range(100):
        if money_of(site) == money:
            break
        page.wait_for_timeout(100)
    assert money_of(site) == money


def opens_the_account(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/provider/money")
    page.get_by_role("link", name="card payments and your account at Stripe").click()
    expect(heading(page)).to_contain_text("Do people pay you by card?")
    expect(page.get_by_role("heading", name="You take no cards yet")).to_be_visible()
    page.get_by_role("button", name="Open an account at Stripe").click()
    expect(heading(page)).to_contain_text("TEST account page")
    page.get_by_role("button", name="Go back, and finish later").click()
    expect(page.get_by_role("heading", name="You have not finished at Stripe")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("The bank account to which your money goes")
    page.get_by_role("button", name="Go on at Stripe").click()
    page.get_by_role("button", name="Tell everything").click()
    expect(page.get_by_role("heading", name="You take cards", exact=True)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("This site keeps nothing")


def row_of(page: Page, words: str) -> list[str]:
    """The cells of the row with these words."""
    return page.get_by_role("row").filter(has_text=words).first.get_by_role("cell").all_inner_texts()


@pytest.mark.row("Y1")
@pytest.mark.row("V7")
def test_a_card_purchase_with_a_part_refund_is_told_to_the_penny_on_both_sides(
    people_with_and_without_scripts: Visitors,
) -> None:
    people = people_with_and_without_scripts
    site = people.site
    activity = offered(site)
    with step("before Pettypool has an account, Dan can pay by bank transfer only"):
        dan = people.as_(DAN)
        dan.goto(activity)
        dan.get_by_role("button", name="Book").first.click()
        dan.get_by_role("button", name="Go on to pay").click()
        expect(dan.get_by_role("main")).to_contain_text("Pettypool takes no cards yet")
    with step("Petra opens Pettypool’s own account, on Stripe’s pages"):
        petra = people.as_(PETRA)
        opens_the_account(petra, site)
    with step("Dan pays £38.50 by card for tomorrow"):
        dan.reload()
        expect(dan.get_by_role("main")).to_contain_text("£19.25")
        dan.get_by_label("Card", exact=True).check()
        dan.get_by_role("button", name="Continue").click()
        dan.get_by_label("Card number").fill(PAYS)
        dan.get_by_role("button", name="Pay £38.50").click()
        expect(dan.get_by_text("You paid £38.50 by card. The place is booked.")).to_be_visible()
        assert money_of(site) == (46_150, 0, 3_850)
    with step("he cancels, after reading what stays and what goes back"):
        dan.get_by_role("button", name="Cancel this booking").click()
        told = dan.get_by_role("region", name="Your money")
        expect(told).to_contain_text("Goes back to the card")
        expect(told).to_contain_text("£19.25")
        dan.get_by_label("A change of mind").check()
        dan.get_by_role("button", name="Cancel the booking").click()
        expect(dan.get_by_role("alert")).to_contain_text("£19.25")
        run_job(site, "card-refunds")
        waits_for(dan, site, (48_075, 0, 1_925))
    with step("the fund’s page tells it to the penny"):
        dan.goto(f"{site.url}/funds/{site.world.dan_direct}")
        main = dan.get_by_role("main")
        expect(main).to_contain_text("£480.75 can be booked")
        expect(main).to_contain_text("£19.25 is used: £19.25 is paid")
        assert row_of(dan, "Paid by card")[-2:] == ["£38.50", "£461.50"]
        assert row_of(dan, "Paid back to the card")[-2:] == ["£19.25", "£480.75"]
    with step("Petra sees the payment, what went back, and what came to the bank"):
        account = site.run(
            lambda: db.fetch_value("SELECT stripe_account FROM provider WHERE name = 'Pettypool'")
        )
        control(site, "payouts", account=account)
        petra.goto(f"{site.url}/provider/money/cards")
        assert row_of(petra, "Went back, all or in part")[-3:] == ["£38.50", "£19.25", "£0.00"]
        petra.get_by_role("link", name="What Stripe paid to your bank").click()
        # £38.50 less Stripe's 78 pence, less the £19.25 that went back.
        assert row_of(petra, "At your bank")[-1] == "£18.47"
        petra.get_by_role("row").filter(has_text="At your bank").get_by_role("link").click()
        reference = site.run(lambda: db.fetch_value("SELECT reference FROM booking"))
        assert row_of(petra, "Card payment")[:2] == [reference, "£38.50"]
        assert row_of(petra, "Card payment")[-1] == "£0.78"
        assert row_of(petra, "Went back to the card")[-2:] == ["£19.25", "£0.00"]
        assert row_of(petra, "Together")[-3:] == ["£38.50", "£19.25", "£0.78"]
        petra.get_by_role("link", name=reference).first.click()
        expect(petra.get_by_role("main")).to_contain_text("Garden group")
