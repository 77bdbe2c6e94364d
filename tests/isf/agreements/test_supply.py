"""How much a holder sells itself: told to the person and the commissioner, marked, never hidden (row I3)."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from isf.agreements.supply.queries import self_supply_of, self_supply_report
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.identity.credentials import begin_session
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, NotFound
from tests.isf.agreements.agreed import agreed_isf, supply, terms
from tests.world import World, actor_again


async def harbour_sells(world: World) -> UUID:
    """1st Enable becomes a provider of Harbour's own organisation; answers its activity."""
    await db.execute(
        "UPDATE provider SET organisation_id = $2 WHERE id = $1", world.first_enable, world.harbour
    )
    await db.execute(
        "UPDATE role_grant SET organisation_id = $2 WHERE user_id = $1",
        world.other_manager.user_id,
        world.harbour,
    )
    world.other_manager = await actor_again(world.other_manager.user_id)
    return await world.activity(world.other_manager, title="Harbour walks", price="20.00")


@pytest.mark.row("I3")
async def test_the_person_is_told_how_much_went_to_the_holder_itself(world: World) -> None:
    own = await harbour_sells(world)
    await agreed_isf(world, terms(world.starts_on, services=supply()))
    await book(world.broker, await world.session(own, manager=world.other_manager), world.emma_isf)
    await book(world.broker, await world.session(day=clock.today() + timedelta(days=4)), world.emma_isf)
    told = await self_supply_of(world.emma_user, world.emma_isf)
    assert (told.own_pence, told.all_pence, told.percent, told.undisclosed) == (2000, 5850, 34, 0)
    assert told.words == "Harbour Brokerage was paid £20.00 of Emma’s £58.50 for its own activities."
    with pytest.raises(NotFound):
        await self_supply_of(world.stranger, world.emma_isf)


@pytest.mark.row("I3")
async def test_what_was_charged_counts_and_what_was_cancelled_does_not(world: World) -> None:
    own = await harbour_sells(world)
    booked = await book(world.broker, await world.session(own, manager=world.other_manager), world.emma_isf)
    await cancel_booking(world.broker, booked.id, Reason.CHANGED_MIND)
    world.manager = world.other_manager
    today = await book(world.broker, await world.session_today(own), world.emma_isf)
    await record_attendance(world.other_manager, today.id, Outcome.ATTENDED)
    told = await self_supply_of(world.emma_user, world.emma_isf)
    assert (told.own_pence, told.all_pence) == (2000, 2000)


@pytest.mark.row("I3")
async def test_the_commissioner_sees_holders_and_people_by_reference(world: World) -> None:
    own = await harbour_sells(world)
    await book(world.broker, await world.session(own, manager=world.other_manager), world.emma_isf)
    days = (clock.today() - timedelta(days=30), clock.today() + timedelta(days=30))
    report = await self_supply_report(world.commissioner, *days, 50, None, 1)
    assert [(line.holder, line.people, line.own_pence, line.over) for line in report.holders] == [
        ("Harbour Brokerage", 1, 2000, True)
    ]
    assert report.people[0].person_reference.startswith("PN-")
    assert report.people[0].marks == "Over the watch line, 1 booking not disclosed"
    assert not (await self_supply_report(world.commissioner, *days, 100, None, 1)).people[0].over
    assert (await self_supply_report(world.other_commissioner, *days, 50, None, 1)).holders == []
    with pytest.raises(Forbidden):
        await self_supply_report(world.broker, *days, 50, None, 1)


@pytest.mark.row("I3")
async def test_a_booking_on_a_day_without_disclosure_is_marked(world: World) -> None:
    own = await harbour_sells(world)
    later = clock.today() + timedelta(days=10)
    await agreed_isf(world, terms(later, services=supply()))
    for day in (later - timedelta(days=1), later):
        await book(
            world.broker, await world.session(own, manager=world.other_manager, day=day), world.emma_isf
        )
    assert (await self_supply_of(world.broker, world.emma_isf)).undisclosed == 1


@pytest.mark.row("I3")
async def test_the_page_and_the_file_name_nobody_to_the_commissioner(
    world: World, client: httpx.AsyncClient
) -> None:
    own = await harbour_sells(world)
    session = await world.session(own, manager=world.other_manager, day=clock.today() + timedelta(days=1))
    await book(world.broker, session, world.emma_isf)
    cookies = {"fairday_session": await begin_session(world.commissioner.user_id)}
    query = f"?from={clock.today()}&to={clock.today() + timedelta(days=5)}"
    answer = await client.get(f"/council/self-supply{query}", cookies=cookies)
    assert answer.status_code == 200
    assert "Emma" not in answer.text
    assert "Harbour Brokerage" in answer.text
    assert "Not disclosed: 1 booking" in answer.text
    file = await client.get(f"/council/self-supply.csv{query}", cookies=cookies)
    assert file.headers["content-type"].startswith("text/csv")
    assert "20.00,20.00,100,yes,1" in file.text
    token = await world.token(world.commissioner)
    api = await client.get("/api/v1/council/self-supply", headers={"Authorization": f"Bearer {token}"})
    assert api.status_code == 200
