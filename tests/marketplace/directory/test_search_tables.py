"""The search tables follow every change by themselves, and no booking touches them."""

from datetime import timedelta

import pytest

from marketplace.directory.queries import search
from marketplace.directory.rules import SearchQuery
from marketplace.kernel import clock, db
from providers.rules import Category
from tests.world import World


async def found(words: str = "") -> int:
    """How many activities a search finds."""
    return (await search(SearchQuery(words=words))).total


async def test_sql_and_python_call_each_category_the_same(database: str) -> None:
    rows = await db.fetch_all(
        "SELECT c, category_words(c) AS words FROM unnest($1::text[]) AS c", [str(kind) for kind in Category]
    )
    told = {row["c"]: row["words"] for row in rows}
    assert told == {str(kind): "" if kind is Category.OTHER else kind.label for kind in Category}


@pytest.mark.row("D1")
async def test_a_draft_is_not_found_and_an_archived_activity_no_longer(world: World) -> None:
    activity = await world.activity()
    assert await found() == 1
    for state, number in (("archived", 0), ("published", 1), ("draft", 0)):
        await db.execute("UPDATE activity SET state = $2 WHERE id = $1", activity, state)
        assert await found() == number


@pytest.mark.row("D1")
async def test_new_words_are_found_and_old_ones_no_longer(world: World) -> None:
    activity = await world.activity()
    await db.execute(
        "UPDATE activity SET title = 'Pottery', summary = 'Clay.', category = 'arts' WHERE id = $1", activity
    )
    assert (await found("garden"), await found("pottery"), await found("crafts")) == (0, 1, 1)
    await db.execute("UPDATE provider SET name = 'Riverside' WHERE id = $1", world.pettypool)
    assert (await found("pettypool"), await found("riverside")) == (0, 1)
    await db.execute("UPDATE venue SET town = 'Northwich', name = 'The Barn'")
    assert (await found("sandiway"), await found("northwich barn")) == (0, 1)


@pytest.mark.row("D1")
async def test_a_cancelled_date_is_not_found(world: World) -> None:
    session = await world.session()
    assert (await search(SearchQuery())).total_dates == 1
    await db.execute("UPDATE activity_session SET state = 'cancelled' WHERE id = $1", session)
    assert (await search(SearchQuery())).total_dates == 0


@pytest.mark.row("D1")
async def test_a_moved_date_is_found_where_it_is_now(world: World) -> None:
    session = await world.session()
    later = clock.now() + timedelta(days=30)
    await db.execute(
        "UPDATE activity_session SET starts_at = $2::timestamptz, ends_at = $2::timestamptz + interval '1 hour'"
        " WHERE id = $1",
        session,
        later,
    )
    row = await db.fetch_one("SELECT * FROM search_session WHERE session_id = $1", session)
    assert row is not None
    assert (row["starts_at"], row["service_on"]) == (later, clock.london_day(later))


@pytest.mark.row("D1")
async def test_a_changed_or_withdrawn_price_reaches_every_date(world: World) -> None:
    activity = await world.activity(price="10")
    await world.session(activity)
    await db.execute("UPDATE rate SET price_pence = 1200 WHERE activity_id = $1", activity)
    assert await db.fetch_value("SELECT price_pence FROM search_session") == 1200
    await db.execute("DELETE FROM rate WHERE activity_id = $1", activity)
    assert await db.fetch_value("SELECT price_pence FROM search_session") is None


async def test_a_booking_does_not_touch_the_search_tables(world: World) -> None:
    session = await world.session()
    before = await db.fetch_all("SELECT ctid::text, xmin::text FROM search_session")
    listed = await db.fetch_all("SELECT ctid::text, xmin::text FROM listing")
    await db.execute("UPDATE activity_session SET places_taken = places_taken + 1 WHERE id = $1", session)
    assert await db.fetch_all("SELECT ctid::text, xmin::text FROM search_session") == before
    assert await db.fetch_all("SELECT ctid::text, xmin::text FROM listing") == listed


async def test_what_is_deleted_leaves_the_search_tables(world: World) -> None:
    activity = await world.activity()
    await world.session(activity)
    await db.execute("DELETE FROM activity_session")
    await db.execute("DELETE FROM rate")
    await db.execute("DELETE FROM activity")
    assert await db.fetch_value("SELECT count(*) FROM search_session") == 0
    assert await db.fetch_value("SELECT count(*) FROM listing") == 0
