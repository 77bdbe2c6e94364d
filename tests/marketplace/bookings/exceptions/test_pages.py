"""The pages and the API of one-off sessions: absent while it is off, and two people where it is on (row D4)."""

import httpx
import pytest

from marketplace.kernel import db
from tests.asking import follow, send, sign_in, words_of
from tests.marketplace.bookings.exceptions.asking import WHY, YES, allow, approved, at_vivo
from tests.world import World

pytestmark = pytest.mark.row("D4")


async def test_while_it_is_off_there_is_no_page_no_tile_and_no_word_of_it(
    client: httpx.AsyncClient, world: World
) -> None:
    session = await at_vivo(world)
    await sign_in(client, world.care_manager)
    assert "one-off" not in await words_of(client, f"/people/{world.dan}/book/{session}")
    await words_of(client, f"/people/{world.dan}/exceptions/{session}", 404)
    await sign_in(client, world.finance_officer)
    await words_of(client, "/council/exceptions", 404)
    assert "one-off" not in await words_of(client, "/council")
    headers = {"Authorization": f"Bearer {await world.token(world.care_manager)}"}
    body = {"activity_session_id": str(session), "fund_id": str(world.dan_direct), "why": WHY}
    answer = await client.post(f"/api/v1/people/{world.dan}/exceptions", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "exceptions_off")


async def test_a_care_manager_asks_and_an_officer_approves_on_the_page(
    client: httpx.AsyncClient, world: World
) -> None:
    await allow(world)
    session = await at_vivo(world)
    await sign_in(client, world.dan_user)
    assert "The care manager can ask for it" in await words_of(client, f"/people/{world.dan}/book/{session}")
    await sign_in(client, world.care_manager)
    assert "Ask for a one-off session" in await words_of(client, f"/people/{world.dan}/book/{session}")
    ask = f"/people/{world.dan}/exceptions/{session}"
    assert "Choose which money" in (await send(client, ask, why="x")).text
    kept = await send(client, ask, fund=str(world.dan_direct), why="")
    assert "Say why" in kept.text
    told = await follow(client, await send(client, ask, fund=str(world.dan_direct), why=WHY))
    assert "A finance officer decides" in told
    assert WHY in told
    assert "Record the decision" not in told
    made = await db.fetch_value("SELECT id FROM in_house_exception")
    await sign_in(client, world.finance_officer)
    assert "1 one-off session to decide" in await words_of(client, "/council")
    assert "Woodwork" in await words_of(client, "/council/exceptions")
    page = f"/council/exceptions/{made}"
    assert "0 other one-off sessions; the council allows 1 in 26 weeks" in await words_of(client, page)
    assert "Choose whether" in (await send(client, page, because="x")).text
    done = await follow(client, await send(client, page, answer="yes", because=YES))
    assert "£38.50 comes off the next payment" in done
    booking = await db.fetch_value("SELECT id FROM booking")
    await sign_in(client, world.dan_user)
    assert "Woodwork" in await words_of(client, f"/bookings/{booking}")
    assert YES in await words_of(client, f"/exceptions/{made}")


async def test_it_is_refused_or_withdrawn_on_the_page(client: httpx.AsyncClient, world: World) -> None:
    await allow(world)
    session = await at_vivo(world)
    await sign_in(client, world.care_manager)
    ask = f"/people/{world.dan}/exceptions/{session}"
    await send(client, ask, fund=str(world.dan_direct), why=WHY)
    made = await db.fetch_value("SELECT id FROM in_house_exception")
    one = f"/exceptions/{made}"
    assert "It is withdrawn" in await follow(client, await send(client, one, f"{one}/withdraw"))
    await send(client, ask, fund=str(world.dan_direct), why=WHY)
    again = await db.fetch_value("SELECT id FROM in_house_exception WHERE state = 'asked'")
    await sign_in(client, world.finance_officer)
    page = f"/council/exceptions/{again}"
    assert "It is refused" in await follow(
        client, await send(client, page, answer="no", because="There is room in the garden group.")
    )
    assert "There is room in the garden group" in await words_of(client, page)


async def test_the_fund_and_the_booking_say_that_it_comes_off_the_payments(
    client: httpx.AsyncClient, world: World
) -> None:
    await allow(world)
    booked = await approved(world, await at_vivo(world))
    await sign_in(client, world.dan_user)
    assert "The next payment into Direct payment. Nobody is paid for it." in await words_of(
        client, f"/bookings/{booked.id}"
    )
