"""No page asks the database more often because it has more rows to show."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from marketplace.kernel import clock, db
from tests.asking import counted_statements, sign_in
from tests.database import empty_database
from tests.grown import grow
from tests.isf.statements.lived import last_month
from tests.journeys.lived_in import live_in
from tests.kept_world import kept_world
from tests.world import World

SERIES = (
    "/people/{person_id}/series/{series_session_id}?how=1&fund={fund_id}"
    "&until-day={until.day}&until-month={until.month}&until-year={until.year}"
)
PREVIEW = (
    "/invoices/preview?starts_on-day=1&starts_on-month={last_month.month}&starts_on-year={last_month.year}"
    "&ends_on-day=28&ends_on-month={last_month.month}&ends_on-year={last_month.year}"
)
# Who looks, and where; a parameter is filled by what the lived-in world answers under its name.
PAGES: tuple[tuple[str, str], ...] = (
    ("nobody", "/?q=choir"),
    ("broker", "/?q=choir"),
    ("nobody", "/approved-providers"),
    ("nobody", "/activities/{grown_activity_id}"),
    ("broker", "/activities/{grown_activity_id}"),
    ("nobody", "/providers/{slug}?page=2"),
    ("broker", "/desk"),
    ("broker", "/desk?show=ideas"),
    ("care_manager", "/people?search=e"),
    ("broker", "/people/{person_id}"),
    ("broker", "/people/{person_id}/week"),
    ("emma_user", "/people/{person_id}/week?easy=on"),
    ("emma_user", "/people/{person_id}"),
    ("broker", "/people/{person_id}/visits"),
    ("broker", "/people/{person_id}/money"),
    ("broker", "/people/{person_id}/messages"),
    ("broker", "/people/{person_id}/pauses"),
    ("broker", "/people/{person_id}/waitlist"),
    ("broker", "/people/{person_id}/relatives"),
    ("broker", "/people/{person_id}/reprovision"),
    ("broker", SERIES),
    ("broker", "/series/{series_id}"),
    ("broker", "/funds/{fund_id}"),
    ("broker", "/reprovision"),
    ("broker", "/calendars"),
    ("broker", "/invoices"),
    ("broker", "/invoices/{name}"),
    ("broker", "/holder/statements"),
    ("manager", "/provider"),
    ("manager", "/provider/inbox"),
    ("manager", "/provider/week"),
    ("manager", "/provider/to-do"),
    ("manager", "/provider/waiting"),
    ("manager", "/provider/sessions/{today_session_id}"),
    ("manager", "/provider/activities"),
    ("manager", "/provider/activities/{grown_activity_id}/dates"),
    ("manager", "/provider/dates"),
    ("manager", "/provider/disputes"),
    ("manager", "/provider/people"),
    ("manager", "/provider/questions"),
    ("manager", "/provider/terms"),
    ("manager", "/provider/uplifts"),
    ("manager", "/provider/venues"),
    ("manager", "/provider/applications"),
    ("manager", "/invoices"),
    ("manager", "/invoices/{name}"),
    ("care_manager", "/council"),
    ("care_manager", "/council/disputes"),
    ("care_manager", "/council/letters"),
    ("care_manager", "/council/outside-plan"),
    ("care_manager", "/council/relatives"),
    ("care_manager", "/council/statements"),
    ("finance_officer", "/council"),
    ("finance_officer", "/council/exceptions"),
    ("finance_officer", "/council/self-supply"),
    ("finance_officer", "/council/surplus"),
    ("commissioner", "/council"),
    ("commissioner", "/council/providers"),
    ("commissioner", "/council/providers?show=all"),
    ("commissioner", "/council/providers/{provider_id}"),
    ("commissioner", "/council/suspensions"),
    ("commissioner", "/council/suspensions/{suspension_id}"),
    ("commissioner", "/council/accreditation"),
    ("commissioner", "/council/uplifts"),
    ("manager", "/provider/money"),
    ("manager", "/invoices/runs"),
    ("manager", "/invoices/to-be-billed?month={last_month:%Y-%m}"),
    ("manager", PREVIEW),
    ("manager", "/credit-notes"),
    ("manager", "/line-queries"),
    ("manager", "/payments"),
    ("manager", "/invoices/own"),
    ("broker", "/bank-lines"),
    ("broker", "/bank-statements"),
    ("broker", "/line-queries"),
    ("broker", "/payments"),
    ("broker", "/purchase-orders"),
    ("care_manager", "/council/keys"),
    ("care_manager", "/council/transitions"),
    ("care_manager", "/council/calls"),
    ("finance_officer", "/council/charges"),
    ("care_manager", "/council/disagreements"),
    ("care_manager", "/people/{person_id}/circle"),
    ("finance_officer", "/council/payments-in"),
)


@dataclass(frozen=True)
class Seen:
    """A page as it was answered: how often the database was asked, and how much was on it."""

    statements: list[str]
    length: int
    tags: int

    def holds_more_than(self, other: "Seen") -> bool:
        """More words, or more parts of shorter words."""
        return self.length > other.length or self.tags > other.tags


Both = dict[tuple[str, str], tuple[Seen, Seen]]


async def _look(client: httpx.AsyncClient, world: World, values: dict[str, object]) -> list[Seen]:
    seen, refused = [], []
    for who, page in PAGES:
        client.cookies.clear()
        if who != "nobody":
            await sign_in(client, world.personas()[who])
        path = page.format(**values)
        # The first look of a day writes that somebody looked.
        first = await client.get(path)
        if first.status_code != 200:
            refused.append(f"{who} gets {first.status_code} from {path}")
            continue
        with counted_statements() as told:
            again = await client.get(path)
        seen.append(Seen(told, len(again.text), again.text.count("<")))
    assert not refused, "\n".join(refused)
    return seen


async def _few() -> dict[str, object]:
    """What has few dates; `grow` answers something that has more."""
    first = await db.fetch_one(
        "SELECT s.id, s.activity_id FROM activity_session s JOIN activity a ON a.id = s.activity_id"
        " WHERE a.title = 'Evening choir' ORDER BY s.starts_at LIMIT 1"
    )
    assert first is not None
    return {
        "grown_activity_id": first["activity_id"],
        "series_session_id": first["id"],
        "until": clock.today() + timedelta(days=12),
        "last_month": last_month(),
    }


async def _both(world: World, app: Litestar) -> Both:
    values = {**await live_in(world), **await _few()}
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        few = await _look(client, world, values)
        values |= await grow(world, values)
        many = await _look(client, world, values)
    return dict(zip(PAGES, zip(few, many, strict=True), strict=True))


@pytest_asyncio.fixture(scope="module")
async def looks(dsn: str, app: Litestar) -> AsyncIterator[Both]:
    """Every page with the few rows of the lived-in world, and again with several times as many."""
    try:
        yield await _both(await kept_world(dsn), app)
    finally:
        await empty_database()


@pytest.mark.parametrize("listing", PAGES, ids=lambda listing: f"{listing[1]} as {listing[0]}")
def test_a_page_asks_no_more_of_the_database_when_it_shows_more(
    looks: Both, listing: tuple[str, str]
) -> None:
    few, many = looks[listing]
    assert many.holds_more_than(few), "the page has no more on it: make more of what it shows in grown.py"
    assert few.statements, "nothing was counted"
    more = Counter(many.statements) - Counter(few.statements)
    assert len(many.statements) <= len(few.statements), "\n".join(
        f"{count} more: {words}" for words, count in more.items()
    )
