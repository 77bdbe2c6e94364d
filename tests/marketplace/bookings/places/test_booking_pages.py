"""Booking and cancelling over HTTP: the money before, the charge before, and what a refusal keeps."""

from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.bookings.commands import Hold, book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.bookings.week.commands import add_idea
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.world import World, balances


def book_page(person: UUID, session: UUID) -> str:
    return f"/people/{person}/book/{session}"


@pytest.mark.row("B1")
@pytest.mark.row("B2")
async def test_the_money_after_is_shown_before_and_the_booking_after(world: World, client: Client) -> None:
    session = await world.session()
    await add_idea(world.broker, world.emma, session)
    await sign_in(client, world.broker)
    path = book_page(world.emma, session)
    words = await words_of(client, path)
    assert (
        "Left now in ISF with Harbour Brokerage £1,000.00 This costs £38.50 Left after booking £961.50"
        in words
    )
    assert "you pay £19.25" in words
    assert (
        "Money the council manages: You cannot book with this money, because the council manages it." in words
    )
    assert (await balances(world.emma_isf))["available"] == 100_000
    words = await follow(client, await send(client, path, path, fund=str(world.emma_isf)))
    assert "Garden group is booked. £961.50 is left in ISF with Harbour Brokerage." in words
    assert "Paid from ISF with Harbour Brokerage, when the bill comes" in words
    assert await db.fetch_value("SELECT count(*) FROM idea") == 0


@pytest.mark.row("B2")
async def test_the_button_pressed_twice_books_once_and_leads_to_the_booking(
    world: World, client: Client
) -> None:
    path = book_page(world.emma, await world.session())
    await sign_in(client, world.broker)
    first = await send(client, path, path, fund=str(world.emma_isf))
    again = await send(client, "/invoices", path, fund=str(world.emma_isf))
    assert again.headers["location"] == first.headers["location"]
    assert await db.fetch_value("SELECT count(*) FROM booking") == 1


@pytest.mark.row("B4")
async def test_the_council_books_with_its_own_money_only(world: World, client: Client) -> None:
    path = book_page(world.emma, await world.session())
    await sign_in(client, world.care_manager)
    words = await words_of(client, path)
    assert "Left after booking £561.50" in words
    assert "because it is the person's own budget" in words
    refused = await send(client, path, path, fund=str(world.emma_isf))
    assert refused.status_code == 403
    assert "because it is the person's own budget" in plain(refused.text)
    await follow(client, await send(client, path, path, fund=str(world.emma_managed)))


@pytest.mark.row("B4")
async def test_a_stranger_gets_no_page_and_cannot_post_one(world: World, client: Client) -> None:
    path = book_page(world.emma, await world.session())
    await sign_in(client, world.stranger)
    await words_of(client, path, 404)
    refused = await send(client, "/desk", path, fund=str(world.emma_isf))
    assert refused.status_code == 404


@pytest.mark.row("D4")
async def test_an_in_house_service_says_why_and_has_no_button(world: World, client: Client) -> None:
    house = await world.activity(world.in_house_manager, title="Day centre")
    path = book_page(world.emma, await world.session(house, manager=world.in_house_manager))
    await sign_in(client, world.emma_user)
    shown = await client.get(path)
    words = plain(shown.text)
    assert "ISF with Harbour Brokerage: You cannot use this personal budget here" in words
    assert 'id="book"' not in shown.text
    refused = await send(client, path, path, fund=str(world.emma_isf))
    assert refused.status_code == 409
    assert "You cannot use this personal budget here" in plain(refused.text)
    await sign_in(client, world.care_manager)
    await follow(client, await send(client, path, path, fund=str(world.emma_managed)))


@pytest.mark.row("Y1")
async def test_a_direct_payment_goes_on_to_the_page_where_it_is_paid(world: World, client: Client) -> None:
    session = await world.session()
    path = book_page(world.dan, session)
    await sign_in(client, world.dan_user)
    assert "Go on to pay" in await words_of(client, path)
    answer = await send(client, path, path, fund=str(world.dan_direct))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/people/{world.dan}/pay/{session}?fund={world.dan_direct}"
    assert await db.fetch_value("SELECT count(*) FROM booking") == 0


