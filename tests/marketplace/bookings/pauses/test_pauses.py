"""Pausing: places kept or given back, what it costs, the contribution, and coming back (rule 17, row B7)."""

import asyncio
from datetime import date, time, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from isf.commands import create_budget, create_person
from isf.commands.people import PersonDraft
from isf.contributions.commands import charge_contributions
from isf.ledger.verify import verify
from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from isf.pauses.rules import PauseKind
from isf.rules import BudgetDraft, FundDraft
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.pauses import commands, queries, retainers
from marketplace.bookings.pauses.locking import BookedMeanwhile
from marketplace.bookings.pauses.retainers import Term
from marketplace.bookings.pauses.rules import (
    Dated,
    Fate,
    LateCharge,
    PauseDraft,
    Retainer,
    answer_for,
)
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from tests.asking import day as day_fields
from tests.asking import follow, plain, send, sign_in, words_of
from tests.world import World, balances

pytestmark = pytest.mark.row("B7")


def today_plus(days: int) -> date:
    return clock.today() + timedelta(days=days)


async def weekly(
    world: World, weeks: int, *, terms: Terms | None = None, term: Term | None = None, first: int = 1
) -> tuple[UUID, list[UUID]]:
    """Emma's garden group each week, £40.00 a date: the activity and the bookings."""
    activity = await world.activity(price="40.00", terms=terms or Terms(48, 50))
    if term is not None:
        await retainers.set_term(world.manager, activity, term)
    booked = []
    for week in range(weeks):
        session = await world.session(activity, day=today_plus(first + 7 * week), capacity=1)
        booked.append((await book(world.broker, session, world.emma_isf)).id)
    return activity, booked


async def states(bookings: list[UUID]) -> list[str]:
    rows = await db.fetch_all("SELECT id, state FROM booking WHERE id = ANY ($1)", bookings)
    by_id = {row["id"]: row["state"] for row in rows}
    return [by_id[each] for each in bookings]


def hospital(
    first: int, until: int | None, *, keep: bool = True, agreed: Retainer | None = None
) -> PauseDraft:
    """From so many days ahead, until the day before so many days ahead."""
    return PauseDraft(
        PauseKind.HOSPITAL, today_plus(first), None if until is None else today_plus(until), keep, agreed,
        "Pat at Pettypool" if agreed else "",
    )  # fmt: skip


async def test_hard_case_4_a_hospital_stay_in_the_middle_of_a_series(world: World) -> None:
    # Six Tuesdays, £40.00 each: £240.00 of £1,000.00 booked. Terms: half the price within 48 hours. The provider keeps
    # a place for a quarter of the price (£10.00), for two weeks at most.
    _, booked = await weekly(world, 6, term=Term(25, 2))
    assert (await balances(world.emma_isf))["available"] == 76_000
    # In hospital from the second date to the fifth: two dates within two weeks are kept, two are given back in time.
    stay = hospital(8, 36)
    shown = await queries.preview(world.broker, world.emma, stay)
    assert [(each.fate, each.charge.pence) for each in shown] == [
        (Fate.KEPT, 1_000), (Fate.KEPT, 1_000), (Fate.GIVEN_BACK, 0), (Fate.GIVEN_BACK, 0),
    ]  # fmt: skip
    pause_id = await commands.pause(world.broker, world.emma, stay, shown=Money(2_000))
    assert await states(booked) == ["confirmed"] * 3 + ["cancelled"] * 2 + ["confirmed"]
    # The kept dates still hold their £40.00; the two given back are left again.
    assert (await balances(world.emma_isf))["available"] == 84_000
    # After the first kept date its quarter is charged, and the rest is left: 840.00 + 30.00.
    with use_clock(FixedClock(from_wall(today_plus(9), time(3)))):
        assert await retainers.charge_kept_places() == 1
        assert await retainers.charge_kept_places() == 0
    held = await balances(world.emma_isf)
    assert (held["available"], held["payable"], held["committed"]) == (87_000, 1_000, 12_000)
    # Home a week after the beginning: the second kept place is hers as before, the others can be booked again.
    back = today_plus(10)
    with use_clock(FixedClock(from_wall(back, time(9)))):
        await commands.move_end(world.broker, pause_id, back)
        assert await states(booked[2:3]) == ["confirmed"]
        again = await commands.book_again(world.broker, pause_id)
        assert [bool(each.booking_id) for each in again] == [True, True]
        assert await commands.book_again(world.broker, pause_id) == []
    with use_clock(FixedClock(from_wall(today_plus(15), time(20)))):
        assert await record_attendance(world.staff, booked[2], Outcome.ATTENDED) == Money(4_000)
    # In all: £10.00 for the kept date and £40.00 for the one attended are owed, four dates are booked.
    held = await balances(world.emma_isf)
    assert (held["available"], held["payable"], held["committed"]) == (79_000, 5_000, 16_000)
    assert await verify() == []


