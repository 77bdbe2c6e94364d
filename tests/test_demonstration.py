"""The demonstration council is made whole, once, and keeps every rule."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fixtures.demonstration import PASSWORD, WHO_CAN_SIGN_IN, make_demonstration
from fixtures.demonstration.script import MAIL, SCRIPT
from isf.ledger.verify import verify
from marketplace.identity.credentials import sign_in
from marketplace.kernel import db
from marketplace.kernel.errors import Invalid
from providers.rules import Category, SellerType
from tests.database import empty_database


@pytest_asyncio.fixture(scope="module")
async def demonstration(dsn: str) -> AsyncIterator[None]:
    """The council, made once for this file: nothing here changes it."""
    assert await make_demonstration() is True
    yield
    await empty_database()


async def counted(sql: str, *args: object) -> int:
    """The number that a query answers."""
    number: int = await db.fetch_value(f"SELECT count(*) FROM {sql}", *args)
    return number


@pytest.mark.row("O1")
async def test_it_is_made_once_and_the_books_are_whole(demonstration: None) -> None:
    bookings = await counted("booking")
    assert await make_demonstration() is False
    assert await counted("booking") == bookings
    assert await verify() == []
    assert await counted("organisation WHERE NOT demonstration") == 0
    assert await counted("app_user WHERE NOT demonstration") == 0
    assert await counted("app_user WHERE email NOT LIKE $1", f"%@{MAIL}") == 0


@pytest.mark.row("O1")
async def test_everybody_who_is_named_can_sign_in_and_nobody_else(demonstration: None) -> None:
    for email, _ in WHO_CAN_SIGN_IN:
        assert await sign_in(email, PASSWORD)
    with pytest.raises(Invalid):
        await sign_in(f"luke@{MAIL}", PASSWORD)
    assert len(PASSWORD) >= 12


@pytest.mark.row("D4")
async def test_no_personal_budget_of_the_council_buys_from_its_own_service(demonstration: None) -> None:
    own = "booking b JOIN provider p ON p.id = b.provider_id WHERE p.name = 'Vivo Care Choices'"
    assert await counted(f"{own} AND b.route = 'council_managed'") > 0
    assert await counted(f"{own} AND b.route <> 'council_managed'") == 0
    other = "booking b JOIN provider p ON p.id = b.provider_id WHERE p.name LIKE 'Northmarsh%'"
    assert await counted(f"{other} AND b.route = 'isf'") > 0, (
        "another council's service is a seller like any other"
    )


@pytest.mark.row("D2")
async def test_it_shows_every_kind_of_seller_category_and_way_of_paying(demonstration: None) -> None:
    sold = {row["category"] for row in await db.fetch_all("SELECT DISTINCT category FROM activity")}
    assert sold == {str(category) for category in Category}
    kinds = {row["seller_type"] for row in await db.fetch_all("SELECT seller_type FROM provider")}
    assert kinds == {str(kind) for kind in SellerType} - {"unknown"}
    assert await counted("activity WHERE easy_read = '' OR summary = '' OR state <> 'published'") == 0
    assert await counted("venue WHERE easting IS NULL") == 0
    routes = {row["route"] for row in await db.fetch_all("SELECT DISTINCT route FROM booking")}
    assert routes == {"direct_payment", "isf", "council_managed"}


@pytest.mark.row("B3")
async def test_it_shows_a_place_that_is_kept_for_the_first_who_waits(demonstration: None) -> None:
    assert await counted("waitlist_entry WHERE state = 'offered'") == 1
    assert await counted("activity_session WHERE places_offered > 0") == 1


@pytest.mark.row("P5")
async def test_work_waits_for_those_who_open_their_list_this_morning(demonstration: None) -> None:
    assert await counted("activity_question WHERE answered_at IS NULL") == 1
    assert await counted("attendance_check WHERE state = 'disputed'") == 1
    assert await counted("booking_news WHERE seen_at IS NULL") > 0
    assert await counted("sent_notice WHERE way = 'letter' AND posted_at IS NULL") >= 1
    assert await counted("in_house_exception WHERE state = 'asked'") == 1


def test_the_story_names_only_what_is_in_it() -> None:
    offers = {offer.key: offer for seller in SCRIPT.sellers for offer in seller.activities}
    assert len(offers) == sum(len(seller.activities) for seller in SCRIPT.sellers), "keys are unique"
    for person in SCRIPT.people:
        for habit in person.week:
            days = {day for slot in offers[habit.activity].slots for day in slot.weekdays}
            assert habit.weekday in days, (person.key, habit.activity)
        assert all(idea.activity in offers for idea in person.ideas)
    for seller in SCRIPT.sellers:
        assert "made up" in seller.description or "invented" in seller.description
        assert "made up" in seller.easy_read
