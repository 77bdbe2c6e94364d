"""A change of ownership that was planned, and does not happen."""

from datetime import date, timedelta

import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.ownership.commands import take_in_house
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from providers.commands import (
    OwnershipBlocked,
    apply_to_lot,
    decide_commission,
    end_ownership,
    record_ownership,
    take_back_planned,
)
from providers.commissions.commands import Decision
from providers.ownership.commands import NothingPlanned
from providers.ownership.rules import Planned, planned_change
from providers.queries import ownerships_of
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.world import World

pytestmark = pytest.mark.row("P8")


def day(offset: int) -> date:
    return clock.today() + timedelta(days=offset)


def test_only_what_is_to_come_is_planned() -> None:
    today = clock.today()
    assert planned_change(day(1), None, today) is Planned.START
    assert planned_change(day(1), day(9), today) is Planned.START
    assert planned_change(day(0), None, today) is None
    assert planned_change(day(-9), day(1), today) is Planned.END
    assert planned_change(day(-9), day(0), today) is None


async def test_a_plan_that_is_taken_back_leaves_the_days_bookable_and_the_bookings_given_back(
    world: World,
) -> None:
    session = await world.session(day=day(10))
    lost = await book(world.broker, session, world.emma_isf)
    taken = await take_in_house(world.commissioner, world.pettypool, world.council, day(5), None)
    done = await take_back_planned(world.commissioner, taken.ownership_id, "The sale fell through.")
    assert done is Planned.START
    assert await ownerships_of(world.pettypool) == []
    assert await db.fetch_value("SELECT state FROM booking WHERE id = $1", lost.id) == "cancelled"
    await book(world.broker, session, world.emma_isf)
    told = await db.fetch_one(
        "SELECT because, actor_user FROM audit_record WHERE action = 'ownership.taken_back' AND subject_id = $1",
        world.pettypool,
    )
    assert told == {"because": "The sale fell through.", "actor_user": world.commissioner.user_id}


async def test_a_last_day_is_not_taken_back_while_people_have_booked_what_lies_after_it(world: World) -> None:
    owned = (await ownerships_of(world.vivo))[0]["id"]
    await end_ownership(world.commissioner, owned, day(5))
    asked = await apply_to_lot(world.in_house_manager, world.vivo, await db.fetch_value("SELECT id FROM lot"))
    await decide_commission(world.commissioner, asked, Decision.APPROVE, clock.today())
    activity = await world.activity(world.in_house_manager, title="Woodwork")
    session = await world.session(activity, manager=world.in_house_manager, day=day(10))
    await book(world.broker, session, world.emma_isf)
    with pytest.raises(OwnershipBlocked):
        await take_back_planned(world.commissioner, owned, "It stays ours.")
    assert (await ownerships_of(world.vivo))[0]["ends_on"] == day(5)


async def test_what_has_begun_is_another_councils_or_has_no_reason_is_not_taken_back(world: World) -> None:
    owned = (await ownerships_of(world.vivo))[0]["id"]
    with pytest.raises(NothingPlanned):
        await take_back_planned(world.commissioner, owned, "It stays ours.")
    await end_ownership(world.commissioner, owned, day(5))
    with pytest.raises(NotFound):
        await take_back_planned(world.other_commissioner, owned, "It stays ours.")
    with pytest.raises(Forbidden):
        await take_back_planned(world.care_manager, owned, "It stays ours.")
    with pytest.raises(Invalid):
        await take_back_planned(world.commissioner, owned, " ")
    assert await take_back_planned(world.commissioner, owned, "It stays ours.") is Planned.END
    assert (await ownerships_of(world.vivo))[0]["ends_on"] is None


async def test_the_page_offers_it_only_for_what_is_to_come_and_asks_why(client: Client, world: World) -> None:
    await sign_in(client, world.commissioner)
    assert "Take back" not in await words_of(client, f"/council/providers/{world.vivo}")
    planned = await record_ownership(world.commissioner, world.pettypool, world.council, day(5))
    path = f"/council/providers/{world.pettypool}"
    to = f"{path}/ownership/{planned}/take-back"
    empty = await send(client, path, to)
    assert empty.status_code == 422
    assert "Enter why it is taken back" in plain(empty.text)
    sent = await send(client, path, to, **{f"because-{planned}": "The sale fell through."})
    assert "The plan is taken back." in await follow(client, sent)
    assert "No council owns it." in await words_of(client, path)