async def test_what_is_given_back_late_costs_what_the_terms_say(world: World) -> None:
    _, booked = await weekly(world, 1, terms=Terms(48, 50))
    (answer,) = await queries.preview(world.broker, world.emma, hospital(0, 7, keep=False))
    assert (answer.fate, answer.charge) == (Fate.GIVEN_BACK, Money(2_000))
    await commands.pause(world.broker, world.emma, hospital(0, 7, keep=False))
    assert (
        await db.fetch_value("SELECT charge_pence FROM attendance WHERE booking_id = $1", booked[0]) == 2_000
    )
    assert await db.fetch_value("SELECT cancelled_because FROM booking WHERE id = $1", booked[0]) == "paused"


async def test_the_council_may_decide_that_a_hospital_stay_costs_nothing_late(world: World) -> None:
    await weekly(world, 1)
    await set_parameter(world.finance_officer, Parameter.HOSPITAL_WAIVES_CHARGE, 1, clock.today())
    (answer,) = await queries.preview(world.broker, world.emma, hospital(0, 7, keep=False))
    assert answer.charge == ZERO
    holiday = PauseDraft(PauseKind.HOLIDAY, clock.today(), today_plus(7))
    (answer,) = await queries.preview(world.broker, world.emma, holiday)
    assert answer.charge == Money(2_000)


async def test_what_was_agreed_for_the_pause_counts_before_the_providers_term(world: World) -> None:
    await weekly(world, 2, term=Term(25, 1))
    agreed = hospital(0, 30, agreed=Retainer(10, 8))
    assert [(each.fate, each.charge.pence) for each in await queries.preview(world.broker, world.emma, agreed)] == [
        (Fate.KEPT, 400), (Fate.KEPT, 400),
    ]  # fmt: skip
    nobody = PauseDraft(PauseKind.HOSPITAL, clock.today(), None, True, Retainer(10, 8))
    with pytest.raises(Invalid):
        await commands.pause(world.broker, world.emma, nobody)


def test_a_place_is_kept_only_where_wished_agreed_and_not_for_too_long() -> None:
    start = from_wall(date(2027, 1, 20), time(10))
    dated = Dated(
        UUID(int=1), UUID(int=2), UUID(int=3), "Choir", "Live!", start, start + timedelta(hours=1), date(2027, 1, 20),
        "confirmed", Money(1_001), Terms(48, 50), Retainer(33, 2),
    )  # fmt: skip
    now = start - timedelta(days=10)

    def fate(first: date, *, keep: bool = True) -> tuple[Fate, int]:
        draft = PauseDraft(PauseKind.OTHER, first, None, keep)
        told = answer_for(dated, draft, now, LateCharge.AS_AGREED)
        return told.fate, told.charge.pence

    assert fate(date(2027, 1, 7)) == (Fate.KEPT, 330)
    assert fate(date(2027, 1, 6)) == (Fate.GIVEN_BACK, 0)
    assert fate(date(2027, 1, 7), keep=False) == (Fate.GIVEN_BACK, 0)


async def test_nothing_new_is_booked_inside_a_pause(world: World) -> None:
    pause_id = await commands.pause(world.broker, world.emma, hospital(1, None))
    session = await world.session()
    with pytest.raises(Conflict, match="You can end the pause"):
        await book(world.broker, session, world.emma_isf)
    with pytest.raises(Conflict, match="already"):
        await commands.pause(world.broker, world.emma, hospital(20, 30))
    await commands.move_end(world.broker, pause_id, today_plus(2))
    booked = await book(world.broker, session, world.emma_isf)
    await commands.pause(world.broker, world.emma, hospital(3, 4, keep=False))
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await db.execute(
            "INSERT INTO booking SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(),"
            " 'reference', 'BK-OTHER', 'state', 'confirmed'))).* FROM booking b WHERE id = $1",
            booked.id,
        )
    assert refusal.value.constraint_name == "booking_not_in_pause"


