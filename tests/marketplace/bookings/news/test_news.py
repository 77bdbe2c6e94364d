"""Person and provider are told what happens to a booking, once, with the same event from first to last (row B2)."""

import asyncio
from datetime import time, timedelta
from typing import Any

import pytest

from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.news.commands import mark_seen, tell_what_happened
from marketplace.bookings.rules import Reason
from marketplace.kernel import db
from tests.world import World


async def told(recipient: str) -> list[tuple[str, Any, Any]]:
    rows = await db.fetch_all(
        "SELECT subject, event ->> 'sequence' AS sequence, event ->> 'cancelled' AS cancelled, event ->> 'key' AS key"
        "  FROM sent_notice WHERE recipient = $1 ORDER BY made_at",
        recipient,
    )
    assert len({row["key"] for row in rows}) <= 1
    return [(row["subject"], row["sequence"], row["cancelled"]) for row in rows]


@pytest.mark.row("B2")
async def test_booked_moved_cancelled_each_is_told_to_both_sides(world: World) -> None:
    made = await book(world.broker, await world.session(), world.emma_isf)
    await tell_what_happened()
    await db.execute(
        "UPDATE booking SET starts_at = starts_at + $1, ends_at = ends_at + $1", timedelta(hours=1)
    )
    await tell_what_happened()
    await cancel_booking(world.broker, made.id, Reason.PERSON_ILL)
    await tell_what_happened()
    assert await told("emma@example.com") == [
        ("Booked: Garden group", "0", "false"),
        ("Moved: Garden group", "1", "false"),
        ("Cancelled: Garden group", "2", "true"),
    ]
    provider = [subject.split()[0] for subject, _, _ in await told("bookings@pettypool.example")]
    assert provider == ["New", "Moved:", "Cancelled:"]


async def test_an_organisation_is_not_told_what_it_booked_itself(world: World) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
    await tell_what_happened()
    assert await told("accounts@harbour.example") == []
    assert [subject for subject, _, _ in await told("sally@example.com")] == ["Booked: Garden group"]


async def test_two_processes_tell_of_each_booking_once(world: World) -> None:
    activity = await world.activity()
    for hours in range(6):
        session = await world.session(activity, minutes=30, at=time(9 + hours))
        await book(world.broker, session, world.emma_isf)
    assert sum(await asyncio.gather(*(tell_what_happened() for _ in range(4)))) == 6
    assert len(await db.fetch_all("SELECT 1 FROM sent_notice WHERE recipient = 'emma@example.com'")) == 6


async def test_what_the_provider_has_seen_is_not_new(world: World) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
    assert await mark_seen(world.other_manager) == 0
    assert await mark_seen(world.staff) == 1
    assert await mark_seen(world.manager) == 0
