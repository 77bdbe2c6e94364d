"""Many offers at once, from several processes: in order, each place promised once, and no harm from `kill -9`."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.bookings.waitlist.commands import accept, join
from marketplace.bookings.waitlist.offers import settle_lines
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.settings import ROOT
from tests.world import World

OFFERS, KEPT, BEHIND = 50, 6, 20
PROCESSES = 4

Act = tuple[str, UUID | None]


def _act_all(dsn: str, at: datetime, actor: Actor, acts: Sequence[Act]) -> list[str]:
    """In a process of its own: settle, cancel and accept at once; answers `done` or the refusal's code for each."""

    async def one(act: Act) -> str:
        what, which = act
        try:
            if what == "settle":
                await settle_lines()
            elif what == "cancel" and which is not None:
                await cancel_booking(actor, which, Reason.CHANGED_MIND)
            elif which is not None:
                await accept(actor, which)
        except DomainError as refusal:
            return refusal.code
        return "done"

    async def run() -> list[str]:
        db.use_database(dsn)
        await db.open_pool(4)
        try:
            with use_clock(FixedClock(at)):
                return await asyncio.gather(*(one(act) for act in acts))
        finally:
            await db.close_pool()

    return asyncio.run(run())


async def _from_processes(dsn: str, at: datetime, actor: Actor, acts: Sequence[Act]) -> list[str]:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = [acts[n::PROCESSES] for n in range(PROCESSES)]
        answers = await asyncio.gather(
            *(loop.run_in_executor(pool, _act_all, dsn, at, actor, part) for part in parts)
        )
    return [answer for part in answers for answer in part]


async def _watched(work: asyncio.Task[list[str]], session: UUID) -> list[str]:
    """Look at the session all the while: never more promised than there is, and as many kept as are offered."""
    looks = 0
    while not work.done():
        row = await db.fetch_one(
            "SELECT capacity - places_taken - places_offered AS free, places_offered,"
            " (SELECT count(*) FROM waitlist_entry WHERE activity_session_id = s.id AND state = 'offered') AS offered,"
            " places_taken, (SELECT count(*) FROM booking WHERE activity_session_id = s.id"
            "   AND state IN ('held', 'confirmed')) AS booked FROM activity_session s WHERE id = $1",
            session,
        )
        assert row is not None
        assert row["free"] >= 0
        assert (row["places_offered"], row["places_taken"]) == (row["offered"], row["booked"])
        looks += 1
        await asyncio.sleep(0.002)
    assert looks > 1
    return await work


async def _states(session: UUID) -> list[str]:
    """Of everybody who joined, in the order of the line."""
    rows = await db.fetch_all(
        "SELECT state FROM waitlist_entry WHERE activity_session_id = $1 ORDER BY joined_at, id", session
    )
    return [row["state"] for row in rows]


@pytest.mark.row("B3")
async def test_50_offers_lapsing_at_once_while_places_free_up_promise_each_place_once_and_in_order(
    world: World, dsn: str
) -> None:
    session = await world.session(await world.activity(price="1.00"), capacity=OFFERS + KEPT)
    funds = [
        (await world.person_with_fund(f"Person {n}", Route.ISF, "50.00"))[1] for n in range(2 * OFFERS + KEPT)
    ]
    first = [await book(world.broker, session, fund) for fund in funds[: OFFERS + KEPT]]
    for fund in funds[OFFERS + KEPT :]:
        await join(world.broker, session, fund)
    for booked in first[:OFFERS]:
        await cancel_booking(world.broker, booked.id, Reason.CHANGED_MIND)
    assert await _states(session) == ["offered"] * OFFERS
    for fund in funds[:BEHIND]:
        await join(world.broker, session, fund)
    offered = await db.fetch_all("SELECT id FROM waitlist_entry WHERE state = 'offered'")

    late = clock.now() + timedelta(hours=25)
    acts: list[Act] = [("settle", None)] * 8
    acts += [("cancel", booked.id) for booked in first[OFFERS:]]
    acts += [("accept", row["id"]) for row in offered[:10]]
    work = asyncio.create_task(_from_processes(dsn, late, world.broker, acts))
    answers = await _watched(work, session)
    assert answers.count("done") == 8 + KEPT  # Nobody took a place whose time was over.
    assert await _states(session) == ["lapsed"] * OFFERS + ["offered"] * BEHIND

    rows = await db.fetch_all("SELECT id FROM waitlist_entry WHERE state = 'offered'")
    twice: list[Act] = [("accept", row["id"]) for row in rows for _ in range(2)]
    work = asyncio.create_task(_from_processes(dsn, late, world.broker, [*twice, ("settle", None)]))
    answers = await _watched(work, session)
    assert answers.count("done") == BEHIND + 1
    assert await _states(session) == ["lapsed"] * OFFERS + ["accepted"] * BEHIND
    told = await db.fetch_value(
        "SELECT max(many) FROM (SELECT count(*) AS many FROM audit_record WHERE action = 'waitlist.offered'"
        " GROUP BY subject_id) t"
    )
    assert told == 1
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", session) == BEHIND
    assert await verify() == []


async def _settling_process(dsn: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marketplace", "jobs", "run", "waitlists",
        cwd=ROOT, env=os.environ | {"DATABASE_URL": dsn}, start_new_session=True, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.row("B3")
async def test_a_job_killed_in_the_middle_of_a_line_leaves_it_as_it_was_and_the_next_one_goes_on(
    world: World, dsn: str
) -> None:
    activity = await world.activity(price="1.00")
    funds = [(await world.person_with_fund(f"Person {n}", Route.ISF, "50.00"))[1] for n in range(3)]
    for number in range(3):
        day = clock.today() + timedelta(days=5 + number)
        session = await world.session(activity, day=day, capacity=1)
        taken = await book(world.broker, session, funds[0])
        for fund in funds[1:]:
            await join(world.broker, session, fund)
        await cancel_booking(world.broker, taken.id, Reason.CHANGED_MIND)
    await db.execute(
        "UPDATE waitlist_entry SET offered_at = offered_at - interval '30 hours',"
        " expires_at = now() - interval '1 hour'"
        " WHERE state = 'offered'"
    )
    sessions = [row["id"] for row in await db.fetch_all("SELECT id FROM activity_session ORDER BY id")]
    await _kill_in(dsn, sessions)
    assert [await _states(each) for each in sessions] == [
        ["lapsed", "offered"],
        ["offered", "waiting"],
        ["offered", "waiting"],
    ]
    assert await settle_lines() == 2
    assert [await _states(each) for each in sessions] == [["lapsed", "offered"]] * 3
    assert await db.fetch_value("SELECT bool_and(places_offered = 1) FROM activity_session")


async def _kill_in(dsn: str, sessions: Sequence[UUID]) -> None:
    """Kill the job while it holds the second line half settled: what waits there is held by somebody else."""
    holder = await asyncpg.connect(dsn)
    async with holder.transaction():
        await holder.execute(
            "SELECT 1 FROM waitlist_entry WHERE activity_session_id = $1 AND state = 'waiting' FOR UPDATE",
            sessions[1],
        )
        job = await _settling_process(dsn)
        for _ in range(600):
            waits = await db.fetch_value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock' AND query LIKE 'UPDATE \"waitlist_entry\"%'"
            )
            if waits:
                break
            await asyncio.sleep(0.1)
        assert waits == 1
        os.killpg(job.pid, signal.SIGKILL)
        await job.wait()
    await holder.close()
