"""The provider's day over HTTP: whose sessions, who comes, one Save for a register."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.bookings.commands import Hold, book, cancel_booking, record_attendance
from marketplace.bookings.register.commands import Mark, save_register
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import NotBookable, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.routes_of_money import Route
from tests.asking import Client, follow, plain, send, sign_in, statements_of, words_of
from tests.world import World, balances

pytestmark = pytest.mark.row("P5")


async def two_people(world: World) -> tuple[UUID, UUID, UUID]:
    """A session of today with Emma and Dan on it: the session and both bookings."""
    session = await world.session_today()
    emma = (await book(world.broker, session, world.emma_isf)).id
    return session, emma, (await book(world.dan_user, session, world.dan_direct)).id


async def test_one_save_records_the_whole_register(world: World, client: Client) -> None:
    session, emma, dan = await two_people(world)
    await sign_in(client, world.staff)
    words = await words_of(client, "/provider")
    assert "0 of 2 people recorded." in words
    assert "Emma Example Easy Read, one idea at a time" in words
    saved = await send(
        client, "/provider", f"/provider/sessions/{session}/register?from=day",
        **{f"attendance-{emma}": "attended", f"note-{emma}": "Planted beans",
           f"attendance-{dan}": "absent", f"note-{dan}": ""},
    )  # fmt: skip
    assert saved.headers["location"].startswith("/provider#")
    assert "The register is saved: 2 people." in await follow(client, saved)
    rows = await db.fetch_all("SELECT booking_id, outcome, charge_pence, note FROM attendance")
    assert {row["booking_id"]: (row["outcome"], row["charge_pence"], row["note"]) for row in rows} == {
        emma: ("attended", 3850, "Planted beans"),
        dan: ("absent", 1925, ""),
    }
    assert (await balances(world.emma_isf))["payable"] == 3850
    words = await words_of(client, f"/provider/sessions/{session}")
    assert "The register is filled in: 2 people." in words


async def test_saving_again_changes_nothing_and_correcting_corrects(world: World, client: Client) -> None:
    session, emma, _ = await two_people(world)
    await sign_in(client, world.staff)
    page, to = f"/provider/sessions/{session}", f"/provider/sessions/{session}/register"
    for _ in range(2):
        await follow(client, await send(client, page, to, **{f"attendance-{emma}": "attended"}))
    assert await db.fetch_value("SELECT count(*) FROM journal WHERE kind = 'deliver'") == 1
    await follow(client, await send(client, page, to, **{f"attendance-{emma}": "absent"}))
    money = await balances(world.emma_isf)
    assert (money["payable"], money["available"]) == (1925, 100_000 - 1925)


async def test_a_note_without_a_tick_is_asked_for_and_nothing_typed_is_lost(
    world: World, client: Client
) -> None:
    session, emma, dan = await two_people(world)
    await sign_in(client, world.staff)
    page = f"/provider/sessions/{session}"
    answer = await send(
        client, page, f"{page}/register", **{f"note-{emma}": "Came late", f"attendance-{dan}": "attended"}
    )
    assert answer.status_code == 409
    assert "Choose whether Emma Example came" in plain(answer.text)
    assert 'value="Came late"' in answer.text
    assert await db.fetch_value("SELECT booking_id FROM attendance") == dan
    nobody = await send(client, page, f"{page}/register")
    assert "Nothing was saved, because nobody was ticked." in await follow(client, nobody)


async def test_a_script_that_saves_as_you_go_gets_json(world: World, client: Client) -> None:
    session, emma, _ = await two_people(world)
    await sign_in(client, world.staff)
    client.headers["accept"] = "application/json"
    page = f"/provider/sessions/{session}"
    saved = await send(client, page, f"{page}/register", **{f"attendance-{emma}": "attended"})
    assert (saved.status_code, saved.json()) == (200, {"saved": [str(emma)], "errors": {}})
    wrong = await send(client, page, f"{page}/register", **{f"note-{emma}": "x"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (409, [f"attendance-{emma}"])


async def test_registers_not_filled_in_are_the_work_to_do(world: World, client: Client) -> None:
    past = await world.session(day=clock.today() - timedelta(days=2))
    with use_clock(FixedClock(clock.now() - timedelta(days=5))):
        made = await book(world.broker, past, world.emma_isf)
    await sign_in(client, world.staff)
    words = await words_of(client, "/provider")
    assert "1 register to fill in" in words
    assert "1 person not recorded" in words
    await record_attendance(world.staff, made.id, Outcome.ATTENDED)
    assert "Every register up to yesterday is filled in." in await words_of(client, "/provider")


async def test_before_its_day_a_session_says_who_has_booked_and_takes_no_register(
    world: World, client: Client
) -> None:
    session = await world.session()
    made = await book(world.broker, session, world.emma_isf)
    await sign_in(client, world.staff)
    path = f"/provider/sessions/{session}"
    words = await words_of(client, path)
    assert "Who has booked" in words
    assert "1 of 8 places taken" in words
    assert "Save register" not in words
    with pytest.raises(NotBookable):
        await save_register(world.staff, session, {made.id: Mark(Outcome.ATTENDED)})


async def test_those_who_gave_up_and_those_who_still_pay_are_said_apart(world: World, client: Client) -> None:
    session = await world.session(day=clock.today() + timedelta(days=1))
    made = await book(world.broker, session, world.emma_isf)
    await cancel_booking(world.broker, made.id, Reason.PERSON_ILL)
    await book(world.dan_user, session, world.dan_direct, hold=Hold(clock.now() + timedelta(minutes=20)))
    await sign_in(client, world.staff)
    words = await words_of(client, f"/provider/sessions/{session}")
    assert f"Gave up the place Emma Example ({made.reference}). £19.25 is paid, because it was late." in words
    assert "Waiting for payment" in words


@pytest.mark.row("A3")
async def test_only_the_providers_own_people_are_shown_and_the_view_is_audited(
    world: World, client: Client
) -> None:
    session, emma, _ = await two_people(world)
    path = f"/provider/sessions/{session}"
    await sign_in(client, world.other_manager)
    await words_of(client, path, 404)
    assert "Emma" not in await words_of(client, "/provider")
    sent = await send(client, "/provider", f"{path}/register", **{f"attendance-{emma}": "attended"})
    assert plain(sent.text) is not None
    assert await db.fetch_value("SELECT count(*) FROM attendance") == 0
    for actor in (world.broker, world.care_manager):
        await sign_in(client, actor)
        await words_of(client, path, 403)
    await sign_in(client, world.manager)
    await words_of(client, path)
    seen = await db.fetch_value(
        "SELECT after FROM audit_record WHERE action = 'register.viewed' AND actor_user = $1",
        world.manager.user_id,
    )
    assert str(world.emma) in seen
    assert str(world.dan) in seen


async def test_marks_of_other_bookings_are_left_out_and_others_sessions_are_not_there(world: World) -> None:
    session, emma, _ = await two_people(world)
    marks = {new_id(): Mark(Outcome.ATTENDED), emma: Mark(Outcome.ATTENDED)}
    assert (await save_register(world.staff, session, marks)).recorded == [emma]
    with pytest.raises(NotFound):
        await save_register(world.other_manager, session, {emma: Mark(Outcome.ABSENT)})


async def test_two_tablets_that_save_at_once_record_once(world: World) -> None:
    session, emma, _ = await two_people(world)
    marks = {emma: Mark(Outcome.ATTENDED)}
    await asyncio.gather(*(save_register(world.staff, session, marks) for _ in range(4)))
    assert await db.fetch_value("SELECT count(*) FROM attendance") == 1
    assert (await balances(world.emma_isf))["payable"] == 3850


async def test_the_days_statements_do_not_grow_with_people_or_sessions(world: World, client: Client) -> None:
    session, _, _ = await two_people(world)
    await sign_in(client, world.staff)
    await words_of(client, "/provider")
    few = await statements_of(client, "/provider")
    for name in ("Priya Shah", "Tom Bradshaw"):
        _, fund = await world.person_with_fund(name, Route.ISF, "100.00")
        await book(world.broker, session, fund)
    await world.session_today()
    assert await statements_of(client, "/provider") == few
