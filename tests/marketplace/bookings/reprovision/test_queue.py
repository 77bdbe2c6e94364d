"""What people lost when a provider was stopped, and what they have instead (rows P7, B4)."""

from datetime import time

import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.reprovision import commands, queries
from marketplace.bookings.reprovision.rules import ItemState
from marketplace.bookings.rules import BookingState
from marketplace.kernel import db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from providers.commands import record_ownership
from providers.rules import Category
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.marketplace.bookings.reprovision.living import day, items, state, suspend
from tests.world import World, balances

pytestmark = pytest.mark.row("P7")


async def lost(world: World, offset: int = 3) -> db.Row:
    """Emma's ISF booking at Pettypool, lost."""
    await book(world.broker, await world.session(day=day(offset)), world.emma_isf)
    await suspend(world)
    return (await items())[0]


async def test_what_is_suggested_is_alike_near_free_and_payable_from_the_same_fund(world: World) -> None:
    other = world.other_manager
    good = await world.activity(other, title="Allotment")
    wanted = await world.session(good, manager=other, day=day(4))
    far_off_in_time = await world.session(good, manager=other, day=day(40))
    full = await world.session(good, manager=other, day=day(5), capacity=1)
    await book(world.dan_user, full, world.dan_direct)
    dear = await world.session(
        await world.activity(other, title="Golden garden", price="5000"), manager=other, day=day(4)
    )
    not_alike = await world.session(
        await world.activity(other, title="Choir", category=Category.MUSIC), manager=other, day=day(4)
    )
    in_house = await world.session(
        await world.activity(world.in_house_manager, title="Own garden"),
        manager=world.in_house_manager,
        day=day(4),
    )
    item = await lost(world)
    found = [each.session_id for each in await queries.alternatives(item["booking_id"])]
    assert found == [wanted]
    assert not {far_off_in_time, full, dear, not_alike, in_house} & set(found)


async def test_booking_something_else_answers_the_item_once_and_both_or_neither(world: World) -> None:
    activity = await world.activity(world.other_manager, title="Allotment")
    instead = await world.session(activity, manager=world.other_manager, day=day(4))
    full = await world.session(activity, manager=world.other_manager, day=day(6), capacity=1)
    await book(world.dan_user, full, world.dan_direct)
    item = await lost(world)
    with pytest.raises(Conflict):
        await commands.book_instead(world.broker, item["id"], full, world.emma_isf)
    assert (await items())[0]["state"] == "open"
    made = await commands.book_instead(world.broker, item["id"], instead, world.emma_isf)
    answered = (await items())[0]
    assert (answered["state"], answered["new_booking_id"]) == ("booked_elsewhere", made.id)
    with pytest.raises(StateConflict):
        await commands.book_instead(world.broker, item["id"], full, world.emma_isf)
    with pytest.raises(StateConflict):
        await commands.not_wanted(world.broker, item["id"])


async def test_a_booking_made_elsewhere_stands_in_for_one_loss_only(world: World) -> None:
    activity = await world.activity()
    for offset in (3, 4):
        await book(world.broker, await world.session(activity, day=day(offset)), world.emma_isf)
    await suspend(world)
    first, second = await items()
    made = await book(
        world.broker, await world.session(manager=world.other_manager, day=day(5)), world.emma_isf
    )
    with pytest.raises(Invalid):
        await commands.answer_with(world.broker, first["id"], new_id())
    await commands.answer_with(world.broker, first["id"], made.id)
    with pytest.raises(Invalid):
        await commands.answer_with(world.broker, second["id"], made.id)


async def test_after_a_release_what_still_fits_is_booked_back_each_with_its_answer(world: World) -> None:
    activity = await world.activity()
    fits = await world.session(activity, day=day(3))
    taken = await world.session(activity, day=day(4), capacity=1)
    for session in (fits, taken):
        await book(world.broker, session, world.emma_isf)
    made = await suspend(world)
    with pytest.raises(Conflict, match="still stopped"):
        await commands.book_back(world.broker, world.emma)
    await commands.release_provider(world.commissioner, made.suspension_id, "Put right.")
    await book(world.dan_user, taken, world.dan_direct)
    answers = await commands.book_back(world.broker, world.emma)
    assert [bool(answer.reference) for answer in answers] == [True, False]
    assert "all places are taken" in answers[1].refusal
    first, second = await items()
    assert (first["state"], second["state"]) == (ItemState.BOOKED_BACK, ItemState.OPEN)
    assert await state(first["new_booking_id"]) == BookingState.CONFIRMED
    assert (await balances(world.emma_isf))["committed"] == 3850


