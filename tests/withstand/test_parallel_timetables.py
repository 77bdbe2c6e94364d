"""A timetable is edited while it is booked: every booking ends on a date that exists at the booking's own time."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import time, timedelta
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.bookings.timetable_changes.rules import Movers
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.routes_of_money import Route
from providers.commands import TimetableDraft, Weekday, create_timetable
from providers.timetables.changing import Change, Reach
from tests.world import World

PEOPLE, BOOKERS = 24, 3

EDITS = [
    (Change(start_time=time(14)), Reach.FOLLOWING, Movers.MOVE),
    (Change(weekday=Weekday.THURSDAY), Reach.ALL, Movers.MOVE),
    (Change(start_time=time(9), capacity=40), Reach.ALL, Movers.MOVE),
    (Change(weekday=Weekday.FRIDAY, minutes=60), Reach.FOLLOWING, Movers.OFFER),
    (Change(stop=True), Reach.THIS, Movers.MOVE),
]


def _book_all(dsn: str, actor: Actor, wanted: list[tuple[UUID, UUID]]) -> list[str]:
    """In a process of its own: one after the other, as fast as it goes."""

    async def run() -> list[str]:
        db.use_database(dsn)
        await db.open_pool(4)
        answers = []
        try:
            for session, fund in wanted:
                try:
                    await book(actor, session, fund)
                except DomainError as refusal:
                    answers.append(refusal.code)
                else:
                    answers.append("booked")
        finally:
            await db.close_pool()
        return answers

    return asyncio.run(run())


async def _edit(world: World, sessions: list[UUID]) -> int:
    done = 0
    for change, reach, movers in EDITS:
        try:
            await make_change(world.manager, Asked((sessions[2],), change, reach, movers))
        except DomainError:
            continue  # A deadlock that PostgreSQL ended, or a rule: nothing was changed.
        done += 1
        await asyncio.sleep(0.15)
    return done


@pytest.mark.row("P4")
async def test_a_timetable_is_edited_while_it_is_being_booked(world: World, dsn: str) -> None:
    today = clock.today()
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7 + 7)
    timetable, _ = await create_timetable(
        world.manager,
        await world.activity(price="5.00"),
        TimetableDraft(
            frozenset({Weekday.TUESDAY}), time(10), 120, tuesday, tuesday + timedelta(days=35), capacity=30
        ),
    )
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE timetable_id = $1 ORDER BY starts_at", timetable
    )
    sessions = [row["id"] for row in rows]
    funds = [(await world.person_with_fund(f"Person {n}", Route.ISF, "100.00"))[1] for n in range(PEOPLE)]
    wanted = [(session, fund) for fund in funds for session in sessions]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(BOOKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = [
            loop.run_in_executor(pool, _book_all, dsn, world.broker, wanted[n::BOOKERS])
            for n in range(BOOKERS)
        ]
        while not await db.fetch_value("SELECT count(*) FROM booking"):  # noqa: ASYNC110 - other processes book
            await asyncio.sleep(0.02)
        edits = await _edit(world, sessions)
        answers = [answer for part in await asyncio.gather(*parts) for answer in part]
    assert edits >= 3
    booked = answers.count("booked")
    assert booked == await db.fetch_value("SELECT count(*) FROM booking")
    assert booked > PEOPLE
    astray = await db.fetch_all(
        "SELECT b.id FROM booking b LEFT JOIN activity_session s ON s.id = b.activity_session_id"
        "   AND s.state = 'scheduled'"
        "   AND (s.starts_at, s.ends_at, s.service_on) = (b.starts_at, b.ends_at, b.service_on)"
        " WHERE b.state IN ('held', 'confirmed') AND s.id IS NULL"
    )
    assert astray == []
    wrong_counts = await db.fetch_all(
        "SELECT s.id FROM activity_session s WHERE s.places_taken <>"
        " (SELECT count(*) FROM booking b WHERE b.activity_session_id = s.id AND b.state = 'confirmed')"
    )
    assert wrong_counts == []
    # Nobody is told nothing: each booking was told of when it was made, and whatever became of it since.
    await tell_what_happened(10_000)
    untold = await db.fetch_value(
        "SELECT count(*) FROM booking b WHERE NOT EXISTS (SELECT 1 FROM booking_news n WHERE n.booking_id = b.id"
        "   AND n.told_at IS NOT NULL AND (b.state = 'confirmed' OR n.kind = 'cancelled'))"
    )
    assert untold == 0
    assert await verify() == []
