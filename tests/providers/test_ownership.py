"""Ownership is dated and of a council; sessions and bookings follow it, in the database itself."""

import asyncio
from datetime import date, time, timedelta

import asyncpg
import pytest

from marketplace.bookings.commands import book
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, InHouseBlocked, Invalid, NotFound
from marketplace.kernel.ids import NOBODY, new_id
from providers.commands import (
    OwnershipBlocked,
    OwnershipOverlaps,
    TimetableDraft,
    Weekday,
    create_timetable,
    end_ownership,
    record_ownership,
)
from providers.queries import owner_on, ownerships_of
from tests.world import World

pytestmark = pytest.mark.row("P8")


async def _weekly(world: World) -> list[date]:
    """Ten dates of Pettypool, one each week."""
    today = clock.today()
    activity = await world.activity()
    day = Weekday((today.weekday() + 1) % 7)
    draft = TimetableDraft(
        frozenset({day}), time(10), 120, today, today + timedelta(days=70), except_on=frozenset(), capacity=5
    )
    await create_timetable(world.manager, activity, draft)
    rows = await db.fetch_all("SELECT service_on FROM activity_session ORDER BY service_on")
    return [row["service_on"] for row in rows]


async def _owners() -> dict[date, object]:
    rows = await db.fetch_all("SELECT service_on, owner_council_id FROM activity_session")
    return {row["service_on"]: row["owner_council_id"] for row in rows}


async def test_the_owner_of_every_session_follows_the_dates_of_ownership(world: World) -> None:
    days = await _weekly(world)
    ownership = await record_ownership(world.commissioner, world.pettypool, world.council, days[2], days[5])
    owners = await _owners()
    assert [owners[day] for day in days[:6]] == [NOBODY, NOBODY, *[world.council] * 3, NOBODY]
    await end_ownership(world.commissioner, ownership, days[3])
    owners = await _owners()
    assert [owners[day] for day in days[:6]] == [NOBODY, NOBODY, world.council, *[NOBODY] * 3]


async def test_a_new_session_gets_the_owner_of_its_day(world: World) -> None:
    days = await _weekly(world)
    await record_ownership(
        world.other_commissioner, world.pettypool, world.other_council, days[-1] + timedelta(days=1)
    )
    late = await world.session(day=days[-1] + timedelta(days=1))
    owner = await db.fetch_value("SELECT owner_council_id FROM activity_session WHERE id = $1", late)
    assert owner == world.other_council
    assert await owner_on(world.pettypool, days[-1]) is None


async def test_one_owner_at_a_time(world: World) -> None:
    today = clock.today()
    ownership = await record_ownership(world.commissioner, world.pettypool, world.council, today)
    with pytest.raises(OwnershipOverlaps):
        await record_ownership(
            world.other_commissioner, world.pettypool, world.other_council, today + timedelta(days=9)
        )
    await end_ownership(world.commissioner, ownership, today + timedelta(days=9))
    await record_ownership(
        world.other_commissioner, world.pettypool, world.other_council, today + timedelta(days=9)
    )
    assert len(await ownerships_of(world.pettypool)) == 2


async def test_a_council_records_only_what_it_owns_itself(world: World) -> None:
    today = clock.today()
    with pytest.raises(Forbidden):
        await record_ownership(world.commissioner, world.pettypool, world.other_council, today)
    with pytest.raises(Forbidden):
        await record_ownership(world.manager, world.pettypool, world.council, today)
    with pytest.raises(NotFound):
        await record_ownership(world.commissioner, new_id(), world.council, today)
    with pytest.raises(Invalid):
        await record_ownership(world.commissioner, world.pettypool, world.council, today, today)
    vivos = (await ownerships_of(world.vivo))[0]["id"]
    with pytest.raises(NotFound):
        await end_ownership(world.other_commissioner, vivos, today)


@pytest.mark.row("D4")
async def test_ownership_is_refused_while_personalised_budgets_have_booked_its_days(world: World) -> None:
    session = await world.session()
    day = await db.fetch_value("SELECT service_on FROM activity_session WHERE id = $1", session)
    await book(world.broker, session, world.emma_isf)
    with pytest.raises(OwnershipBlocked) as refused:
        await record_ownership(world.commissioner, world.pettypool, world.council, clock.today())
    assert refused.value.code == "ownership_blocked_by_bookings"
    assert "cancel those bookings first" in refused.value.message
    assert await ownerships_of(world.pettypool) == []
    await record_ownership(world.commissioner, world.pettypool, world.council, day + timedelta(days=1))


@pytest.mark.row("D4")
async def test_a_service_that_becomes_in_house_before_its_day_cannot_be_booked_any_more(world: World) -> None:
    session = await world.session()
    day = await db.fetch_value("SELECT service_on FROM activity_session WHERE id = $1", session)
    await record_ownership(world.commissioner, world.pettypool, world.council, day)
    with pytest.raises(InHouseBlocked):
        await book(world.broker, session, world.emma_isf)
    await book(world.care_manager, session, world.emma_managed)


@pytest.mark.row("D4")
async def test_another_councils_own_service_is_an_ordinary_provider(world: World) -> None:
    session = await world.session()
    await record_ownership(world.other_commissioner, world.pettypool, world.other_council, clock.today())
    await book(world.broker, session, world.emma_isf)


async def test_nobody_writes_an_owner_that_is_not_so(world: World) -> None:
    session = await world.session()
    await db.execute(
        "UPDATE activity_session SET owner_council_id = $2 WHERE id = $1", session, world.council
    )
    owner = await db.fetch_value("SELECT owner_council_id FROM activity_session WHERE id = $1", session)
    assert owner == NOBODY


async def test_new_dates_and_a_change_of_owner_wait_for_each_other(world: World, dsn: str) -> None:
    activity = await world.activity()
    starts = clock.now() + timedelta(days=20)
    owning = await asyncpg.connect(dsn)
    try:
        changing = owning.transaction()
        await changing.start()
        await owning.execute(
            "INSERT INTO ownership (id, provider_id, council_id, starts_on) VALUES ($1, $2, $3, $4)",
            new_id(), world.pettypool, world.council, clock.today(),
        )  # fmt: skip
        adding = asyncio.create_task(
            db.execute(
                "INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, capacity)"
                " VALUES ($1, $2, $3, $4, $5, 5)",
                new_id(), activity, world.pettypool, starts, starts + timedelta(hours=1),
            )
        )  # fmt: skip
        await asyncio.sleep(0.3)
        assert not adding.done()
        await changing.commit()
        await adding
    finally:
        await owning.close()
    assert await db.fetch_value("SELECT owner_council_id FROM activity_session") == world.council
