"""A service that becomes in-house between the booking and its day (rows D4, P8)."""

from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import Hold, book, cancel_booking, record_attendance
from marketplace.bookings.ownership.commands import AlreadyDelivered, affected, take_in_house
from marketplace.bookings.rules import Outcome, Reason
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, InHouseBlocked
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.money import Money
from providers.commands import OwnershipOverlaps
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.world import World, balances

pytestmark = [pytest.mark.row("D4"), pytest.mark.row("P8")]


def day(offset: int) -> date:
    return clock.today() + timedelta(days=offset)


async def state(booking_id: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking_id))


async def test_bookings_from_the_first_day_on_are_given_back_and_earlier_ones_stay(world: World) -> None:
    activity = await world.activity()
    before = await book(world.broker, await world.session(activity, day=day(3)), world.emma_isf)
    later = await world.session(activity, day=day(10))
    after = await book(world.broker, later, world.emma_isf)
    direct = await book(world.dan_user, later, world.dan_direct)
    managed = await book(world.care_manager, await world.session(activity, day=day(11)), world.emma_managed)
    told = await affected(world.commissioner, world.pettypool, world.council, day(5), None)
    assert (told.bookings, told.people, told.money) == (2, 2, Money(7700))
    taken = await take_in_house(world.commissioner, world.pettypool, world.council, day(5), None)
    assert taken.cancelled == 2
    assert [await state(each.id) for each in (before, after, direct, managed)] == [
        "confirmed", "cancelled", "cancelled", "confirmed",
    ]  # fmt: skip
    money = await balances(world.emma_isf)
    assert (money["available"], money["committed"]) == (100_000 - 3850, 3850)
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", later) == 0
    assert await verify() == []
    with pytest.raises(InHouseBlocked):
        await book(world.broker, later, world.emma_isf)
    await book(world.care_manager, later, world.emma_managed)


async def test_it_costs_nothing_even_inside_the_notice_window_and_each_change_is_audited(
    world: World,
) -> None:
    made = await book(world.broker, await world.session(day=day(1)), world.emma_isf)
    await take_in_house(world.commissioner, world.pettypool, world.council, day(1), None)
    assert (await balances(world.emma_isf))["available"] == 100_000
    because = "SELECT because FROM audit_record WHERE action = 'booking.cancelled' AND subject_id = $1"
    assert await db.fetch_value(because, made.id) == "became_in_house"


async def test_what_is_delivered_or_charged_on_those_days_stands_in_the_way_and_changes_nothing(
    world: World,
) -> None:
    activity = await world.activity()
    today = await world.session_today(activity)
    done = await book(world.broker, today, world.emma_isf)
    live = await book(world.broker, await world.session(activity, day=day(4)), world.emma_isf)
    await record_attendance(world.staff, done.id, Outcome.ATTENDED)
    with pytest.raises(AlreadyDelivered) as refused:
        await take_in_house(world.commissioner, world.pettypool, world.council, day(0), None)
    assert refused.value.code == "ownership_blocked_by_deliveries"
    assert (
        "1 booking from personalised budgets of your council is delivered or charged" in refused.value.message
    )
    assert await state(live.id) == "confirmed"
    assert await db.fetch_value("SELECT count(*) FROM ownership WHERE provider_id = $1", world.pettypool) == 0
    late = await book(world.broker, await world.session(activity, day=day(1)), world.emma_isf)
    await cancel_booking(world.broker, late.id, Reason.OTHER)
    with pytest.raises(AlreadyDelivered):
        await take_in_house(world.commissioner, world.pettypool, world.council, day(1), None)
    await take_in_house(world.commissioner, world.pettypool, world.council, day(2), None)
    assert await state(live.id) == "cancelled"


async def test_a_place_that_is_being_paid_for_by_card_is_let_go(world: World) -> None:
    session = await world.session()
    held = await book(
        world.dan_user, session, world.dan_direct, hold=Hold(clock.now() + timedelta(minutes=20))
    )
    await take_in_house(world.commissioner, world.pettypool, world.council, day(1), None)
    assert await state(held.id) == "lapsed"
    assert (await balances(world.dan_direct))["available"] == 50_000


async def test_another_councils_in_house_service_stays_bookable(world: World) -> None:
    session = await world.session()
    kept = await book(world.broker, session, world.emma_isf)
    taken = await take_in_house(world.other_commissioner, world.pettypool, world.other_council, day(0), None)
    assert taken.cancelled == 0
    assert await state(kept.id) == "confirmed"
    await book(world.dan_user, session, world.dan_direct)
    owner = await db.fetch_value("SELECT owner_council_id FROM booking WHERE id = $1", kept.id)
    assert owner == world.other_council