async def test_only_what_was_chosen_rests(world: World) -> None:
    garden, booked = await weekly(world, 1, first=3)
    choir = await world.activity(title="Choir", price="5.00")
    evening = await book(world.broker, await world.session(choir, at=time(18)), world.emma_isf)
    draft = PauseDraft(PauseKind.OTHER, clock.today(), None, activity_ids=(garden,))
    await commands.pause(world.broker, world.emma, draft)
    assert await states([*booked, evening.id]) == ["cancelled", "confirmed"]
    await book(world.broker, await world.session(choir, day=today_plus(5), at=time(18)), world.emma_isf)
    with pytest.raises(Conflict):
        await book(world.broker, await world.session(garden, day=today_plus(6)), world.emma_isf)


async def test_a_pause_that_goes_on_keeps_and_gives_back_further_dates(world: World) -> None:
    _, booked = await weekly(world, 4, term=Term(50, 2))
    pause_id = await commands.pause(world.broker, world.emma, hospital(0, 7))
    further = await commands.move_end(world.broker, pause_id, None)
    # The second date is inside the two weeks since the first day, the others are not.
    assert [each.fate for each in further] == [Fate.KEPT, Fate.GIVEN_BACK, Fate.GIVEN_BACK]
    assert await states(booked) == ["confirmed", "confirmed", "cancelled", "cancelled"]
    with pytest.raises(Invalid):
        await commands.move_end(world.broker, pause_id, today_plus(-1))


async def test_what_costs_more_by_now_is_not_done(world: World) -> None:
    _, booked = await weekly(world, 1)
    with pytest.raises(Conflict, match="£20"):
        await commands.pause(world.broker, world.emma, hospital(0, 7, keep=False), shown=ZERO)
    assert await states(booked) == ["confirmed"]


async def test_the_contribution_stops_by_the_councils_rule_and_the_bill_follows(world: World) -> None:
    person = await create_person(world.care_manager, PersonDraft(name="Cara Contributes"))
    fund = FundDraft(Route.ISF, Money(100_000), holder_organisation_id=world.harbour)
    await create_budget(
        world.care_manager,
        person,
        BudgetDraft(Money(90_000), Money(10_000), world.starts_on, world.ends_on, [fund]),
    )
    await set_parameter(world.finance_officer, Parameter.PAUSE_STOPS_CONTRIBUTION, 1, clock.today())
    await set_parameter(world.finance_officer, Parameter.PAUSE_CONTRIBUTION_DAYS, 7, clock.today())
    later = from_wall(today_plus(120), time(9))
    with use_clock(FixedClock(later)):
        await charge_contributions(SYSTEM)
    asked = "SELECT coalesce(sum(amount_pence), 0)::bigint FROM contribution_charge WHERE person_id = $1"
    before = await db.fetch_value(asked, person)
    pause_id = await commands.pause(world.care_manager, person, hospital(0, None))
    line, _ = await queries.pause_with_places(world.care_manager, pause_id)
    assert line.contribution_stops_on == today_plus(7)
    with use_clock(FixedClock(later)):
        await charge_contributions(SYSTEM)
    during = await db.fetch_value(asked, person)
    # Home after two weeks: of the seven days that were not asked for only those stay free.
    await commands.move_end(world.care_manager, pause_id, today_plus(14))
    with use_clock(FixedClock(later)):
        await charge_contributions(SYSTEM)
    after = await db.fetch_value(asked, person)
    # £100.00 over 360 days is £1.94 for a week of them, to the nearest penny.
    assert during < after
    assert before - after in (194, 195)


