"""Waiting for a place over HTTP: from the full date to the booking, as page and as API (row B3)."""

from uuid import UUID

import pytest

from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.bookings.waitlist.commands import join
from marketplace.kernel import db
from tests.asking import Client, follow, send, sign_in, words_of
from tests.world import World


async def taken_by_dan(world: World) -> tuple[UUID, UUID]:
    session = await world.session(capacity=1)
    return session, (await book(world.dan_user, session, world.dan_direct)).id


@pytest.mark.row("B3")
async def test_from_a_full_date_to_the_place_that_became_free(world: World, client: Client) -> None:
    session, dans = await taken_by_dan(world)
    await sign_in(client, world.sister)
    book_page = f"/people/{world.emma}/book/{session}"
    assert "Join the waitlist" in await words_of(client, book_page)
    path = f"/people/{world.emma}/waitlist/{session}"
    words = await words_of(client, path)
    assert "Wait for a place in Garden group?" in words
    assert "Nobody waits for a place yet. You would be first in line." in words
    joined = await send(client, path, fund=str(world.emma_isf))
    words = await follow(client, joined)
    assert "You are on the waitlist. You are first in line." in words
    entry = joined.headers["location"]
    assert (await send(client, entry, path, fund=str(world.emma_isf))).headers["location"] == entry
    assert "See where you are in line" in await words_of(client, book_page)
    assert "You are first in line." in await words_of(client, f"/people/{world.emma}/waitlist")

    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    assert "Say yes or no to a place in Garden group" in await words_of(client, f"/people/{world.emma}/money")
    words = await words_of(client, entry)
    assert "Take the place in Garden group? A place is kept until" in words.replace("For Emma ", "")
    assert "Left after booking £961.50" in words
    assert "A place is kept for this" in await words_of(client, book_page)
    words = await follow(client, await send(client, entry, f"{entry}/accept"))
    assert "Garden group is booked for £38.50." in words
    assert "You took the place." in await words_of(client, entry)


@pytest.mark.row("B3")
async def test_no_goes_to_the_next_and_whoever_is_late_is_told(world: World, client: Client) -> None:
    session, dans = await taken_by_dan(world)
    entry = await join(world.broker, session, world.emma_isf)
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    await sign_in(client, world.broker)
    await words_of(client, "/desk?show=offer")
    words = await words_of(client, "/desk")
    assert "Say yes or no to 1 place that became free, by" in words
    page = f"/waitlist/{entry}"
    words = await follow(client, await send(client, page, f"{page}/decline"))
    assert "You said no. The next in line is asked." in words
    late = await send(client, "/desk", f"{page}/accept")
    assert late.status_code == 409
    assert "This offer has ended." in late.text


@pytest.mark.row("B3")
async def test_a_direct_payment_goes_on_to_where_it_is_paid(world: World, client: Client) -> None:
    session = await world.session(capacity=1)
    emmas = await book(world.broker, session, world.emma_isf)
    entry = await join(world.dan_user, session, world.dan_direct)
    await cancel_booking(world.broker, emmas.id, Reason.CHANGED_MIND)
    await sign_in(client, world.dan_user)
    answer = await send(client, f"/waitlist/{entry}", f"/waitlist/{entry}/accept")
    assert answer.headers["location"] == f"/people/{world.dan}/pay/{session}?fund={world.dan_direct}"
    pay = answer.headers["location"]
    await send(client, pay, f"/people/{world.dan}/pay/{session}", fund=str(world.dan_direct), way="transfer")
    assert await db.fetch_value("SELECT state FROM waitlist_entry WHERE id = $1", entry) == "accepted"


@pytest.mark.row("B3")
async def test_a_register_says_how_many_wait_and_who_is_asked(world: World, client: Client) -> None:
    session, dans = await taken_by_dan(world)
    await join(world.broker, session, world.emma_isf)
    await sign_in(client, world.staff)
    words = await words_of(client, f"/provider/sessions/{session}")
    assert "1 person waits for a place." in words
    assert "Emma" not in words
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    words = await words_of(client, f"/provider/sessions/{session}")
    assert "A place is offered to Emma Example until" in words


@pytest.mark.row("B3")
@pytest.mark.row("X3")
async def test_the_api_joins_answers_once_and_leaves(world: World, client: Client) -> None:
    session, dans = await taken_by_dan(world)
    tokens = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    wanted = {"activity_session_id": str(session), "fund_id": str(world.emma_isf)}
    joined = await client.post("/api/v1/waitlist", json=wanted, headers=tokens)
    assert (joined.status_code, joined.json()["place"]) == (201, 1)
    again = await client.post("/api/v1/waitlist", json=wanted, headers=tokens)
    assert (again.status_code, again.json()["code"]) == (409, "already_waiting")
    entry = f"/api/v1/waitlist/{joined.json()['id']}"
    early = await client.post(f"{entry}/accept", headers=tokens)
    assert (early.status_code, early.json()["code"]) == (409, "state_conflict")
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    [line] = (await client.get(f"/api/v1/people/{world.emma}/waitlist", headers=tokens)).json()
    assert (line["state"], line["expires_at"] is not None) == ("offered", True)
    first = await client.post(f"{entry}/accept", headers=tokens | {"Idempotency-Key": "k"})
    second = await client.post(f"{entry}/accept", headers=tokens | {"Idempotency-Key": "k"})
    assert first.status_code == 201
    assert second.json() == first.json()
    left = await client.post(f"{entry}/leave", headers=tokens)
    assert left.status_code == 409
