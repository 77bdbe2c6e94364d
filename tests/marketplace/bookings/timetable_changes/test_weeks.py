"""A week of dates: many changed at once, and single ones copied to other weeks."""

import re
from datetime import date, time, timedelta
from typing import Any

import httpx
import pytest

from marketplace.bookings.commands import book
from marketplace.kernel import clock, db
from marketplace.kernel.clock import LONDON, week_of
from marketplace.kernel.errors import Invalid
from providers.commands import TimetableDraft, Weekday, create_timetable
from providers.timetables.copying import NothingToCopy, copy_week, look_at_copy
from tests.asking import follow, plain, send, sign_in, statements_of
from tests.world import World

pytestmark = pytest.mark.row("P4")


def monday() -> date:
    return week_of(clock.today()) + timedelta(days=14)


async def test_single_dates_of_a_week_are_copied_and_what_is_there_is_left_alone(world: World) -> None:
    garden, choir = await world.activity(), await world.activity(title="Choir", price="5.00")
    await world.session(garden, day=monday(), at=time(10), minutes=90, capacity=5)
    await world.session(choir, day=monday() + timedelta(days=3), at=time(19), minutes=60)
    await world.session(garden, day=monday() + timedelta(days=14), at=time(10))
    tuesdays = TimetableDraft(frozenset({Weekday.TUESDAY}), time(10), 60, monday())
    await create_timetable(world.manager, garden, tuesdays)
    weeks = [monday() + timedelta(days=7 * n) for n in (1, 2)]
    looked = await look_at_copy(world.manager, monday(), weeks)
    assert [copy.why_not for copy in looked] == ["", "", "The activity has a date then", ""]
    assert await copy_week(world.manager, monday(), weeks) == 3
    assert await copy_week(world.manager, monday(), weeks) == 0
    rows = await db.fetch_all(
        "SELECT starts_at, capacity FROM activity_session WHERE service_on = $1 AND timetable_id IS NULL",
        monday() + timedelta(days=7),
    )
    assert [(row["starts_at"].astimezone(LONDON).time(), row["capacity"]) for row in rows] == [(time(10), 5)]


async def test_a_week_is_copied_to_other_weeks_only(world: World) -> None:
    await world.session(day=monday())
    with pytest.raises(Invalid):
        await look_at_copy(world.manager, monday(), [monday() + timedelta(days=2)])
    with pytest.raises(NothingToCopy):
        await look_at_copy(world.other_manager, monday(), [monday() + timedelta(days=7)])


async def test_a_copied_week_keeps_its_wall_time_over_the_clock_change(world: World) -> None:
    day = date(2027, 3, 22)
    await world.session(day=day, at=time(10))
    await copy_week(world.manager, day, [day + timedelta(days=7)])
    rows = await db.fetch_all("SELECT starts_at FROM activity_session ORDER BY starts_at")
    assert {row["starts_at"].astimezone(LONDON).time() for row in rows} == {time(10)}
    assert {row["starts_at"].hour for row in rows} == {9, 10}


async def test_a_day_is_called_off_over_all_activities_by_the_page(
    client: httpx.AsyncClient, world: World
) -> None:
    garden = await world.session(await world.activity(), day=monday(), at=time(10))
    choir = await world.session(await world.activity(title="Choir", price="5.00"), day=monday(), at=time(14))
    stays = await world.session(
        await world.activity(title="Walks", price="5.00"), day=monday() + timedelta(days=1)
    )
    for session in (garden, choir, stays):
        await book(world.broker, session, world.emma_isf)
    await sign_in(client, world.manager)
    path = f"/provider/dates?week={monday()}"
    fields: dict[str, Any] = {"dates": [str(garden), str(choir)], "what": "off", "movers": "move"}
    shown = await send(client, path, do="show", **fields)
    assert "2 dates are off. 2 bookings are given back at no cost." in plain(shown.text)
    seen = re.search(r'name="shown" value="(\w+)"', shown.text)
    assert seen is not None
    done = await send(client, path, do="make", shown=seen[1], **fields)
    assert "2 dates are off." in await follow(client, done)
    rows = await db.fetch_all("SELECT activity_session_id FROM booking WHERE state = 'confirmed'")
    assert [row["activity_session_id"] for row in rows] == [stays]


async def test_ticked_dates_begin_later_or_have_other_places(client: httpx.AsyncClient, world: World) -> None:
    session = await world.session(day=monday(), at=time(10))
    await sign_in(client, world.manager)
    path = f"/provider/dates?week={monday()}"
    for fields in (
        {"what": "later", "minutes": "30", "direction": "earlier"},
        {"what": "places", "capacity": "11"},
    ):
        shown = await send(client, path, do="show", dates=str(session), movers="move", **fields)
        seen = re.search(r'name="shown" value="(\w+)"', shown.text)
        assert seen is not None, plain(shown.text)
        await send(client, path, do="make", shown=seen[1], dates=str(session), movers="move", **fields)
    row = await db.fetch_one("SELECT starts_at, capacity FROM activity_session")
    assert row is not None
    assert (row["starts_at"].astimezone(LONDON).time(), row["capacity"]) == (time(9, 30), 11)
    answer = await send(client, path, do="show", what="later", movers="move")
    assert answer.status_code == 422
    assert "Choose one date or more" in plain(answer.text)


async def test_the_week_page_asks_as_much_for_many_dates_as_for_few(
    client: httpx.AsyncClient, world: World
) -> None:
    garden = await world.activity()
    await world.session(garden, day=monday(), at=time(8))
    await sign_in(client, world.manager)
    path = f"/provider/dates?week={monday()}"
    few = await statements_of(client, path)
    for hour in range(9, 20):
        await world.session(garden, day=monday(), at=time(hour), minutes=50)
    assert await statements_of(client, path) == few


async def test_the_page_copies_a_week(client: httpx.AsyncClient, world: World) -> None:
    await world.session(day=monday(), at=time(10))
    await sign_in(client, world.manager)
    path = f"/provider/dates/copy?week={monday()}"
    weeks = [str(monday() + timedelta(days=7 * n)) for n in (1, 2)]
    shown = await send(client, path, do="show", to_weeks=weeks)
    assert "This adds 2 dates" in plain(shown.text)
    done = await send(client, path, do="copy", to_weeks=weeks)
    assert "2 dates added." in await follow(client, done)
