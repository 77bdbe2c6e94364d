"""What the journeys of a provider's bad week share: who it happens to, and their money to the penny."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from playwright.sync_api import Page

from isf.ledger.verify import verify
from marketplace.kernel import clock
from marketplace.kernel.clock import week_of
from tests.journeys.visitors import Visitors
from tests.world import balances

EMMA, SALLY, DAN = "Emma Example", "Sally Sister", "Dan Example"
ISF = "ISF with Harbour Brokerage"


def day_in(days: int) -> date:
    """So many days from today."""
    return clock.today() + timedelta(days=days)


def money_of(people: Visitors, fund_id: UUID) -> tuple[int, int, int]:
    """A fund in pence: left, booked, to be paid; every ledger is proved on the way."""

    async def ask() -> Mapping[str, int]:
        assert await verify() == []
        return await balances(fund_id)

    held = people.site.run(ask)
    return held["available"], held["committed"], held["payable"]


def to_week_of(page: Page, day: date) -> None:
    """From this week to the next, where the day lies in it."""
    if week_of(day) != week_of(clock.today()):
        page.get_by_role("navigation", name="Weeks").get_by_role("link", name="Later week").click()
