"""Booking, cancelling and attending, against a real database."""

from datetime import timedelta

import asyncpg
import pytest

from marketplace.bookings import queries
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import (
    Forbidden,
    FundExhausted,
    InHouseBlocked,
    NotBookable,
    NotCommissioned,
    NotFound,
    PersonBusy,
    RouteNotAccepted,
    SessionFull,
    StateConflict,
)
from marketplace.kernel.idempotency import key_of
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from tests.world import World, balances


@pytest.mark.row("B2")
async def test_a_booking_takes_one_place_and_holds_its_price(world: World) -> None:
    session = await world.session()
    booked = await book(world.broker, session, world.emma_isf)
    assert booked.state == "confirmed"
    assert booked.price_pence == 3850
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", session) == 1
    money = await balances(world.emma_isf)
    assert (money["available"], money["committed"]) == (100_000 - 3850, 3850)


@pytest.mark.row("B4")
async def test_a_stranger_cannot_see_the_fund(world: World) -> None:
    session = await world.session()
    with pytest.raises(NotFound):
        await book(world.stranger, session, world.emma_isf)


@pytest.mark.row("B4")
async def test_the_sister_books_but_the_finance_officer_may_not(world: World) -> None:
    session = await world.session()
    await book(world.sister, session, world.emma_isf)
    with pytest.raises(Forbidden):
        await book(world.finance_officer, session, world.emma_managed)


@pytest.mark.row("B4")
async def test_council_money_is_spent_by_the_council_only(world: World) -> None:
    session = await world.session()
    with pytest.raises(Forbidden):
        await book(world.broker, session, world.emma_managed)
    with pytest.raises(Forbidden):
        await book(world.care_manager, session, world.emma_isf)
    await book(world.care_manager, session, world.emma_managed)


@pytest.mark.row("D4")
async def test_an_in_house_service_takes_only_council_managed_money(world: World) -> None:
    activity = await world.activity(world.in_house_manager)
    session = await world.session(activity, manager=world.in_house_manager)
    with pytest.raises(InHouseBlocked):
        await book(world.broker, session, world.emma_isf)
    with pytest.raises(InHouseBlocked):
        await book(world.dan_user, session, world.dan_direct)
    await book(world.care_manager, session, world.emma_managed)


