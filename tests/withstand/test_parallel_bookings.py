"""Many at once: never oversold, never overspent, and nobody waits for what is not theirs."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.routes_of_money import Route
from tests.world import World, balances

PROCESSES = 4


def _book_all(dsn: str, actor: Actor, wanted: list[tuple[UUID, UUID]]) -> list[str]:
    """In a process of its own: book everything at once; answers `booked` or the refusal's code for each."""

    async def one(session: UUID, fund: UUID) -> str:
        try:
            await book(actor, session, fund)
        except DomainError as refusal:
            return refusal.code
        return "booked"

    async def run() -> list[str]:
        db.use_database(dsn)
        await db.open_pool(8)
        try:
            return await asyncio.gather(*(one(session, fund) for session, fund in wanted))
        finally:
            await db.close_pool()

    return asyncio.run(run())


async def _from_processes(dsn: str, actor: Actor, wanted: list[tuple[UUID, UUID]]) -> list[str]:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = [wanted[n::PROCESSES] for n in range(PROCESSES)]
        answers = await asyncio.gather(
            *(loop.run_in_executor(pool, _book_all, dsn, actor, part) for part in parts)
        )
    return [answer for part in answers for answer in part]


@pytest.mark.row("B2")
async def test_200_bookings_on_10_places_are_10(world: World, dsn: str) -> None:
    session = await world.session(capacity=10)
    funds = [(await world.person_with_fund(f"Person {n}", Route.ISF, "100.00"))[1] for n in range(200)]
    answers = await _from_processes(dsn, world.broker, [(session, fund) for fund in funds])
    assert answers.count("booked") == 10
    assert answers.count("session_full") == 190
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", session) == 10
    assert await db.fetch_value("SELECT count(*) FROM booking") == 10
    assert await verify() == []


@pytest.mark.row("B2")
async def test_200_bookings_on_money_for_7_are_7(world: World, dsn: str) -> None:
    _, fund = await world.person_with_fund("Poor Person", Route.ISF, str(7 * 38.50 + 1))
    activity = await world.activity()
    first = clock.today() + timedelta(days=2)
    sessions = [await world.session(activity, day=first + timedelta(days=n)) for n in range(200)]
    answers = await _from_processes(dsn, world.broker, [(session, fund) for session in sessions])
    assert answers.count("booked") == 7
    assert answers.count("fund_exhausted") == 193
    money = await balances(fund)
    assert (money["available"], money["committed"]) == (100, 7 * 3850)
    assert await db.fetch_value("SELECT sum(places_taken) FROM activity_session") == 7
    assert await verify() == []


async def test_nobody_waits_for_a_fund_or_session_that_is_not_theirs(world: World) -> None:
    activity = await world.activity()
    mine, theirs = (
        await world.session(activity),
        await world.session(activity, day=clock.today() + timedelta(days=9)),
    )
    _, other_fund = await world.person_with_fund("Other Person", Route.ISF, "100.00")
    holding, let_go = asyncio.Event(), asyncio.Event()

    async def hold_open() -> None:
        async with db.unit_of_work():
            await book(world.broker, mine, world.emma_isf)
            holding.set()
            await let_go.wait()

    holder = asyncio.create_task(hold_open())
    await holding.wait()
    # Another fund and session: done while the first transaction is still open.
    await asyncio.wait_for(book(world.broker, theirs, other_fund), timeout=5)
    # The same session, or the same fund: these have to wait, which shows that the first really holds its locks.
    _, third_fund = await world.person_with_fund("Third Person", Route.ISF, "100.00")
    waiting = [
        asyncio.create_task(book(world.broker, mine, third_fund)),
        asyncio.create_task(book(world.sister, theirs, world.emma_isf)),
    ]
    done, _ = await asyncio.wait(waiting, timeout=0.5)
    assert not done
    let_go.set()
    await asyncio.gather(holder, *waiting)
    assert await verify() == []
