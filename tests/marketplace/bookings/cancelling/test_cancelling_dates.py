"""The provider cancels dates with everybody on them; nobody pays (`rules.md` 15; row B5)."""

from datetime import time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.cancelling import queries
from marketplace.bookings.cancelling.commands import cancel_date, cancel_dates
from marketplace.bookings.cancelling.rules import AlreadyRecorded, DateBegun
from marketplace.bookings.commands import Hold, book, cancel_booking, record_attendance
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.reprovision.commands import suspend_provider
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.waitlist.commands import join
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from providers.suspensions.commands import SuspensionDraft
from tests.asking import Client, day, follow, plain, send, sign_in, words_of
from tests.world import World, balances

ILL = "Our driver is ill."


async def state(booking_id: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking_id))


async def told(person: UUID) -> str:
    """What a person's side was told about cancelling."""
    await tell_what_happened()
    rows = await db.fetch_all(
        "SELECT words FROM sent_notice WHERE person_id = $1 AND subject LIKE 'Cancelled%' ORDER BY made_at",
        person,
    )
    return " ".join(row["words"] for row in rows)


@pytest.mark.row("B5")
async def test_a_date_is_cancelled_with_every_booking_and_its_line_and_nobody_pays(world: World) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    session = await world.session(day=tomorrow, capacity=2)
    emma = await book(world.broker, session, world.emma_isf)
    dan = await book(
        world.dan_user, session, world.dan_direct, hold=Hold(clock.now() + timedelta(minutes=30))
    )
    _, fund = await world.person_with_fund("Nell Next", Route.ISF, "100.00")
    entry = await join(world.broker, session, fund)
    with pytest.raises(Invalid):
        await cancel_date(world.manager, session, " ")
    with pytest.raises(NotFound):
        await cancel_date(world.other_manager, session, ILL)
    with pytest.raises(Forbidden):
        await cancel_date(world.staff, session, ILL)
    sum_ = await queries.would_do(world.manager, [session])
    assert (sum_.dates, sum_.bookings, sum_.people, sum_.pence, sum_.waiting) == (1, 2, 2, 7700, 1)
    done = await cancel_date(world.manager, session, ILL)
    assert (done.bookings, len(done.people), done.given_back.pence, done.waited) == (2, 2, 7700, 1)
    assert (await state(emma.id), await state(dan.id)) == ("cancelled", "lapsed")
    row = await db.fetch_one(
        "SELECT state, places_taken, places_offered FROM activity_session WHERE id = $1", session
    )
    assert row == {"state": "cancelled", "places_taken": 0, "places_offered": 0}
    assert await db.fetch_value("SELECT ended_because FROM waitlist_entry WHERE id = $1", entry) == (
        "session_cancelled"
    )
    for fund_id, whole in ((world.emma_isf, 100_000), (world.dan_direct, 50_000)):
        money = await balances(fund_id)
        assert (money["available"], money["committed"], money["payable"]) == (whole, 0, 0)
    words = await told(world.emma)
    assert "The provider cancelled: Our driver is ill. Nothing is charged." in words
    assert "A place is free again" not in words  # Nobody tells the provider what they did themselves.
    assert "Our driver is ill. You pay nothing." in await told(world.dan)
    assert await verify() == []


@pytest.mark.row("B5")
async def test_a_day_is_cancelled_date_by_date_and_again_changes_nothing(world: World) -> None:
    day_off = clock.today() + timedelta(days=4)
    garden = await world.activity()
    dates = [await world.session(garden, day=day_off, at=time(hour)) for hour in (9, 12, 15)]
    other = await world.session(garden, day=day_off + timedelta(days=7), at=time(9))
    for each in dates[:2]:
        await book(world.broker, each, world.emma_isf)
    assert [line.bookings for line in await queries.dates_on(world.manager, day_off)] == [1, 1, 0]
    assert await queries.dates_on(world.other_manager, day_off) == []
    # A run that was stopped after the first date is finished by the second one.
    await cancel_date(world.manager, dates[0], ILL)
    answers = await cancel_dates(world.manager, [*dates, other, dates[0]][:3], ILL)
    assert sum(answer.cancelled.bookings for answer in answers if answer.cancelled) == 1
    assert [answer.cancelled is not None and answer.cancelled.already for answer in answers].count(True) == 1
    again = await cancel_dates(world.manager, dates, ILL)
    assert all(answer.cancelled is not None and answer.cancelled.already for answer in again)
    assert await db.fetch_value("SELECT state FROM activity_session WHERE id = $1", other) == "scheduled"
    assert await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'booking.cancelled'") == 2


