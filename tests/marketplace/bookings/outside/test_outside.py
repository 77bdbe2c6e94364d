"""Booking what the plan does not hold: with a reason, flagged to the care manager, never against a rule (row M3)."""

from uuid import UUID

import httpx
import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.outside import commands, queries
from marketplace.bookings.outside.rules import OutsideThePlan
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden, InHouseBlocked, Invalid, NotFound, StateConflict
from providers.rules import Category
from tests.asking import send, sign_in
from tests.world import World

pytestmark = pytest.mark.row("SP1")


async def narrow_plan(world: World) -> None:
    """Emma's plan holds music only. Written past the triggers: the commands are tested with the plan."""
    async with db.unit_of_work():
        await db.execute("ALTER TABLE plan_item DISABLE TRIGGER USER")
        await db.execute(
            "UPDATE plan_item SET category = 'music' WHERE version_id IN"
            " (SELECT id FROM plan_version WHERE person_id = $1)",
            world.emma,
        )
        await db.execute("ALTER TABLE plan_item ENABLE TRIGGER USER")


@pytest.fixture
async def garden(world: World) -> UUID:
    await narrow_plan(world)
    return await world.session()


async def test_without_a_reason_it_is_not_booked(world: World, garden: UUID) -> None:
    with pytest.raises(OutsideThePlan):
        await book(world.broker, garden, world.emma_isf)
    with pytest.raises(Invalid):
        await commands.say_why(world.broker, world.emma, garden, "  ")


async def test_with_a_reason_it_is_booked_and_the_care_manager_sees_it(world: World, garden: UUID) -> None:
    await commands.say_why(world.broker, world.emma, garden, "Emma wants to try it.")
    assert await queries.outside_the_plan(world.care_manager) == []
    booked = await book(world.broker, garden, world.emma_isf)
    (line,) = await queries.outside_the_plan(world.care_manager)
    assert (line.booking_id, line.because) == (booked.id, "Emma wants to try it.")
    assert await queries.outside_the_plan(world.other_care_manager) == []
    await commands.mark_seen(world.care_manager, line.id)
    assert await queries.outside_the_plan(world.care_manager) == []
    with pytest.raises(StateConflict):
        await commands.mark_seen(world.care_manager, line.id)
    with pytest.raises(NotFound):
        await commands.mark_seen(world.other_care_manager, line.id)


async def test_what_the_plan_holds_needs_no_reason(world: World, garden: UUID) -> None:
    choir = await world.activity(title="Choir", category=Category.MUSIC)
    await book(world.broker, await world.session(choir), world.emma_isf)
    assert await queries.outside_the_plan(world.care_manager) == []


async def test_a_reason_never_opens_what_a_rule_forbids(world: World, garden: UUID) -> None:
    in_house = await world.session(
        await world.activity(world.in_house_manager, title="Day centre"), manager=world.in_house_manager
    )
    await commands.say_why(world.broker, world.emma, in_house, "It is near.")
    with pytest.raises(InHouseBlocked):
        await book(world.broker, in_house, world.emma_isf)


async def test_who_may_not_book_may_not_say_why(world: World, garden: UUID) -> None:
    with pytest.raises(NotFound):
        await commands.say_why(world.stranger, world.emma, garden, "Mine.")
    with pytest.raises(Forbidden):
        await commands.mark_seen(world.broker, garden)


async def test_by_the_pages(client: httpx.AsyncClient, world: World, garden: UUID) -> None:
    await sign_in(client, world.broker)
    path = f"/people/{world.emma}/book/{garden}"
    shown = await client.get(path)
    assert "This is not in the plan" in shown.text
    kept = await send(client, path, fund=str(world.emma_isf), because="")
    assert kept.status_code == 422
    assert "Write why this is booked" in kept.text
    made = await send(client, path, fund=str(world.emma_isf), because="Emma wants to try it.")
    assert made.status_code == 303
    await sign_in(client, world.care_manager)
    assert "Emma wants to try it." in (await client.get("/council/outside-plan")).text


async def test_by_the_api(client: httpx.AsyncClient, world: World, garden: UUID) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    told = {"activity_session_id": str(garden), "fund_id": str(world.emma_isf)}
    refused = await client.post("/api/v1/bookings", json=told, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "outside_plan")
    told["outside_plan_because"] = "Emma wants to try it."
    assert (await client.post("/api/v1/bookings", json=told, headers=headers)).status_code == 201
