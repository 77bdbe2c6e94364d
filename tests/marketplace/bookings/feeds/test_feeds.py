"""Calendars that are subscribed to: what they show, to whom, and until when (row X4)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
import icalendar
import pytest

from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.feeds.commands import FeedDraft, make_feed, renew_feed, stop_feed
from marketplace.bookings.feeds.queries import feeds_of, read_feed
from marketplace.bookings.feeds.rules import READINGS, FeedBusy, FeedKind, FeedOver
from marketplace.bookings.rules import Reason
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from tests.asking import send, sign_in, statements_of, words_of
from tests.world import World

pytestmark = pytest.mark.row("X4")


async def feed(actor: Actor, kind: FeedKind, **of: UUID) -> str:
    """A new calendar's token."""
    return (await make_feed(actor, FeedDraft(kind, "my phone", **of))).token


async def events(token: str) -> list[Any]:
    """What a calendar program finds at the address."""
    parsed = icalendar.Calendar.from_ical((await read_feed(token)).body)
    return list(parsed.walk("VEVENT"))


def next_change_of_clocks(month: int) -> date:
    """The last Sunday of the next March or October."""
    year = clock.today().year + (clock.today().month >= month)
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


async def test_times_are_right_over_the_clock_change(world: World) -> None:
    sunday = next_change_of_clocks(3)
    activity = await world.activity()
    for day in (sunday - timedelta(days=1), sunday):
        await book(world.broker, await world.session(activity, day=day, at=time(10)), world.emma_isf)
    before, after = await events(await feed(world.broker, FeedKind.PERSON, person_id=world.emma))
    assert before["DTSTART"].dt == datetime.combine(sunday - timedelta(days=1), time(10), tzinfo=UTC)
    assert after["DTSTART"].dt == datetime.combine(sunday, time(9), tzinfo=UTC)
    for event in (before, after):
        assert event["DTSTART"].dt.astimezone(clock.LONDON).time() == time(10)
        assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=2)


async def test_a_booking_keeps_its_uid_and_a_cancelled_one_says_so(world: World) -> None:
    booked = await book(world.broker, await world.session(), world.emma_isf)
    token = await feed(world.broker, FeedKind.PERSON, person_id=world.emma)
    (first,) = await events(token)
    assert (first["STATUS"], first["SEQUENCE"]) == ("CONFIRMED", 0)
    assert str(first["UID"]).startswith(f"booking-{booked.id}@")
    await cancel_booking(world.broker, booked.id, Reason.OTHER)
    (then,) = await events(token)
    assert then["UID"] == first["UID"]
    assert then["STATUS"] == "CANCELLED"
    assert then["SEQUENCE"] > first["SEQUENCE"]


async def test_what_a_person_and_a_broker_read_and_what_a_seller_does_not(world: World) -> None:
    session = await world.session()
    await book(world.broker, session, world.emma_isf)
    await book(world.dan_user, session, world.dan_direct)
    (own,) = await events(await feed(world.emma_user, FeedKind.PERSON, person_id=world.emma))
    assert str(own["SUMMARY"]) == "Garden group"
    assert str(own["LOCATION"]) == "The Hall, Sandiway"
    desk = await events(await feed(world.broker, FeedKind.CASELOAD))
    reference = await db.fetch_value("SELECT reference FROM person WHERE id = $1", world.emma)
    assert [str(each["SUMMARY"]) for each in desk] == [f"Emma ({reference}): Garden group"]
    token = await feed(world.staff, FeedKind.PROVIDER, provider_id=world.pettypool)
    body = (await read_feed(token)).body.decode()
    assert "2 places of 8 taken" in body
    for name in ("Emma", "Dan"):
        assert name not in body


async def test_a_venue_shows_its_own_sessions_only(world: World) -> None:
    here = await world.activity(title="Here")
    await world.session(here)
    await world.session(await world.activity(title="There"))
    venue = await db.fetch_value("SELECT venue_id FROM activity WHERE id = $1", here)
    token = await feed(world.manager, FeedKind.VENUE, provider_id=world.pettypool, venue_id=venue)
    assert [str(each["SUMMARY"]) for each in await events(token)] == ["Here"]


async def test_nobody_makes_a_calendar_of_what_they_may_not_see(world: World) -> None:
    with pytest.raises(NotFound):
        await feed(world.stranger, FeedKind.PERSON, person_id=world.emma)
    with pytest.raises(NotFound):
        await feed(world.other_manager, FeedKind.PROVIDER, provider_id=world.pettypool)
    with pytest.raises(Forbidden):
        await feed(world.care_manager, FeedKind.CASELOAD)
    with pytest.raises(NotFound):
        await feed(world.manager, FeedKind.VENUE, provider_id=world.pettypool, venue_id=world.pettypool)
    with pytest.raises(Invalid):
        await make_feed(world.broker, FeedDraft(FeedKind.CASELOAD, " "))


async def test_the_address_ends_with_the_authority(client: httpx.AsyncClient, world: World) -> None:
    token = await feed(world.broker, FeedKind.PERSON, person_id=world.emma)
    desk = await feed(world.broker, FeedKind.CASELOAD)
    await book(world.broker, await world.session(), world.emma_isf)
    path = f"/calendar/{token}/fairday.ics"
    assert (await client.get(path)).status_code == 200
    assert len(await events(desk)) == 1
    await db.execute(
        "UPDATE authority SET ends_on = $2 WHERE person_id = $1 AND organisation_id = $3",
        world.emma,
        clock.today(),
        world.harbour,
    )
    assert (await client.get(path)).status_code == 410
    assert await events(desk) == []
    assert (await client.get("/calendar/no-such-address/fairday.ics")).status_code == 404


