"""The job that makes dates 26 weeks ahead: every night, twice, by two at once, after missed days, with terms."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest

from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Forbidden, NotFound
from providers.commands import (
    TimetableDraft,
    Weekday,
    archive_activity,
    cancel_session,
    create_timetable,
    end_timetable,
)
from providers.timetables.making import make_ahead
from providers.timetables.recurrence import parse
from providers.timetables.rules import InTerms
from providers.timetables.terms.commands import TermDraft, TermsOverlap, add_term, remove_term
from tests.world import World

pytestmark = pytest.mark.row("P4")

TUESDAYS = TimetableDraft(frozenset({Weekday.TUESDAY}), time(10), 120, date(2026, 12, 1))


@contextmanager
def on(day: date) -> Iterator[None]:
    with use_clock(FixedClock(datetime.combine(day, time(1), tzinfo=UTC))):
        yield


async def days_of(timetable: UUID) -> list[date]:
    rows = await db.fetch_all(
        "SELECT service_on FROM activity_session WHERE timetable_id = $1 AND state = 'scheduled' ORDER BY 1",
        timetable,
    )
    return [row["service_on"] for row in rows]


async def test_a_timetable_without_an_end_is_made_half_a_year_ahead_and_goes_on(world: World) -> None:
    activity = await world.activity()
    with on(date(2026, 12, 1)):
        timetable, made = await create_timetable(world.manager, activity, TUESDAYS)
        assert made == 27
        assert (await make_ahead(SYSTEM)).sessions == 0
    # Three weeks without a night's work: the next night catches up.
    with on(date(2026, 12, 22)):
        assert (await make_ahead(SYSTEM)).sessions == 3
        assert (await make_ahead(SYSTEM)).sessions == 0
    assert (await days_of(timetable))[-1] == date(2027, 6, 22)


async def test_what_was_missed_for_more_than_half_a_year_is_not_made_in_the_past(world: World) -> None:
    activity = await world.activity()
    with on(date(2026, 12, 1)):
        timetable, _ = await create_timetable(world.manager, activity, TUESDAYS)
    with on(date(2027, 9, 1)):
        await make_ahead(SYSTEM)
    late = [day for day in await days_of(timetable) if day > date(2027, 6, 1)]
    assert late[0] == date(2027, 9, 7)


async def test_a_date_that_was_taken_away_does_not_come_back(world: World) -> None:
    activity = await world.activity()
    with on(date(2026, 12, 1)):
        timetable, _ = await create_timetable(world.manager, activity, TUESDAYS)
        gone = await db.fetch_value("SELECT id FROM activity_session WHERE service_on = $1", date(2027, 6, 1))
        await cancel_session(world.manager, gone)
        await make_ahead(SYSTEM)
    assert date(2027, 6, 1) not in await days_of(timetable)


async def test_ended_and_archived_ones_get_no_more_dates(world: World) -> None:
    ended, archived = await world.activity(), await world.activity(title="Choir")
    with on(date(2026, 12, 1)):
        timetable, _ = await create_timetable(world.manager, ended, TUESDAYS)
        await create_timetable(world.manager, archived, TUESDAYS)
        await end_timetable(world.manager, timetable, date(2027, 1, 12))
        await archive_activity(world.manager, archived)
    with on(date(2027, 1, 5)):
        assert (await make_ahead(SYSTEM)).sessions == 0
    assert (await days_of(timetable))[-1] == date(2027, 1, 12)


async def test_two_processes_at_once_make_each_date_once(world: World) -> None:
    activity = await world.activity()
    with on(date(2026, 12, 1)):
        for hour in range(8, 20):
            await create_timetable(
                world.manager, activity, replace(TUESDAYS, start_time=time(hour), minutes=60)
            )
    with on(date(2027, 2, 2)):
        made = await asyncio.gather(*(make_ahead(SYSTEM) for _ in range(4)))
        # Whoever found a row locked left it to the other: nothing stays undone.
        assert sum(each.sessions for each in made) + (await make_ahead(SYSTEM)).sessions == 12 * 9
    rows = await db.fetch_all(
        "SELECT count(*) AS n FROM activity_session GROUP BY activity_id, starts_at HAVING count(*) > 1"
    )
    assert rows == []


async def test_the_first_tuesday_of_every_month_stays_at_ten_in_summer(world: World) -> None:
    activity = await world.activity()
    monthly = replace(TUESDAYS, recurrence=parse("FREQ=MONTHLY;BYDAY=1TU", TUESDAYS.starts_on).recurrence)
    with on(date(2026, 12, 1)):
        timetable, made = await create_timetable(world.manager, activity, monthly)
    assert made == 7
    rows = await db.fetch_all("SELECT starts_at FROM activity_session WHERE timetable_id = $1", timetable)
    assert {row["starts_at"].astimezone(clock.LONDON).time() for row in rows} == {time(10)}


async def test_dates_follow_the_terms_of_the_council_as_they_are_entered_and_removed(world: World) -> None:
    activity = await world.activity()
    in_term = replace(TUESDAYS, in_terms=InTerms.TERM_TIME, terms_council_id=world.council)
    autumn = TermDraft("Autumn", date(2026, 11, 2), date(2026, 12, 18))
    spring = TermDraft("Spring", date(2027, 1, 4), date(2027, 2, 12))
    with on(date(2026, 12, 1)):
        await add_term(world.commissioner, autumn)
        timetable, made = await create_timetable(world.manager, activity, in_term)
        assert made == 3
        assert (await make_ahead(SYSTEM)).sessions == 0
        term, put = await add_term(world.commissioner, spring)
        assert (put.made, put.taken_away, put.kept) == (6, 0, 0)
        booked = await db.fetch_value(
            "UPDATE activity_session SET places_taken = 1 WHERE service_on = $1 RETURNING id",
            date(2027, 1, 12),
        )
        put = await remove_term(world.commissioner, term)
        assert (put.made, put.taken_away, put.kept) == (0, 5, 1)
        assert (await days_of(timetable))[-1] == date(2027, 1, 12)
        # Known again, made again; the booked one is there still, once.
        _, put = await add_term(world.commissioner, spring)
        assert put.made == 5
    assert await db.fetch_value("SELECT state FROM activity_session WHERE id = $1", booked) == "scheduled"
    assert len(await days_of(timetable)) == 9


async def test_terms_are_their_keepers_own_and_never_two_at_once(world: World) -> None:
    term, _ = await add_term(world.manager, TermDraft("Ours", date(2027, 1, 4), date(2027, 2, 12)))
    with pytest.raises(TermsOverlap):
        await add_term(world.manager, TermDraft("Again", date(2027, 2, 12), date(2027, 3, 1)))
    await add_term(world.commissioner, TermDraft("Council’s", date(2027, 2, 12), date(2027, 3, 1)))
    for stranger in (world.other_manager, world.commissioner):
        with pytest.raises(NotFound):
            await remove_term(stranger, term)
    for nobody in (world.care_manager, world.broker, world.staff):
        with pytest.raises(Forbidden):
            await add_term(nobody, TermDraft("No", date(2028, 1, 4), date(2028, 2, 12)))


async def test_a_timetable_that_begins_later_waits_for_its_time(world: World) -> None:
    activity = await world.activity()
    with on(date(2026, 12, 1)):
        timetable, made = await create_timetable(
            world.manager, activity, replace(TUESDAYS, starts_on=date(2027, 9, 1))
        )
        assert made == 0
    with on(date(2027, 4, 1)):
        await make_ahead(SYSTEM)
    found = await days_of(timetable)
    assert (found[0], found[-1]) == (date(2027, 9, 7), date(2027, 9, 28))
