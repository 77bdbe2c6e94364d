"""The page of a change, as a browser without JavaScript sends it, and the same through the API."""

import re
from datetime import time, timedelta
from typing import Any

import httpx
import pytest

from marketplace.bookings.commands import book
from marketplace.kernel import clock, db
from providers.commands import TimetableDraft, Weekday, create_timetable
from tests.asking import follow, plain, send, sign_in
from tests.world import World

pytestmark = pytest.mark.row("P4")
Client = httpx.AsyncClient


async def first_session(world: World) -> Any:
    day = clock.today() + timedelta(days=8)
    await create_timetable(
        world.manager,
        await world.activity(),
        TimetableDraft(frozenset({Weekday(day.weekday())}), time(10), 120, day),
    )
    return await db.fetch_value("SELECT id FROM activity_session ORDER BY starts_at LIMIT 1")


FORM = {"reach": "following", "weekday": "", "start_time": "14:00", "hours": "2", "extra_minutes": "0", "venue_id": "",
        "capacity": "8", "movers": "move"}  # fmt: skip


async def test_the_page_shows_what_happens_and_then_does_exactly_that(client: Client, world: World) -> None:
    session = await first_session(world)
    await book(world.broker, session, world.emma_isf)
    await sign_in(client, world.manager)
    path = f"/provider/sessions/{session}/change"
    shown = await send(client, path, do="show", **FORM)
    words = plain(shown.text)
    assert "1 booking moves with its date." in words
    assert "Emma BK-" in words
    assert "Moves with the date." in words
    assert await db.fetch_value("SELECT count(*) FROM timetable") == 1
    seen = re.search(r'name="shown" value="(\w+)"', shown.text)
    assert seen is not None
    done = await send(client, path, do="make", shown=seen[1], **FORM)
    assert "1 booking moves with its date." in await follow(client, done)
    starts = await db.fetch_value("SELECT starts_at FROM booking")
    assert starts.astimezone(clock.LONDON).time() == time(14)


async def test_what_was_not_shown_is_shown_first(client: Client, world: World) -> None:
    session = await first_session(world)
    await sign_in(client, world.manager)
    path = f"/provider/sessions/{session}/change"
    answer = await send(client, path, do="make", shown="of yesterday", **FORM)
    assert answer.status_code == 409
    assert "Something changed since you looked" in plain(answer.text)
    assert "Nobody has booked any of them." in plain(answer.text)


async def test_what_was_typed_wrong_is_said_at_its_field(client: Client, world: World) -> None:
    session = await first_session(world)
    await sign_in(client, world.manager)
    path = f"/provider/sessions/{session}/change"
    for changed, words in (
        ({"start_time": "soon"}, "Enter when it starts, like 10:00"),
        ({"start_time": "10:00"}, "Change something: the day, the time"),
        ({"hours": "30"}, "Enter a number from 0 to 24"),
    ):
        answer = await send(client, path, do="show", **{**FORM, **changed})
        assert answer.status_code == 422
        assert words in plain(answer.text)


async def test_a_program_looks_and_makes_the_same_change(client: Client, world: World) -> None:
    session = await first_session(world)
    await book(world.broker, session, world.emma_isf)
    headers = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    body = {"session_ids": [str(session)], "start_time": "15:00"}
    looked = await client.post("/api/v1/sessions/change", json=body, headers=headers)
    assert looked.status_code == 200, looked.text
    told = looked.json()
    assert (told["done"], told["dates"][0]["bookings"][0]["fate"]) == (False, "moved")
    made = await client.post(
        "/api/v1/sessions/change", json={**body, "do": "make", "shown": told["shown"]}, headers=headers
    )
    assert made.json()["done"]
    again = await client.post(
        "/api/v1/sessions/change", json={**body, "do": "make", "shown": told["shown"]}, headers=headers
    )
    assert again.status_code == 409