@pytest.mark.row("D4")
async def test_the_database_refuses_in_house_bookings_of_personalised_budgets_by_itself(world: World) -> None:
    activity = await world.activity(world.in_house_manager)
    session = await world.session(activity, manager=world.in_house_manager)
    managed = await book(world.care_manager, session, world.emma_managed)
    free = "'00000000-0000-0000-0000-000000000000'::uuid"
    copied = "gen_random_uuid(), 'BK-SQL', person_id, $2, activity_session_id, provider_id, council_id, 'isf'"
    rest = "payment, starts_at, ends_at, service_on, price_pence, vat_category, vat_rate_basis_points, notice_hours"
    for change in (
        "UPDATE booking SET fund_id = $2, route = 'isf' WHERE id = $1",
        f"UPDATE booking SET owner_council_id = {free}, route = 'isf', fund_id = $2 WHERE id = $1",
        "UPDATE booking SET fund_id = $2 WHERE id = $1",
        "INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,"
        f" owner_council_id, state, {rest}, charge_percent, refill_waives_charge)"
        f" SELECT {copied}, owner_council_id, state, {rest}, charge_percent, refill_waives_charge"
        " FROM booking WHERE id = $1",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(change, managed.id, world.emma_isf)
    # A session's owner cannot be told otherwise: it follows from ownership.
    await db.execute(f"UPDATE activity_session SET owner_council_id = {free} WHERE id = $1", session)
    assert (
        await db.fetch_value("SELECT owner_council_id FROM activity_session WHERE id = $1", session)
        == world.council
    )


async def test_every_refusal_has_its_own_error(world: World) -> None:
    direct_only = await world.session(
        await world.activity(routes=frozenset({Route.DIRECT_PAYMENT}), title="Choir")
    )
    with pytest.raises(RouteNotAccepted):
        await book(world.broker, direct_only, world.emma_isf)
    await db.execute("UPDATE commission SET ends_on = CURRENT_DATE - 1, starts_on = CURRENT_DATE - 9")
    with pytest.raises(NotCommissioned):
        await book(world.broker, await world.session(), world.emma_isf)


@pytest.mark.row("B2")
async def test_full_sessions_busy_people_and_empty_funds_are_refused_and_change_nothing(world: World) -> None:
    activity = await world.activity()
    one = await world.session(activity, capacity=1)
    await book(world.broker, one, world.emma_isf)
    with pytest.raises(PersonBusy):
        await book(world.broker, await world.session(), world.emma_isf)
    with pytest.raises(SessionFull):
        await book(world.dan_user, one, world.dan_direct)
    dear = await world.activity(price="2000.00", title="Dear")
    with pytest.raises(FundExhausted) as refused:
        await book(world.dan_user, await world.session(dear), world.dan_direct)
    assert refused.value.short_by == Money(150_000)
    assert (await balances(world.dan_direct))["available"] == 50_000


@pytest.mark.row("B3")
async def test_a_place_that_is_offered_is_kept_and_never_given_to_somebody_else(world: World) -> None:
    session = await world.session(capacity=2)
    await db.execute("UPDATE activity_session SET places_offered = 1 WHERE id = $1", session)
    facts = await queries.booking_facts(world.broker, session, world.emma_isf)
    assert facts.places_left == 1
    await book(world.broker, session, world.emma_isf)
    with pytest.raises(SessionFull):
        await book(world.dan_user, session, world.dan_direct)
    with pytest.raises(asyncpg.CheckViolationError, match="activity_session_places"):
        await db.execute("UPDATE activity_session SET places_offered = 2 WHERE id = $1", session)


@pytest.mark.row("X3")
async def test_the_same_key_books_once(world: World) -> None:
    session = await world.session()
    key = key_of(world.broker.user_id, "k1", "book", {"session": str(session)})
    first = await book(world.broker, session, world.emma_isf, key=key)
    again = await book(world.broker, session, world.emma_isf, key=key)
    assert first == again
    assert await db.fetch_value("SELECT count(*) FROM booking") == 1


@pytest.mark.row("X3")
async def test_a_repeat_gets_its_answer_though_the_session_is_over_by_now(world: World) -> None:
    session = await world.session()
    key = key_of(world.broker.user_id, "k1", "book", {"session": str(session)})
    first = await book(world.broker, session, world.emma_isf, key=key)
    with use_clock(FixedClock(clock.now() + timedelta(days=10))):
        assert await book(world.broker, session, world.emma_isf, key=key) == first
        with pytest.raises(NotBookable):
            await book(world.broker, session, world.emma_isf)


@pytest.mark.row("B5")
async def test_cancelling_before_the_notice_window_costs_nothing_and_frees_place_and_money(
    world: World,
) -> None:
    session = await world.session(await world.activity(terms=Terms(48, 50)))
    booked = await book(world.broker, session, world.emma_isf)
    assert await cancel_booking(world.broker, booked.id, Reason.CHANGED_MIND) == Money(0)
    assert (await balances(world.emma_isf))["available"] == 100_000
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", session) == 0
    with pytest.raises(StateConflict):
        await cancel_booking(world.broker, booked.id, Reason.CHANGED_MIND)
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", session) == 0


@pytest.mark.row("B5")
async def test_cancelling_inside_the_window_charges_the_agreed_share(world: World) -> None:
    session = await world.session(await world.activity(terms=Terms(24 * 7, 50)))
    booked = await book(world.broker, session, world.emma_isf)
    assert await cancel_booking(world.broker, booked.id, Reason.PERSON_ILL) == Money(1925)
    money = await balances(world.emma_isf)
    assert (money["available"], money["committed"], money["payable"]) == (100_000 - 1925, 0, 1925)


@pytest.mark.row("P5")
async def test_attendance_makes_the_price_payable_and_can_be_corrected(world: World) -> None:
    session = await world.session_today()
    booked = await book(world.broker, session, world.emma_isf)
    assert await record_attendance(world.staff, booked.id, Outcome.ATTENDED) == Money(3850)
    assert await record_attendance(world.staff, booked.id, Outcome.ATTENDED) == Money(3850)
    assert (await balances(world.emma_isf))["payable"] == 3850
    assert await record_attendance(world.staff, booked.id, Outcome.ABSENT) == Money(1925)
    assert await record_attendance(world.staff, booked.id, Outcome.ATTENDED) == Money(3850)
    money = await balances(world.emma_isf)
    assert (money["available"], money["committed"], money["payable"]) == (100_000 - 3850, 0, 3850)
    with pytest.raises(NotFound):
        await record_attendance(world.other_manager, booked.id, Outcome.ATTENDED)


async def test_a_reference_that_is_taken_is_drawn_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await book(world.broker, await world.session(), world.emma_isf)
    drawn = iter([first.reference, first.reference, "BK-FRESH2"])
    monkeypatch.setattr("marketplace.bookings.commands.placing.reference", lambda prefix: next(drawn))
    other = await world.session(day=clock.today() + timedelta(days=5))
    assert (await book(world.broker, other, world.emma_isf)).reference == "BK-FRESH2"
