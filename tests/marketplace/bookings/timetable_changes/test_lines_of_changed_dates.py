"""Whoever waits for a date that changes: asked first where places appear, told when it moves or is off."""

from datetime import time, timedelta
from uuid import UUID

import pytest

from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.bookings.timetable_changes.rules import Movers, Recorded
from marketplace.bookings.timetable_files.commands import look_at_sheet, use_sheet
from marketplace.bookings.timetable_files.fates import fingerprint
from marketplace.bookings.waitlist.commands import join
from marketplace.kernel import clock, db
from marketplace.kernel.clock import LONDON, FixedClock, use_clock
from marketplace.kernel.errors import SessionFull
from marketplace.kernel.routes_of_money import Route
from providers.commands import add_venue
from providers.timetables.changing import Change, Place, Reach
from providers.venues.commands import VenueDraft
from tests.world import World

pytestmark = [pytest.mark.row("P4"), pytest.mark.row("B3")]


async def full_with_a_line(world: World) -> tuple[UUID, UUID]:
    """A date that Dan has filled, for which Emma waits; answers it and her entry."""
    session = await world.session(
        await world.activity(), day=clock.today() + timedelta(days=9), at=time(10), capacity=1
    )
    await book(world.dan_user, session, world.dan_direct)
    return session, await join(world.broker, session, world.emma_isf)


async def change(world: World, session: UUID, what: Change, movers: Movers = Movers.MOVE) -> None:
    await make_change(world.manager, Asked((session,), what, Reach.THIS, movers))


async def standing(entry: UUID) -> tuple[str, str]:
    row = await db.fetch_one("SELECT state, ended_because FROM waitlist_entry WHERE id = $1", entry)
    assert row is not None
    return row["state"], row["ended_because"]


async def told(person: UUID) -> list[tuple[str, str]]:
    """What a person's side was told, each once, however many of them heard it."""
    rows = await db.fetch_all(
        "SELECT subject, words FROM sent_notice WHERE person_id = $1 ORDER BY made_at", person
    )
    return list(dict.fromkeys((row["subject"], row["words"]) for row in rows))


async def test_more_places_are_offered_to_the_line_before_anybody_can_book_past_it(world: World) -> None:
    session, entry = await full_with_a_line(world)
    _, other = await world.person_with_fund("Nell Next", Route.ISF, "100.00")
    await change(world, session, Change(capacity=2))
    assert await standing(entry) == ("offered", "")
    with pytest.raises(SessionFull):
        await book(world.broker, session, other)
    await change(world, session, Change(capacity=3))
    await book(world.broker, session, other)


async def test_more_places_by_a_sheet_are_offered_to_the_line_too(world: World) -> None:
    session, entry = await full_with_a_line(world)
    row = await db.fetch_one("SELECT starts_at, ends_at FROM activity_session WHERE id = $1", session)
    assert row is not None
    minutes = round((row["ends_at"] - row["starts_at"]).total_seconds() / 60)
    text = (
        "activity,rule,first_day,last_day,start,minutes,places,place\n"
        f"Garden group,,{row['starts_at'].astimezone(LONDON).date()},,10:00,{minutes},2,\n"
    )
    await use_sheet(world.manager, text, fingerprint(text, await look_at_sheet(world.manager, text)))
    assert await standing(entry) == ("offered", "")


async def test_a_place_given_back_by_a_move_is_offered_at_the_new_time_only(world: World) -> None:
    session, entry = await full_with_a_line(world)
    await change(world, session, Change(start_time=time(15)), Movers.OFFER)
    assert await standing(entry) == ("offered", "")
    moved, offered = await told(world.emma)
    assert moved[0] == "What you wait for changes: Garden group"
    assert "It is now on" in moved[1]
    assert offered[0] == "A place is free: Garden group"
    assert ", 15:00 to 17:00." in offered[1]


async def test_fewer_places_take_what_a_move_gives_back_from_the_line(world: World) -> None:
    session, entry = await full_with_a_line(world)
    # Two places, one booked by Nell: she is offered other dates, and her place goes with the smaller number.
    _, nell = await world.person_with_fund("Nell Next", Route.ISF, "100.00")
    await db.execute("UPDATE activity_session SET capacity = 2 WHERE id = $1", session)
    await book(world.broker, session, nell)
    await change(world, session, Change(start_time=time(15), capacity=1), Movers.OFFER)
    assert await standing(entry) == ("offered", "")
    assert await db.fetch_value("SELECT capacity FROM activity_session WHERE id = $1", session) == 1


async def test_who_waits_is_told_of_another_time_and_place_and_stays_in_line(world: World) -> None:
    session, entry = await full_with_a_line(world)
    barn = await add_venue(world.manager, VenueDraft("The Barn", town="Sandiway"))
    await change(world, session, Change(start_time=time(11), place=Place(barn)))
    assert await standing(entry) == ("waiting", "")
    ((subject, words),) = await told(world.emma)
    assert subject == "What you wait for changes: Garden group"
    assert "at another place: The Barn, Sandiway. You keep your place in line." in words
    await change(world, session, Change(capacity=1, minutes=90))
    assert len(await told(world.emma)) == 2


async def test_a_date_that_is_off_ends_its_line_at_once_and_offers_nothing_of_it(world: World) -> None:
    session, entry = await full_with_a_line(world)
    await change(world, session, Change(stop=True))
    assert await standing(entry) == ("ended", "session_cancelled")
    ((subject, words),) = await told(world.emma)
    assert subject == "The waitlist for Garden group has ended"
    assert "is cancelled" in words


async def test_a_date_whose_register_is_begun_is_neither_moved_nor_stopped(world: World) -> None:
    session = await world.session_today()
    starts = await db.fetch_value("SELECT starts_at FROM activity_session WHERE id = $1", session)
    with use_clock(FixedClock(starts - timedelta(hours=3))):
        booked = await book(world.broker, session, world.emma_isf)
        await record_attendance(world.staff, booked.id, Outcome.ATTENDED)
        for what in (Change(stop=True), Change(later_minutes=60)):
            with pytest.raises(Recorded):
                await change(world, session, what)
        await change(world, session, Change(capacity=30))