async def test_an_address_is_renewed_and_stopped_by_its_owner(world: World) -> None:
    made = await make_feed(world.broker, FeedDraft(FeedKind.CASELOAD, "desk"))
    with pytest.raises(NotFound):
        await renew_feed(world.stranger, made.id)
    again = await renew_feed(world.broker, made.id)
    with pytest.raises(NotFound):
        await read_feed(made.token)
    await read_feed(again.token)
    await stop_feed(world.broker, made.id)
    with pytest.raises(FeedOver):
        await read_feed(again.token)
    with pytest.raises(StateConflict):
        await renew_feed(world.broker, made.id)
    kept = await db.fetch_value("SELECT row_to_json(c)::text FROM calendar_feed c")
    assert made.token not in kept
    assert again.token not in kept


async def test_whoever_has_it_already_gets_nothing_again(client: httpx.AsyncClient, world: World) -> None:
    booked = await book(world.broker, await world.session(), world.emma_isf)
    path = f"/calendar/{await feed(world.broker, FeedKind.PERSON, person_id=world.emma)}/fairday.ics"
    first = await client.get(path)
    assert first.headers["content-type"].startswith("text/calendar")
    tag = {"If-None-Match": f'W/"other", {first.headers["etag"]}'}
    assert (await client.get(path, headers=tag)).status_code == 304
    since = {"If-Modified-Since": first.headers["last-modified"]}
    assert (await client.get(path, headers=since)).status_code == 304
    with use_clock(FixedClock(clock.now() + timedelta(seconds=5))):
        await cancel_booking(world.broker, booked.id, Reason.OTHER)
    await db.execute("ALTER TABLE audit_record DISABLE TRIGGER USER")
    await db.execute(
        "UPDATE audit_record SET at = at + interval '2 seconds' WHERE action = 'booking.cancelled'"
    )
    await db.execute("ALTER TABLE audit_record ENABLE TRIGGER USER")
    for header in (tag, since):
        assert (await client.get(path, headers=header)).status_code == 200


async def test_an_address_is_not_read_without_end(world: World) -> None:
    token = await feed(world.broker, FeedKind.CASELOAD)
    with use_clock(FixedClock(from_wall(clock.today(), time(12)))):
        for _ in range(READINGS):
            await read_feed(token)
        with pytest.raises(FeedBusy):
            await read_feed(token)


async def test_when_it_was_read_is_shown_and_the_view_is_audited_once_a_day(world: World) -> None:
    token = await feed(world.broker, FeedKind.PERSON, person_id=world.emma)
    viewed = "SELECT count(*) FROM audit_record WHERE action = 'person.viewed' AND subject_id = $1"
    noon = from_wall(clock.today() + timedelta(days=1), time(12))
    before = await db.fetch_value(viewed, world.emma)
    for hours in (0, 1, 2, 24):
        with use_clock(FixedClock(noon + timedelta(hours=hours))):
            await read_feed(token)
    assert await db.fetch_value(viewed, world.emma) == before + 2
    (line,) = await feeds_of(world.broker)
    assert line.last_used_at == noon + timedelta(hours=24)


async def test_by_the_pages(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, world.emma_user)
    await book(world.broker, await world.session(), world.emma_isf)
    assert (
        "Enter a name, like my phone" in (await send(client, "/calendars", shows=f"person:{world.emma}")).text
    )
    made = await send(client, "/calendars", shows=f"person:{world.emma}", name="my phone")
    address = re.search(r'value="https?://[^/"]+(/calendar/[^"]+)"', made.text)
    assert address is not None
    assert "Garden group" in (await client.get(address[1])).text
    shown = await words_of(client, "/calendars")
    assert "my phone" in shown
    assert address[1] not in (await client.get("/calendars")).text
    (line,) = await feeds_of(world.emma_user)
    assert (await send(client, "/calendars", to=f"/calendars/{line.id}/stop")).status_code == 303
    assert (await client.get(address[1])).status_code == 410
    refused = await send(client, "/calendars", shows=f"person:{world.dan}", name="x")
    assert refused.status_code == 404


async def test_by_the_api(client: httpx.AsyncClient, world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    made = await client.post("/api/v1/calendars", json={"kind": "caseload", "name": "desk"}, headers=headers)
    assert made.status_code == 201
    path = made.json()["address"].partition("/calendar/")[2]
    assert (await client.get(f"/calendar/{path}")).status_code == 200
    one = f"/api/v1/calendars/{made.json()['id']}"
    renewed = await client.post(f"{one}/renew", headers=headers)
    assert renewed.json()["address"] != made.json()["address"]
    assert (await client.post(f"{one}/stop", headers=headers)).status_code == 204
    (line,) = (await client.get("/api/v1/calendars", headers=headers)).json()
    assert line["stopped_at"] is not None


async def test_a_calendar_asks_as_much_for_many_as_for_one(client: httpx.AsyncClient, world: World) -> None:
    activity = await world.activity()
    token = await feed(world.broker, FeedKind.CASELOAD)
    path = f"/calendar/{token}/fairday.ics"
    await book(world.broker, await world.session(activity), world.emma_isf)
    await client.get(path)
    one = await statements_of(client, path)
    for days in range(4, 10):
        session = await world.session(activity, day=clock.today() + timedelta(days=days))
        await book(world.broker, session, world.emma_isf)
    assert await statements_of(client, path) == one
