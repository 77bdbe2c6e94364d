"""Hard case 1: a late cancellation whose place is refilled, and a second cancel that frees nothing twice."""

from datetime import UTC, datetime, timedelta

import pytest

from invoicing.runs.commands import issue_invoices
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.refills import waive_refilled
from marketplace.bookings.rules import Outcome, Reason, refilled_places, taken_by_others
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import StateConflict
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from tests.world import World, balances


@pytest.mark.parametrize(
    ("capacity", "taken", "late", "refilled"),
    [(8, 8, 2, 2), (8, 7, 2, 1), (8, 6, 2, 0), (8, 3, 1, 0), (1, 1, 1, 1)],
)
def test_a_place_counts_as_refilled_when_it_would_not_have_fitted_beside(
    capacity: int, taken: int, late: int, refilled: int
) -> None:
    assert refilled_places(capacity, taken, late) == refilled


@pytest.mark.parametrize(
    ("given_up", "taken", "most", "let_off"),
    [
        ([2], [1], 1, []),  # Fewer places, and nobody new.
        ([2], [1, 3], 1, [0]),
        ([2, 4], [3], 2, [0]),
        ([2, 4], [1, 5], 2, [0]),
        ([2, 4], [3, 5], 2, [0, 1]),
        ([2, 4], [3, 5], 1, [0]),
        ([2, 4], [], 2, []),
    ],
)
def test_a_place_is_refilled_by_somebody_who_came_after(
    given_up: list[int], taken: list[int], most: int, let_off: list[int]
) -> None:
    def at(hour: int) -> datetime:
        return datetime(2027, 3, 1, hour, tzinfo=UTC)

    assert taken_by_others([at(h) for h in given_up], [at(h) for h in taken], most) == let_off


@pytest.mark.row("B5")
async def test_hard_case_1_a_refilled_place_is_not_charged_and_a_second_cancel_frees_nothing_twice(
    world: World,
) -> None:
    activity = await world.activity(terms=Terms(24 * 7, 50))
    session = await world.session(activity, day=clock.today() + timedelta(days=1), capacity=1)
    booked = await book(world.broker, session, world.emma_isf)
    assert await cancel_booking(world.broker, booked.id, Reason.PERSON_ILL) == Money(1925)
    with pytest.raises(StateConflict):
        await cancel_booking(world.broker, booked.id, Reason.PERSON_ILL)
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", session) == 0
    _, other = await world.person_with_fund("Quick Person", Route.ISF, "100.00")
    taken = await book(world.broker, session, other)

    tomorrow = clock.today() + timedelta(days=1)
    with use_clock(FixedClock(clock.now() + timedelta(days=2))):
        await record_attendance(world.staff, taken.id, Outcome.ATTENDED)
        assert await waive_refilled(SYSTEM, tomorrow, tomorrow) == 1
        assert await waive_refilled(SYSTEM, tomorrow, tomorrow) == 0
    assert (await balances(world.emma_isf))["available"] == 100_000
    assert (await balances(world.emma_isf))["payable"] == 0
    assert (await balances(other))["payable"] == 3850


@pytest.mark.row("B5")
async def test_a_place_that_stayed_empty_is_charged(world: World) -> None:
    activity = await world.activity(terms=Terms(24 * 7, 50))
    session = await world.session(activity, day=clock.today() + timedelta(days=1), capacity=2)
    booked = await book(world.broker, session, world.emma_isf)
    await cancel_booking(world.broker, booked.id, Reason.OTHER)
    _, other = await world.person_with_fund("Quick Person", Route.ISF, "100.00")
    await book(world.broker, session, other)
    tomorrow = clock.today() + timedelta(days=1)
    with use_clock(FixedClock(clock.now() + timedelta(days=2))):
        assert await waive_refilled(SYSTEM, tomorrow, tomorrow) == 0
    assert (await balances(world.emma_isf))["payable"] == 1925


@pytest.mark.row("V1")
async def test_a_late_cancellation_is_not_billed_before_its_session_is_over(world: World) -> None:
    activity = await world.activity(terms=Terms(24 * 7, 50))
    session = await world.session(activity, day=clock.today() + timedelta(days=1))
    booked = await book(world.broker, session, world.emma_isf)
    await cancel_booking(world.broker, booked.id, Reason.OTHER)
    month = (clock.today() + timedelta(days=1)).replace(day=1)
    with use_clock(FixedClock(clock.now() + timedelta(days=1, hours=-20))):
        run = await issue_invoices(SYSTEM, month if month <= clock.today() else clock.today().replace(day=1))
    assert run.lines == 0