async def test_a_booking_and_a_pause_at_the_same_moment_do_not_both_stand(world: World) -> None:
    sessions = [await world.session(day=today_plus(4 + index)) for index in range(6)]

    async def try_to_book(session: UUID) -> bool:
        try:
            await book(world.broker, session, world.emma_isf)
        except DomainError:
            return False
        return True

    async def pause_until_it_stands() -> None:
        for _ in range(10):
            try:
                await commands.pause(world.broker, world.emma, hospital(1, None))
            except BookedMeanwhile:
                continue
            return

    await asyncio.gather(
        *(try_to_book(session) for session in sessions[:3]),
        pause_until_it_stands(),
        *(try_to_book(session) for session in sessions[3:]),
    )
    standing = await db.fetch_value(
        "SELECT count(*) FROM booking WHERE person_id = $1 AND state = 'confirmed'", world.emma
    )
    assert standing == 0
    assert await db.fetch_value("SELECT sum(places_taken) FROM activity_session") == 0
    assert await verify() == []


async def test_the_register_of_a_kept_date_charges_the_retainer_for_an_absence(world: World) -> None:
    activity = await world.activity(price="40.00", terms=Terms(48, 100))
    await retainers.set_term(world.manager, activity, Term(25, 2))
    booked = await book(world.broker, await world.session_today(activity), world.emma_isf)
    await commands.pause(world.broker, world.emma, hospital(0, 7))
    assert await record_attendance(world.staff, booked.id, Outcome.ABSENT) == Money(1_000)


async def test_who_may_not(world: World) -> None:
    for actor, error in ((world.stranger, NotFound), (world.finance_officer, Forbidden)):
        with pytest.raises(error):
            await commands.pause(actor, world.emma, hospital(0, 7))
    pause_id = await commands.pause(world.care_manager, world.emma, hospital(0, 7))
    with pytest.raises(NotFound):
        await commands.move_end(world.stranger, pause_id, None)
    activity = await world.activity()
    with pytest.raises(NotFound):
        await retainers.set_term(world.other_manager, activity, Term(10, 1))


async def test_by_the_pages(client: httpx.AsyncClient, world: World) -> None:
    activity, booked = await weekly(world, 2)
    await sign_in(client, world.manager)
    saved = await send(
        client, f"/provider/activities/{activity}/retainer", keeps="yes", percent="25", weeks="2"
    )
    assert saved.status_code == 303
    await sign_in(client, world.broker)
    path = f"/people/{world.emma}/pauses/new"
    fields = {"kind": "hospital", "keep": "yes", "only": "all", **day_fields("starts_on", clock.today())}
    assert "Choose why" in (await send(client, path, keep="yes", only="all")).text
    shown = await send(client, path, **fields)
    assert "£20.00" in plain(shown.text)
    assert await states(booked) == ["confirmed", "confirmed"]
    made = await send(client, path, **fields, shown_pence="2000")
    assert "2 kept, 0 given back" not in await follow(client, made)
    assert "2 kept, 0 given back" in await words_of(client, f"/people/{world.emma}/pauses")
    pause_id = await db.fetch_value("SELECT id FROM pause")
    one = f"/pauses/{pause_id}"
    assert (await send(client, one, to=f"{one}/end")).status_code == 422
    changed = await send(client, one, to=f"{one}/end", **day_fields("last_day", today_plus(2)))
    assert "Booked as before" in await follow(client, changed)


async def test_by_the_api(client: httpx.AsyncClient, world: World) -> None:
    _, booked = await weekly(world, 1)
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    told = {"kind": "holiday", "starts_on": today_plus(0).isoformat(), "ends_on": today_plus(9).isoformat()}
    path = f"/api/v1/people/{world.emma}/pauses"
    (shown,) = (await client.post(f"{path}/preview", json=told, headers=headers)).json()
    assert (shown["fate"], shown["charge_pence"]) == ("given_back", 2_000)
    made = await client.post(path, json={**told, "shown_pence": 2_000}, headers=headers)
    assert made.status_code == 201
    assert await states(booked) == ["cancelled"]
    of = f"/api/v1/pauses/{made.json()['id']}"
    ended = await client.post(f"{of}/end", json={"ends_on": today_plus(0).isoformat()}, headers=headers)
    assert ended.status_code == 200
    (again,) = (await client.post(f"{of}/book-again", headers=headers)).json()
    assert again["booking_id"]
    (line,) = (await client.get(path, headers=headers)).json()
    assert line["given_back"] == 1