@pytest.mark.row("B3")
async def test_what_stands_in_the_way_of_all_money_is_said_once(world: World, client: Client) -> None:
    activity = await world.activity(title="Choir")
    full, meets = await world.session(activity, capacity=1), await world.session()
    await book(world.dan_user, full, world.dan_direct)
    await sign_in(client, world.broker)
    assert "because all places are taken" in await words_of(client, book_page(world.emma, full))
    await sign_in(client, world.dan_user)
    words = await words_of(client, book_page(world.dan, meets))
    assert "another booking at the same time" in words
    assert "The other booking is Choir." in words
    answer = await send(
        client, book_page(world.dan, meets), book_page(world.dan, meets), fund=str(world.dan_direct)
    )
    assert answer.status_code == 409


async def test_no_choice_of_money_is_asked_for_again_with_nothing_lost(world: World, client: Client) -> None:
    path = book_page(world.emma, await world.session())
    await sign_in(client, world.broker)
    for wrong in ("", "x", str(world.dan_direct)):
        answer = await send(client, path, path, fund=wrong)
        assert answer.status_code == 422
        assert "Choose which money to use" in plain(answer.text)


async def test_too_little_money_says_how_much_is_missing(world: World, client: Client) -> None:
    person, fund = await world.person_with_fund("Priya Shah", Route.ISF, "20.00")
    path = book_page(person, await world.session())
    await sign_in(client, world.broker)
    assert "it is £18.50 short" in await words_of(client, path)
    refused = await send(client, path, path, fund=str(fund))
    assert refused.status_code == 409


async def booked(world: World, *, days: int = 3, terms: Terms | None = None) -> UUID:
    activity = await world.activity(terms=terms or Terms(48, 50))
    session = await world.session(activity, day=clock.today() + timedelta(days=days))
    return (await book(world.broker, session, world.emma_isf)).id


@pytest.mark.row("B5")
async def test_cancelling_in_time_shows_that_it_costs_nothing_and_frees_the_money(
    world: World, client: Client
) -> None:
    path = f"/bookings/{await booked(world)}/cancel"
    await sign_in(client, world.emma_user)
    assert "You pay £0.00 Left again in ISF with Harbour Brokerage £38.50" in await words_of(client, path)
    unsaid = await send(client, path, path, charge_pence="0")
    assert (unsaid.status_code, "Choose why" in plain(unsaid.text)) == (422, True)
    words = await follow(client, await send(client, path, path, because="person_ill", charge_pence="0"))
    assert (
        "The booking is cancelled. You pay nothing. £38.50 is left again in ISF with Harbour Brokerage."
        in words
    )
    assert "Ill, or in hospital" in words
    assert (await balances(world.emma_isf))["available"] == 100_000


@pytest.mark.row("B5")
async def test_cancelling_late_shows_the_charge_first_and_says_afterwards_what_was_charged(
    world: World, client: Client
) -> None:
    path = f"/bookings/{await booked(world, days=1)}/cancel"
    await sign_in(client, world.broker)
    words = await words_of(client, path)
    assert "You pay £19.25 Left again in ISF with Harbour Brokerage £19.25" in words
    assert "Cancel the booking and pay £19.25" in words
    words = await follow(client, await send(client, path, path, because="other", charge_pence="1925"))
    assert "£19.25 is paid for it. £19.25 is left again" in words
    assert (await balances(world.emma_isf))["payable"] == 1925


@pytest.mark.row("B5")
async def test_a_charge_that_began_after_the_page_was_shown_is_shown_first(
    world: World, client: Client
) -> None:
    booking = await booked(world, days=1)
    path = f"/bookings/{booking}/cancel"
    await sign_in(client, world.broker)
    answer = await send(client, path, path, because="other", charge_pence="0")
    assert answer.status_code == 409
    assert "You cannot cancel for nothing any more" in plain(answer.text)
    assert await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking) == "confirmed"