async def test_each_sees_the_queue_of_those_they_look_after(world: World) -> None:
    item = await lost(world)
    await book(world.dan_user, await world.session(manager=world.other_manager), world.dan_direct)
    for actor in (world.care_manager, world.broker, world.sister, world.emma_user, world.monitoring_officer):
        assert [one.id for one in await queries.queue(actor)] == [item["id"]]
    for actor in (world.other_care_manager, world.stranger, world.dan_user):
        assert await queries.queue(actor) == []
        with pytest.raises(NotFound):
            await queries.item(actor, item["id"])
    with pytest.raises(Forbidden):
        await queries.queue(world.manager)
    with pytest.raises(NotFound):
        await commands.not_wanted(world.stranger, item["id"])


async def test_the_person_chooses_on_plain_pages_in_easy_read_too(world: World, client: Client) -> None:
    instead = await world.session(
        await world.activity(world.other_manager, title="Allotment"),
        manager=world.other_manager, day=day(4), at=time(14),
    )  # fmt: skip
    item = await lost(world)
    await sign_in(client, world.emma_user)
    assert "Choose what to do instead of 1 booking that cannot happen" in await follow(
        client, await client.get("/me")
    )
    assert "You do not pay for them." in await words_of(client, f"/people/{world.emma}/reprovision?easy=on")
    words = await words_of(client, f"/people/{world.emma}/reprovision?easy=off")
    assert "Garden group" in words
    page = f"/reprovision/{item['id']}"
    words = await words_of(client, page)
    assert "Allotment , 1st Enable" in words
    nothing = await send(client, page)
    assert (nothing.status_code, "Choose what to book instead" in plain(nothing.text)) == (422, True)
    words = await follow(client, await send(client, page, session=str(instead)))
    assert "It is booked: BK-" in words
    assert "Something else is booked Allotment" in words
    assert "It is answered" in await words_of(client, page)


async def test_the_care_manager_works_from_the_councils_start(world: World, client: Client) -> None:
    item = await lost(world)
    await sign_in(client, world.care_manager)
    assert "1 booking to provide again" in await words_of(client, "/council")
    words = await words_of(client, "/reprovision")
    assert "1 booking of 1 person cannot happen" in words
    assert "Emma" in words
    told = await send(client, f"/reprovision/{item['id']}", do="not_wanted", words="She rests that week")
    assert "Nothing is booked instead of Garden group." in await follow(client, told)


async def test_programs_stop_a_provider_and_answer_the_queue(world: World, client: Client) -> None:
    instead = await world.session(
        await world.activity(world.other_manager, title="Allotment"), manager=world.other_manager, day=day(4)
    )
    await book(world.broker, await world.session(), world.emma_isf)
    headers = {"Authorization": f"Bearer {await world.token(world.commissioner)}"}
    made = await client.post(
        f"/api/v1/providers/{world.pettypool}/suspensions",
        headers=headers,
        json={"grounds": "Hurt.", "contact": "Sam"},
    )
    assert (made.status_code, made.json()["bookings"]) == (201, 1)
    assert (await client.get("/api/v1/suspensions", headers=headers)).json()[0]["state"] == "open"
    broker = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    (item,) = (await client.get("/api/v1/reprovision", headers=broker)).json()
    assert item["provider_free"] is False
    (found,) = (await client.get(f"/api/v1/reprovision/{item['id']}/alternatives", headers=broker)).json()
    assert found["session_id"] == str(instead)
    body = {"activity_session_id": str(instead), "fund_id": str(world.emma_isf)}
    booked = await client.post(f"/api/v1/reprovision/{item['id']}/book", headers=broker, json=body)
    assert booked.status_code == 201
    again = await client.post(f"/api/v1/reprovision/{item['id']}/not-wanted", headers=broker, json={})
    assert again.status_code == 409
    own = {"Authorization": f"Bearer {await world.token(world.staff)}"}
    assert (await client.get("/api/v1/provider/suspensions", headers=own)).json()[0]["contact"] == "Sam"
    done = await client.post(
        f"/api/v1/suspensions/{made.json()['id']}/release", headers=headers, json={"words": "Put right."}
    )
    assert done.status_code == 204


async def test_money_of_another_council_may_go_to_this_councils_in_house_service_instead(
    world: World,
) -> None:
    await record_ownership(world.other_commissioner, world.first_enable, world.other_council, day(-10), None)
    activity = await world.activity(world.other_manager, title="Allotment")
    wanted = await world.session(activity, manager=world.other_manager, day=day(4))
    item = await lost(world)
    assert [each.session_id for each in await queries.alternatives(item["booking_id"])] == [wanted]