async def test_an_end_keeps_what_lies_after_it(world: World) -> None:
    activity = await world.activity()
    inside = await book(world.broker, await world.session(activity, day=day(3)), world.emma_isf)
    after = await book(world.broker, await world.session(activity, day=day(6)), world.emma_isf)
    await take_in_house(world.commissioner, world.pettypool, world.council, day(1), day(6))
    assert [await state(inside.id), await state(after.id)] == ["cancelled", "confirmed"]


async def test_a_refusal_of_the_ownership_gives_no_booking_back(world: World) -> None:
    await take_in_house(world.other_commissioner, world.pettypool, world.other_council, day(20), None)
    made = await book(world.broker, await world.session(day=day(21)), world.emma_isf)
    with pytest.raises(OwnershipOverlaps):
        await take_in_house(world.commissioner, world.pettypool, world.council, day(5), None)
    assert await state(made.id) == "confirmed"
    assert (await balances(world.emma_isf))["committed"] == 3850


async def test_only_the_owning_council_may(world: World) -> None:
    for actor in (world.other_commissioner, world.manager, world.broker, world.care_manager):
        with pytest.raises(Forbidden):
            await take_in_house(actor, world.pettypool, world.council, day(1), None)


async def test_the_database_itself_refuses_when_sql_tries_it_directly(world: World) -> None:
    session = await world.session()
    made = await book(world.broker, session, world.emma_isf)
    own = "INSERT INTO ownership (id, provider_id, council_id, starts_on) VALUES (gen_random_uuid(), $1, $2, $3)"
    with pytest.raises(asyncpg.CheckViolationError, match="booking_not_in_house"):
        await db.execute(own, world.pettypool, world.council, day(1))
    await cancel_booking(world.broker, made.id, Reason.OTHER)
    await db.execute(own, world.pettypool, world.council, day(1))
    with pytest.raises(asyncpg.CheckViolationError, match="booking_not_in_house"):
        await db.execute("UPDATE booking SET state = 'confirmed' WHERE id = $1", made.id)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await db.execute(
            "UPDATE booking SET state = 'confirmed', owner_council_id = $2 WHERE id = $1", made.id, NOBODY
        )


def typed(name: str, value: date) -> dict[str, str]:
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


async def test_the_council_sees_what_it_does_to_people_before_it_is_done(
    world: World, client: Client
) -> None:
    made = await book(world.broker, await world.session(), world.emma_isf)
    await sign_in(client, world.commissioner)
    page = f"/council/providers/{world.pettypool}"
    first = typed("starts_on", day(1))
    asked = await send(client, page, f"{page}/ownership", **first)
    assert asked.status_code == 200
    words = plain(asked.text)
    assert "Given back 1 booking of 1 person" in words
    assert "Left again £38.50" in words
    assert "Emma" not in words
    assert await state(made.id) == "confirmed"
    stale = await send(client, page, f"{page}/ownership", give_back="7", **first)
    assert (stale.status_code, await state(made.id)) == (200, "confirmed")
    words = await follow(client, await send(client, page, f"{page}/ownership", give_back="1", **first))
    assert "The ownership is recorded. 1 booking given back." in words
    assert await state(made.id) == "cancelled"


async def test_the_form_says_what_to_type_and_why_not(world: World, client: Client) -> None:
    made = await book(world.broker, await world.session_today(), world.emma_isf)
    await record_attendance(world.staff, made.id, Outcome.ATTENDED)
    page = f"/council/providers/{world.pettypool}"
    await sign_in(client, world.commissioner)
    empty = await send(client, page, f"{page}/ownership")
    assert (empty.status_code, "Enter the first day, like 1 4 2026" in plain(empty.text)) == (422, True)
    blocked = await send(client, page, f"{page}/ownership", **typed("starts_on", day(0)))
    assert blocked.status_code == 409
    assert "You can choose a first day after" in plain(blocked.text)
    await sign_in(client, world.care_manager)
    refused = await send(client, "/people", f"{page}/ownership", **typed("starts_on", day(0)))
    assert refused.status_code == 403
    assert await words_of(client, "/people")


async def test_an_actor_without_a_council_is_told_so(world: World) -> None:
    alone: Actor = world.emma_user
    with pytest.raises(Forbidden):
        await affected(alone, world.pettypool, world.council, day(1), None)
