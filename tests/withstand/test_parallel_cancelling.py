"""A day is cancelled twice at once while it is being booked: nobody keeps a place on it, nobody pays, nothing twice."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import time, timedelta
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.cancelling.commands import cancel_dates
from marketplace.bookings.commands import book
from marketplace.bookings.waitlist.commands import join
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.routes_of_money import Route
from tests.world import World

PROCESSES = 4
PEOPLE = 24


def _book_or_cancel(
    dsn: str, actor: Actor, manager: Actor | None, dates: Sequence[UUID], funds: Sequence[UUID]
) -> int:
    """In a process of its own: cancel every date, or book all of them for everybody; answers how many were."""

    async def one(session: UUID, fund: UUID) -> int:
        try:
            await book(actor, session, fund)
        except DomainError:
            with suppress(DomainError):
                await join(actor, session, fund)
            return 0
        return 1

    async def run() -> int:
        db.use_database(dsn)
        await db.open_pool(4)
        try:
            if manager is not None:
                answers = await cancel_dates(manager, dates, "Our driver is ill.")
                return sum(answer.cancelled is not None for answer in answers)
            return sum(await asyncio.gather(*(one(each, fund) for fund in funds for each in dates)))
        finally:
            await db.close_pool()

    return asyncio.run(run())


@pytest.mark.row("B5")
async def test_a_day_cancelled_twice_at_once_while_it_is_being_booked_leaves_nobody_on_it(
    world: World, dsn: str
) -> None:
    activity = await world.activity(price="1.00")
    day = clock.today() + timedelta(days=2)
    dates = [await world.session(activity, day=day, at=time(8 + 3 * n), capacity=10) for n in range(4)]
    funds = [(await world.person_with_fund(f"Person {n}", Route.ISF, "50.00"))[1] for n in range(PEOPLE)]
    for fund in funds[:8]:
        await book(world.broker, dates[0], fund)
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        cancelled = [
            loop.run_in_executor(pool, _book_or_cancel, dsn, world.broker, world.manager, dates, [])
            for _ in range(2)
        ]
        booked = [
            loop.run_in_executor(pool, _book_or_cancel, dsn, world.broker, None, dates, funds[n::2])
            for n in range(2)
        ]
        assert await asyncio.gather(*cancelled) == [4, 4]
        made = sum(await asyncio.gather(*booked))
    rows = await db.fetch_all(
        "SELECT state, places_taken, places_offered FROM activity_session WHERE service_on = $1", day
    )
    assert [tuple(row.values()) for row in rows] == [("cancelled", 0, 0)] * 4
    states = await db.fetch_all("SELECT state, count(*) AS many FROM booking GROUP BY state")
    assert [tuple(row.values()) for row in states] == [("cancelled", 8 + made)]
    assert (
        await db.fetch_value("SELECT count(*) FROM waitlist_entry WHERE state IN ('waiting', 'offered')") == 0
    )
    times = await db.fetch_value(
        "SELECT max(many) FROM (SELECT count(*) AS many FROM audit_record WHERE action = 'booking.cancelled'"
        " GROUP BY subject_id) t"
    )
    assert times == 1
    assert await db.fetch_value("SELECT sum(balance_pence) FROM account WHERE kind = 'committed'") == 0
    assert await verify() == []