@pytest.mark.row("B5")
async def test_a_date_whose_register_is_begun_is_not_cancelled_even_before_its_start(world: World) -> None:
    soon = await world.session_today()
    starts = await db.fetch_value("SELECT starts_at FROM activity_session WHERE id = $1", soon)
    with use_clock(FixedClock(starts - timedelta(hours=3))):
        came = await book(world.broker, soon, world.emma_isf)
        waits = await book(world.dan_user, soon, world.dan_direct)
        await record_attendance(world.staff, came.id, Outcome.ATTENDED)
        with pytest.raises(AlreadyRecorded, match="the register says already what came of it"):
            await cancel_date(world.manager, soon, ILL)
        (answer,) = await cancel_dates(world.manager, [soon], ILL)
        assert "You can correct the register" in answer.refusal
    assert (await state(came.id), await state(waits.id)) == ("delivered", "confirmed")
    assert (await balances(world.emma_isf))["payable"] == 3850


@pytest.mark.row("B5")
async def test_what_has_begun_is_not_cancelled_and_another_date_of_the_list_still_is(world: World) -> None:
    soon = await world.session_today()
    later = await world.session(day=clock.today() + timedelta(days=6))
    starts = await db.fetch_value("SELECT starts_at FROM activity_session WHERE id = $1", soon)
    with use_clock(FixedClock(starts)):
        with pytest.raises(DateBegun):
            await cancel_date(world.manager, soon, ILL)
        answers = {each.session_id: each for each in await cancel_dates(world.manager, [soon, later], ILL)}
    assert "because it has begun" in answers[soon].refusal
    assert answers[later].cancelled is not None


@pytest.mark.row("B5")
async def test_other_dates_with_a_place_are_offered_for_the_same_money_and_one_press_leads_to_booking(
    world: World, client: Client
) -> None:
    garden = await world.activity()
    first = clock.today() + timedelta(days=3)
    lost, full, free = [
        await world.session(garden, day=first + timedelta(days=n), capacity=1) for n in range(3)
    ]
    booked = await book(world.broker, lost, world.emma_isf)
    await book(world.dan_user, full, world.dan_direct)
    await cancel_date(world.manager, lost, ILL)
    assert [other.id for other in await queries.other_dates(booked.id)] == [free]
    await sign_in(client, world.sister)
    words = await words_of(client, f"/bookings/{booked.id}")
    assert "The provider cancelled (“Our driver is ill.”)" in words
    assert "You can book another date" in words
    page = f"/people/{world.emma}/book/{free}?fund={world.emma_isf}"
    assert page in (await client.get(f"/bookings/{booked.id}")).text
    await follow(client, await send(client, page, page.split("?", maxsplit=1)[0], fund=str(world.emma_isf)))


@pytest.mark.row("B5")
async def test_the_council_cancels_what_its_own_money_pays_and_says_why(world: World) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    managed = await book(world.care_manager, await world.session(day=tomorrow), world.emma_managed)
    own = await book(world.broker, await world.session(day=tomorrow, at=time(15)), world.emma_isf)
    with pytest.raises(Conflict):
        await cancel_booking(world.care_manager, own.id, Reason.COUNCIL)
    with pytest.raises(Conflict):
        await cancel_booking(world.broker, managed.id, Reason.COUNCIL)
    # It is the council's to pay what was agreed about late cancelling.
    charge = await cancel_booking(world.care_manager, managed.id, Reason.COUNCIL, "The hall is closed.")
    assert charge.pence == 1925
    assert "The council cancelled: The hall is closed. £19.25 is charged" in await told(world.emma)


@pytest.mark.row("B5")
@pytest.mark.row("P7")
async def test_hard_case_2_a_suspension_gives_back_what_is_to_come_and_ends_the_lines_and_delivered_work_stays(
    world: World,
) -> None:
    today = await world.session_today(await world.activity(title="Choir", price="12.00"))
    done = await book(world.broker, today, world.emma_isf)
    await record_attendance(world.staff, done.id, Outcome.ATTENDED)
    full = await world.session(day=clock.today() + timedelta(days=1), capacity=1)
    to_come = await book(world.broker, full, world.emma_isf)
    entry = await join(world.dan_user, full, world.dan_direct)
    draft = SuspensionDraft("A concern that is looked at.", "The safeguarding team, 01606 000000")
    await suspend_provider(world.commissioner, world.pettypool, draft)
    assert (await state(done.id), await state(to_come.id)) == ("delivered", "cancelled")
    assert await db.fetch_value("SELECT state FROM waitlist_entry WHERE id = $1", entry) == "ended"
    money = await balances(world.emma_isf)
    assert (money["payable"], money["committed"], money["available"]) == (1200, 0, 98_800)
    # Nothing is suggested of somebody who is stopped, and the manager can still cancel the empty date.
    assert await queries.other_dates(to_come.id) == []
    assert await verify() == []


