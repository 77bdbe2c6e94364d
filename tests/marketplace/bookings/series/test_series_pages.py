"""The pages and the API of a series: ask, see each date's answer, book, look, give up."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.series.commands import SeriesDraft, book_series
from marketplace.bookings.series.rules import Mode
from marketplace.kernel import clock, db
from tests.asking import day, follow, send, sign_in, statements_of, words_of
from tests.world import World, balances

pytestmark = pytest.mark.row("B2")


async def _weeks(world: World, count: int, *, capacity: int = 8) -> list[UUID]:
    activity = await world.activity()
    return [
        await world.session(activity, day=clock.today() + timedelta(days=3 + 7 * week), capacity=capacity)
        for week in range(count)
    ]


def _asked(world: World, sessions: list[UUID], **also: str) -> str:
    until = clock.today() + timedelta(days=3 + 7 * (len(sessions) - 1))
    boxes = {"how": "1", "fund": str(world.emma_isf), **day("until", until), **also}
    return f"/people/{world.emma}/series/{sessions[0]}?{httpx.QueryParams(boxes)}"


async def test_from_a_date_to_a_booked_series_on_pages(world: World, client: httpx.AsyncClient) -> None:
    sessions = await _weeks(world, 4, capacity=1)
    await book(world.dan_user, sessions[2], world.dan_direct)
    await sign_in(client, world.broker)
    assert "Book more dates of this at once" in await words_of(
        client, f"/people/{world.emma}/book/{sessions[0]}"
    )
    start = f"/people/{world.emma}/series/{sessions[0]}"
    assert "Which dates of Garden group?" in await words_of(client, start)
    shown = await words_of(client, _asked(world, sessions))
    assert "3 of 4 dates can be booked." in shown
    assert "All places are taken." in shown
    assert (await balances(world.emma_isf))["committed"] == 0
    sent = await send(
        client, _asked(world, sessions), start, fund=str(world.emma_isf), how="1", mode="what_fits",
        sessions=",".join(str(each) for each in sessions), shown_pence=str(3 * 3850),
    )  # fmt: skip
    words = await follow(client, sent)
    assert "3 dates booked for £115.50." in words
    assert "1 date could not be booked. You see why below." in words
    assert "all places are taken" in words
    assert (await balances(world.emma_isf))["committed"] == 3 * 3850


async def test_pressed_twice_it_is_booked_once(world: World, client: httpx.AsyncClient) -> None:
    sessions = await _weeks(world, 2)
    await sign_in(client, world.broker)
    fields = {
        "fund": str(world.emma_isf), "how": "1", "mode": "what_fits", "key": "pressed",
        "sessions": ",".join(str(each) for each in sessions), "shown_pence": "7700",
    }  # fmt: skip
    start = f"/people/{world.emma}/series/{sessions[0]}"
    first = await send(client, start, shown_at="/desk", **fields)
    again = await send(client, start, shown_at="/desk", **fields)
    assert first.headers["location"] == again.headers["location"]
    assert await db.fetch_value("SELECT count(*) FROM series") == 1


async def test_what_is_typed_wrongly_is_asked_for_again(world: World, client: httpx.AsyncClient) -> None:
    sessions = await _weeks(world, 2)
    await sign_in(client, world.broker)
    words = await words_of(client, _asked(world, sessions, **{"until-day": "45"}), 422)
    assert "Enter the last day, like 24 11 2026" in words
    these = _asked(world, sessions, how="these")
    assert "Tick at least one date" in await words_of(client, these, 422)
    assert "All 2 dates can be booked." in await words_of(
        client, these + "".join(f"&session={each}" for each in sessions)
    )


async def test_dates_that_became_dearer_are_shown_again(world: World, client: httpx.AsyncClient) -> None:
    sessions = await _weeks(world, 2)
    await sign_in(client, world.broker)
    sent = await send(
        client, _asked(world, sessions), f"/people/{world.emma}/series/{sessions[0]}", mode="what_fits", how="1",
        fund=str(world.emma_isf), sessions=",".join(str(each) for each in sessions), shown_pence="7000",
    )  # fmt: skip
    assert sent.status_code == 409
    assert "The dates cost £77.00 now, more than a moment ago." in sent.text
    assert await db.fetch_value("SELECT count(*) FROM booking") == 0


@pytest.mark.row("B5")
async def test_a_series_is_given_up_from_a_day_on_at_the_price_shown(
    world: World, client: httpx.AsyncClient
) -> None:
    sessions = await _weeks(world, 3)
    made = await book_series(
        world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS, every_weeks=1)
    )
    await sign_in(client, world.sister)
    path = f"/series/{made.id}"
    assert "Every week" in await words_of(client, path)
    later = (clock.today() + timedelta(days=10)).isoformat()
    shown = await words_of(client, f"{path}/cancel?from={later}")
    assert "Cancel 2 dates of Garden group?" in shown
    assert "You pay £0.00" in shown
    fields = {"from": later, "charge_pence": "0", "because": "changed_mind"}
    sent = await send(client, f"{path}/cancel?from={later}", f"{path}/cancel", **fields)
    assert "2 bookings cancelled. Nothing is paid for them." in await follow(client, sent)
    await sign_in(client, world.stranger)
    await words_of(client, path, 404)


async def test_the_questions_to_the_database_do_not_grow_with_the_dates(
    world: World, client: httpx.AsyncClient
) -> None:
    sessions = await _weeks(world, 12)
    await sign_in(client, world.broker)
    few = await statements_of(client, _asked(world, sessions[:2]))
    assert await statements_of(client, _asked(world, sessions)) == few


@pytest.mark.row("X3")
async def test_an_integrator_previews_books_reads_and_cancels(
    world: World, client: httpx.AsyncClient
) -> None:
    sessions = await _weeks(world, 3)
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}", "Idempotency-Key": "k"}
    until = (clock.today() + timedelta(days=40)).isoformat()
    body = {
        "fund_id": str(world.emma_isf), "first_session_id": str(sessions[0]), "every_weeks": 2, "until": until,
    }  # fmt: skip
    previewed = (await client.post("/api/v1/series/preview", json=body, headers=headers)).json()
    assert [each["activity_session_id"] for each in previewed["dates"]] == [
        str(sessions[0]),
        str(sessions[2]),
    ]
    assert previewed["price_pence"] == 7700
    for _ in range(2):
        made = await client.post("/api/v1/series", json={**body, "mode": "all_or_nothing"}, headers=headers)
        assert made.status_code == 201, made.text
    series = made.json()["id"]
    read = (await client.get(f"/api/v1/series/{series}", headers=headers)).json()
    assert [each["state"] for each in read["dates"]] == ["confirmed", "confirmed"]
    cancelled = await client.post(
        f"/api/v1/series/{series}/cancel", json={"from_on": clock.today().isoformat()},
        headers={**headers, "Idempotency-Key": "c"},
    )  # fmt: skip
    assert cancelled.json() == {"id": series, "charge_pence": 0}
    assert await db.fetch_value("SELECT count(*) FROM booking WHERE state = 'confirmed'") == 0
