"""Nobody is moved off a service of their own council before somebody has talked with them (row B8)."""

from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from isf.budgets.commands import change_route
from isf.ledger.verify import verify
from isf.rules import FundDraft
from marketplace.bookings.commands import cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.bookings.transitions import commands, queries
from marketplace.bookings.transitions.rules import ConsultationFirst, RouteWaits
from marketplace.kernel import db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import ZERO
from marketplace.kernel.routes_of_money import Route
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.asking import day as typed
from tests.marketplace.bookings.transitions.living import SAID, booked_in_house, day, started
from tests.world import World, balances

pytestmark = pytest.mark.row("B8")


async def state(booking_id: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking_id))


async def test_without_a_recorded_consultation_the_move_is_refused_and_changes_nothing(world: World) -> None:
    (booking,) = await booked_in_house(world, 5)
    made = await started(world)
    with pytest.raises(ConsultationFirst, match="no consultation with them is recorded"):
        await commands.agree(world.care_manager, made, day(1), "The garden group")
    with pytest.raises(ConsultationFirst):
        await commands.move(world.care_manager, made)
    assert await state(booking) == "confirmed"


async def test_the_database_itself_refuses_a_move_without_a_consultation(world: World) -> None:
    (booking,) = await booked_in_house(world, 5)
    made = await started(world)
    for to in ("consulted", "agreed", "moved"):
        with pytest.raises(asyncpg.CheckViolationError, match="no recorded consultation"):
            await db.execute(
                "UPDATE in_house_transition SET state = $2::text, move_from = current_date, plan = 'x', closed_at ="
                " CASE WHEN $2::text = 'moved' THEN now() END WHERE id = $1",
                made,
                to,
            )
    with pytest.raises(asyncpg.CheckViolationError, match="nobody was consulted about"):
        await db.execute(
            "UPDATE booking SET state = 'cancelled', cancelled_because = 'moved_off_in_house' WHERE id = $1",
            booking,
        )
    await commands.record_consultation(world.care_manager, made, SAID)
    for statement in ("UPDATE consultation SET persons_view = 'yes'", "DELETE FROM consultation"):
        with pytest.raises(asyncpg.PostgresError):
            await db.execute(statement)


async def test_a_consultation_says_who_when_with_whom_and_what_the_person_said(world: World) -> None:
    made = await started(world)
    nothing = replace(
        SAID,
        held_by=" ",
        held_by_role=None,
        held_on=None,
        present="",
        persons_view="",
        accessible_how="",
        decided="",
    )
    with pytest.raises(Invalid) as refused:
        await commands.record_consultation(world.care_manager, made, nothing)
    assert set(refused.value.fields) == {
        "held_by", "held_by_role", "held_on", "present", "persons_view", "accessible_how", "decided",
    }  # fmt: skip
    with pytest.raises(Invalid):
        await commands.record_consultation(world.care_manager, made, replace(SAID, held_on=day(1)))
    await commands.record_consultation(world.care_manager, made, SAID)
    with pytest.raises(StateConflict):
        await commands.record_consultation(
            world.care_manager, made, replace(SAID, persons_view="Something else")
        )
    assert await db.fetch_value("SELECT persons_view FROM consultation") == SAID.persons_view


async def test_the_move_gives_back_what_is_booked_there_from_its_day_on_at_no_cost(world: World) -> None:
    before, tomorrow, later = await booked_in_house(world, 0 + 2, 3, 9)
    made = await started(world)
    await commands.record_consultation(world.care_manager, made, SAID)
    await commands.agree(world.care_manager, made, day(3), "The garden group on Tuesdays")
    assert await state(later) == "confirmed"
    moved = await commands.move(world.care_manager, made)
    assert moved.bookings == 2
    assert [await state(each) for each in (before, tomorrow, later)] == [
        "confirmed",
        "cancelled",
        "cancelled",
    ]
    assert (await balances(world.emma_managed))["committed"] == 3850
    assert await verify() == []
    with pytest.raises(StateConflict):
        await commands.move(world.care_manager, made)
    lost = await queries.given_back(await queries.transition_view(world.care_manager, made))
    assert [each.id for each in lost] == [tomorrow, later]


@pytest.mark.row("F5")
async def test_another_route_waits_until_nothing_is_booked_at_the_councils_own_service(world: World) -> None:
    near, far = await booked_in_house(world, 3, 20)
    to = FundDraft(Route.ISF, ZERO, holder_organisation_id=world.lighthouse)
    with pytest.raises(RouteWaits, match="start the move off that service"):
        await change_route(world.care_manager, world.emma_managed, day(10), to, "Emma wants it")
    assert await db.fetch_value("SELECT count(*) FROM fund WHERE person_id = $1", world.emma) == 2
    made = await started(world)
    await commands.record_consultation(world.care_manager, made, SAID)
    await commands.agree(world.care_manager, made, day(10), "The garden group")
    with pytest.raises(RouteWaits):
        await change_route(world.care_manager, world.emma_managed, day(10), to, "Emma wants it")
    await commands.move(world.care_manager, made)
    await change_route(world.care_manager, world.emma_managed, day(10), to, "Emma wants it")
    assert [await state(each) for each in (near, far)] == ["confirmed", "cancelled"]


@pytest.mark.row("F5")
async def test_the_page_of_another_holder_says_that_the_move_comes_first(
    world: World, client: Client
) -> None:
    await booked_in_house(world, 20)
    await sign_in(client, world.care_manager)
    page = f"/people/{world.emma}/budget/holder"
    who = await send(
        client, page,
        **{"fund": str(world.emma_managed), "route": "isf", "isf-holder": str(world.lighthouse),
           "holder-organisation": str(world.lighthouse)},
    )  # fmt: skip
    when = who.headers["location"]
    told = await send(client, when, because="Emma wishes it", **typed("starts_on", day(10)))
    assert told.status_code == 409
    assert "You can start the move off that service" in plain(told.text)