@pytest.mark.row("B5")
async def test_a_manager_sees_what_it_comes_to_before_a_day_is_cancelled(
    world: World, client: Client
) -> None:
    day_off = clock.today() + timedelta(days=4)
    garden = await world.activity()
    morning, evening = [await world.session(garden, day=day_off, at=time(hour)) for hour in (9, 18)]
    await book(world.broker, morning, world.emma_isf)
    await book(world.dan_user, morning, world.dan_direct)
    await sign_in(client, world.manager)
    page = f"/provider/cancel-dates?day={day_off.isoformat()}"
    words = await words_of(client, page)
    assert "2 people booked, £77.00" in words
    assert "nobody has booked" in words
    here = "/provider/cancel-dates"
    nothing = await send(client, page, here, day=day_off.isoformat(), because="")
    assert nothing.status_code == 422
    assert "Choose at least one date" in plain(nothing.text)
    fields: dict[str, Any] = {
        "day": day_off.isoformat(),
        "dates": [str(morning), str(evening)],
        "because": ILL,
    }
    check = await send(client, page, here, **fields)
    words = plain(check.text)
    assert "Cancel 2 dates?" in words
    assert "People who are told 2 people" in words
    assert "Money given back £77.00" in words
    assert await db.fetch_value("SELECT count(*) FROM activity_session WHERE state = 'cancelled'") == 0
    words = await follow(client, await send(client, page, here, **fields, seen="yes"))
    assert "2 dates are cancelled. 2 people are told and pay nothing; £77.00 is given back." in words
    query = urlencode(day("day", day_off + timedelta(days=1)))
    assert "Nothing is on that day" in await words_of(client, f"{here}?{query}")


@pytest.mark.row("B5")
async def test_the_api_previews_and_cancels_and_a_repeat_changes_nothing(
    world: World, client: Client
) -> None:
    session = await world.session()
    await book(world.broker, session, world.emma_isf)
    headers = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    dates = {"session_ids": [str(session)]}
    seen = await client.post("/api/v1/provider/sessions/cancel/preview", json=dates, headers=headers)
    assert (seen.json()["people"], seen.json()["pence"]) == (1, 3850)
    wanted = dates | {"because": ILL}
    [first] = (await client.post("/api/v1/provider/sessions/cancel", json=wanted, headers=headers)).json()
    [again] = (await client.post("/api/v1/provider/sessions/cancel", json=wanted, headers=headers)).json()
    assert (first["cancelled"], first["already"], first["given_back_pence"]) == (True, False, 3850)
    assert (again["cancelled"], again["already"]) == (True, True)


@pytest.mark.row("B5")
async def test_the_person_sees_the_charge_and_its_moment_before_and_undoes_by_booking_again(
    world: World, client: Client
) -> None:
    session = await world.session(day=clock.today() + timedelta(days=6))
    booked = await book(world.broker, session, world.emma_isf)
    await sign_in(client, world.sister)
    path = f"/bookings/{booked.id}/cancel"
    words = await words_of(client, path)
    assert (
        ":00 it costs nothing. After that it costs £19.25, or nothing if somebody takes the place." in words
    )
    await send(client, path, path, because="changed_mind", charge_pence="0")
    words = await words_of(client, f"/bookings/{booked.id}")
    assert "You can book again" in words
    again = f"/people/{world.emma}/book/{session}?fund={world.emma_isf}"
    assert again in (await client.get(f"/bookings/{booked.id}")).text
    await follow(client, await send(client, again, again.split("?", maxsplit=1)[0], fund=str(world.emma_isf)))
    assert (await balances(world.emma_isf))["committed"] == 3850


@pytest.mark.row("B5")
async def test_the_councils_page_has_its_own_reason_and_its_words_reach_the_person(
    world: World, client: Client
) -> None:
    session = await world.session(day=clock.today() + timedelta(days=6))
    booked = await book(world.care_manager, session, world.emma_managed)
    await sign_in(client, world.care_manager)
    path = f"/bookings/{booked.id}/cancel"
    assert "The council cancelled" in await words_of(client, path)
    await follow(client, await send(client, path, path, because="council", words="The hall is closed.",
                                    charge_pence="0"))  # fmt: skip
    assert "The council cancelled: The hall is closed. Nothing is charged." in await told(world.emma)


@pytest.mark.row("B5")
async def test_not_coming_costs_the_share_that_was_frozen(world: World) -> None:
    today = await world.session_today(await world.activity(title="Choir", terms=Terms(48, 50)))
    booked = await book(world.broker, today, world.emma_isf)
    await db.execute("UPDATE activity SET charge_percent = 100")
    assert (await record_attendance(world.staff, booked.id, Outcome.ABSENT)).pence == 1925
    money = await balances(world.emma_isf)
    assert (money["payable"], money["available"]) == (1925, 98_075)