@pytest.mark.row("B5")
async def test_a_provider_cancels_at_no_cost_to_the_person(world: World, client: Client) -> None:
    path = f"/bookings/{await booked(world, days=1)}/cancel"
    await sign_in(client, world.manager)
    assert "Emma Example loses the place and pays nothing." in await words_of(client, path)
    words = await follow(client, await send(client, path, path))
    assert "The booking is cancelled. The person pays nothing." in words
    assert (await balances(world.emma_isf))["available"] == 100_000
    await sign_in(client, world.other_manager)
    await words_of(client, path, 404)


@pytest.mark.row("B5")
async def test_what_has_begun_is_not_cancelled_by_the_persons_side(world: World, client: Client) -> None:
    booking = await booked(world)
    await db.execute(
        "UPDATE booking SET starts_at = now() - interval '1 minute', ends_at = now() + interval '1 hour' WHERE id = $1",
        booking,
    )
    await sign_in(client, world.broker)
    assert "because it has begun" in await words_of(client, f"/bookings/{booking}/cancel", 409)
    assert "Cancel this booking" not in await words_of(client, f"/bookings/{booking}")


async def test_a_cancelled_booking_has_no_cancel_page(world: World, client: Client) -> None:
    booking = await booked(world)
    path = f"/bookings/{booking}/cancel"
    await sign_in(client, world.broker)
    await send(client, path, path, because="other", charge_pence="0")
    answer = await client.get(path, follow_redirects=False)
    assert answer.headers["location"] == f"/bookings/{booking}"


@pytest.mark.row("A3")
async def test_the_provider_sees_the_name_and_needs_and_not_the_rest(world: World, client: Client) -> None:
    booking = await booked(world)
    await sign_in(client, world.staff)
    words = await words_of(client, f"/bookings/{booking}")
    assert "How to communicate with Emma: Easy Read, one idea at a time" in words
    assert "Emma Example" in words
    viewed = "SELECT count(*) FROM audit_record WHERE action = 'booking.viewed' AND actor_user = $1"
    assert await db.fetch_value(viewed, world.staff.user_id) == 1


@pytest.mark.row("B4")
async def test_who_may_see_a_booking(world: World, client: Client) -> None:
    path = f"/bookings/{await booked(world)}"
    seen: list[tuple[Actor, int]] = [
        (world.broker, 200), (world.emma_user, 200), (world.sister, 200), (world.finance_officer, 200),
        (world.stranger, 404), (world.dan_user, 404), (world.other_care_manager, 404), (world.other_manager, 404),
        (world.commissioner, 404),
    ]  # fmt: skip
    for actor, status in seen:
        await sign_in(client, actor)
        await words_of(client, path, status)
    await sign_in(client, world.finance_officer)
    await words_of(client, f"{path}/cancel", 403)


async def test_a_held_place_says_until_when_and_leads_on_to_pay(world: World, client: Client) -> None:
    session = await world.session()
    held = await book(
        world.dan_user, session, world.dan_direct, hold=Hold(clock.now() + timedelta(minutes=20))
    )
    await sign_in(client, world.dan_user)
    shown = await client.get(f"/bookings/{held.id}")
    assert "Waiting for payment" in plain(shown.text)
    assert f"/people/{world.dan}/pay/{session}?fund={world.dan_direct}" in shown.text


async def test_one_who_did_not_come_sees_what_is_paid_for_it(world: World, client: Client) -> None:
    made = await book(world.broker, await world.session_today(), world.emma_isf)
    await record_attendance(world.staff, made.id, Outcome.ABSENT)
    await sign_in(client, world.emma_user)
    words = await words_of(client, f"/bookings/{made.id}?easy=on")
    assert "Emma did not come" in words
    assert "£19.25 is paid for it" in words