async def test_the_persons_own_page_leads_to_a_move_that_is_thought_of_or_agreed(
    world: World, client: Client
) -> None:
    await booked_in_house(world, 9)
    await sign_in(client, world.emma_user)
    own, asked, told = (
        f"/people/{world.emma}/money",
        "Think about what you want instead of Vivo",
        "Read about your move",
    )
    assert "Vivo" not in await words_of(client, own)
    made = await started(world)
    assert asked in await words_of(client, own)
    await commands.record_consultation(world.care_manager, made, SAID)
    assert asked not in await words_of(client, own)
    await commands.agree(world.care_manager, made, day(9), "The garden group on Tuesdays")
    assert told in await words_of(client, own)
    await commands.move(world.care_manager, made)
    assert told not in await words_of(client, own)


async def test_cancelling_one_date_stays_free_and_the_person_can_stay(world: World) -> None:
    one, other = await booked_in_house(world, 4, 5)
    await cancel_booking(world.care_manager, one, Reason.PERSON_ILL)
    assert await state(one) == "cancelled"
    made = await started(world)
    with pytest.raises(Conflict, match="under way already"):
        await started(world)
    await commands.record_consultation(world.care_manager, made, SAID)
    await commands.stop(world.care_manager, made, "Emma wants to stay")
    assert await state(other) == "confirmed"
    await started(world)  # It can be thought of again.


async def test_only_the_councils_own_staff_move_and_only_off_the_councils_own_service(world: World) -> None:
    with pytest.raises(Conflict, match="not a service of the person’s own council"):
        await commands.start(world.care_manager, world.emma, world.pettypool, "Why not")
    made = await started(world)
    for actor in (world.broker, world.emma_user, world.commissioner, world.manager):
        with pytest.raises(Forbidden):
            await commands.stop(actor, made, "No")
    with pytest.raises(NotFound):
        await commands.stop(world.other_care_manager, made, "No")
    assert [one.id for one in await queries.transitions_of(world.emma_user, world.emma)] == [made]
    with pytest.raises(NotFound):
        await queries.transition_view(world.stranger, made)


async def test_the_care_manager_goes_step_by_step_and_the_person_reads_it_in_easy_read(
    world: World, client: Client
) -> None:
    (booking,) = await booked_in_house(world, 6)
    await sign_in(client, world.care_manager)
    assert "Emma Vivo Care Choices 1" in await words_of(client, "/council/transitions")
    page = f"/people/{world.emma}/transitions"
    assert "Choose the service" in plain((await send(client, page)).text)
    answer = await send(client, page, provider=str(world.vivo), because="Emma wants to be outside more")
    one = answer.headers["location"]
    assert "Nobody is moved before this" in await follow(client, answer)
    refused = await send(client, one, do="move")
    assert (refused.status_code, "no consultation with them is recorded" in plain(refused.text)) == (
        409,
        True,
    )
    empty = await send(client, one, do="consult", persons_view="I like Vera.")
    assert empty.status_code == 422
    assert "Enter the name of who held the consultation" in plain(empty.text)
    assert "I like Vera." in empty.text
    said = {
        "held_by": "Wanda Worker", "held_by_role": "trusted_assessor", "present": "Her sister",
        "persons_view": "I like Vera.", "accessible_how": "Pictures", "decided": "The garden",
    }  # fmt: skip
    words = await follow(client, await send(client, one, do="consult", **said, **typed("held_on", day(0))))
    assert "Wanda Worker, trusted assessor" in words
    words = await follow(
        client, await send(client, one, do="agree", plan="Garden", **typed("move_from", day(1)))
    )
    assert "Bookings at Vivo Care Choices from" in words
    words = await follow(client, await send(client, one, do="move"))
    assert "The move is made. 1 booking given back." in words
    assert await state(booking) == "cancelled"
    assert "Instead of Woodwork" in await words_of(client, f"{one}?instead={booking}")
    await sign_in(client, world.emma_user)
    assert "You have moved." in await words_of(client, f"{page}?easy=on")
    assert "I like Vera." in await words_of(client, f"{one}?easy=off")


async def test_programs_take_the_same_steps(world: World, client: Client) -> None:
    await booked_in_house(world, 6)
    headers = {"Authorization": f"Bearer {await world.token(world.care_manager)}"}
    body = {"provider_id": str(world.vivo), "because": "Outside more"}
    made = await client.post(f"/api/v1/people/{world.emma}/transitions", headers=headers, json=body)
    assert made.status_code == 201
    path = f"/api/v1/transitions/{made.json()['id']}"
    early = await client.post(f"{path}/move", headers=headers)
    assert (early.status_code, early.json()["code"]) == (409, "consultation_first")
    said = {
        "held_by": "Wanda", "held_by_role": "trusted_assessor", "held_on": day(0).isoformat(), "present": "Nobody",
        "persons_view": "I like Vera.", "accessible_how": "Pictures", "decided": "The garden",
    }  # fmt: skip
    assert (await client.post(f"{path}/consultation", headers=headers, json=said)).status_code == 204
    agreed = {"move_from": day(0).isoformat(), "plan": "Garden"}
    assert (await client.post(f"{path}/agree", headers=headers, json=agreed)).status_code == 204
    assert (await client.post(f"{path}/move", headers=headers)).json() == {"bookings": 1}
    assert (await client.get(path, headers=headers)).json()["said"]["persons_view"] == "I like Vera."
    assert (await client.get("/api/v1/transitions", headers=headers)).json() == []
