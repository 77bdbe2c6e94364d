"""A provider is stopped while fifty people book there: nobody keeps a live booking, no money hangs (row P7)."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.bookings.reprovision.commands import suspend_provider
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.routes_of_money import Route
from providers.suspensions.rules import AlreadySuspended
from tests.marketplace.bookings.reprovision.living import DRAFT, day, items, suspend
from tests.world import World

pytestmark = pytest.mark.row("P7")


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


async def test_no_live_booking_survives_a_suspension_at_the_same_moment(world: World, dsn: str) -> None:
    activity = await world.activity()
    sessions = [await world.session(activity, day=day(1 + number), capacity=50) for number in range(4)]
    funds = [
        (await world.person_with_fund(f"Person {number}", Route.ISF, "400.00"))[1] for number in range(12)
    ]
    wanted = [(session, fund) for fund in funds for session in sessions]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        booking = [
            loop.run_in_executor(processes, _book_all, dsn, world.broker, wanted[half::2])
            for half in range(2)
        ]
        while not await db.fetch_value("SELECT count(*) FROM booking"):  # noqa: ASYNC110 - it waits for other processes
            await asyncio.sleep(0.01)
        made = await suspend(world)
        told = [answer for part in await asyncio.gather(*booking) for answer in part]
    assert set(told) <= {"booked", "provider_stopped"}
    assert await db.fetch_value("SELECT count(*) FROM booking WHERE state IN ('held', 'confirmed')") == 0
    assert len(await items()) == made.bookings == told.count("booked")
    assert await db.fetch_value("SELECT sum(places_taken) FROM activity_session") == 0
    assert (
        await db.fetch_value("SELECT count(*) FROM account WHERE kind = 'committed' AND balance_pence <> 0")
        == 0
    )
    assert await verify() == []


async def test_two_of_a_council_at_once_stop_it_once_and_tell_once(world: World) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
    await db.execute("DELETE FROM outbox_message")

    async def stop(actor: Actor) -> object:
        try:
            return await suspend_provider(actor, world.pettypool, DRAFT)
        except DomainError as refusal:
            return refusal

    told = await asyncio.gather(*(stop(world.commissioner) for _ in range(4)), stop(world.monitoring_officer))
    assert sum(isinstance(each, AlreadySuspended) for each in told) == 4
    assert len(await items()) == 1
    assert (
        await db.fetch_value("SELECT count(*) FROM outbox_message WHERE recipient = 'emma@example.com'") == 1
    )


async def test_what_breaks_in_the_middle_leaves_nothing_half_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await book(world.broker, await world.session(), world.emma_isf)

    # The connection is cut as the last of it is written: PostgreSQL takes all of it back.
    await db.execute(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NEW; END $$"
    )
    await db.execute(
        "CREATE TRIGGER cut BEFORE INSERT ON reprovision_item FOR EACH ROW EXECUTE FUNCTION cut()"
    )
    try:
        with pytest.raises(Exception, match=r"terminat|closed|connection"):
            await suspend(world)
    finally:
        await db.execute("DROP TRIGGER cut ON reprovision_item")
        await db.execute("DROP FUNCTION cut()")
    assert await db.fetch_value("SELECT count(*) FROM suspension") == 0
    assert await db.fetch_value("SELECT state FROM booking WHERE id = $1", made.id) == "confirmed"
    await suspend(world)
    assert await db.fetch_value("SELECT state FROM booking WHERE id = $1", made.id) == "cancelled"
    assert clock.now() - timedelta(minutes=5) < await db.fetch_value("SELECT starts_at FROM suspension")
