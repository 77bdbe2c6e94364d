"""What is owed for a place given up late goes with its date, or is not owed any more (rows B5, P4; rules 14, 15)."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.cancelling.commands import cancel_date
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.refills import waive_refilled
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.bookings.timetable_changes.rules import Movers
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import LONDON, FixedClock, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from providers.timetables.changing import Change
from tests.marketplace.bookings.reprovision.living import suspend
from tests.world import World, balances

pytestmark = [pytest.mark.row("B5"), pytest.mark.row("P4")]

ALL = 100_000


def tuesday() -> date:
    """Of the week after next: there is a Thursday after it in the same week."""
    today = clock.today()
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)


async def given_up(world: World, *, capacity: int = 1) -> tuple[UUID, UUID]:
    """A date of next Tuesday and Emma's booking on it, given up late for half of £38.50."""
    activity = await world.activity(terms=Terms(24 * 30, 50))
    session = await world.session(activity, day=tuesday(), capacity=capacity)
    booked = await book(world.broker, session, world.emma_isf)
    assert await cancel_booking(world.broker, booked.id, Reason.PERSON_ILL) == Money(1925)
    return session, booked.id


async def to_thursday(world: World, session: UUID, movers: Movers = Movers.MOVE) -> None:
    await make_change(
        world.manager, Asked((session,), Change(day=tuesday() + timedelta(days=2)), movers=movers)
    )


async def owed(world: World) -> tuple[int, int]:
    """Emma's pence left and to be paid; the books are proved on the way."""
    assert await verify() == []
    held = await balances(world.emma_isf)
    assert held["committed"] == 0
    return held["available"], held["payable"]


def evening(after: int) -> FixedClock:
    """Days after that Tuesday."""
    return FixedClock(datetime.combine(tuesday() + timedelta(days=after), time(20), LONDON))


async def test_it_is_billed_when_the_moved_date_is_over_and_not_before(world: World) -> None:
    session, _ = await given_up(world)
    await to_thursday(world, session)
    month = tuesday().replace(day=1)
    thursday = tuesday() + timedelta(days=2)
    with use_clock(evening(1)):
        assert (await issue_invoices(SYSTEM, month)).lines == 0
    with use_clock(evening(2)):
        assert (await issue_invoices(SYSTEM, thursday.replace(day=1))).lines == 1
    assert await owed(world) == (ALL - 1925, 1925)


async def test_a_refill_of_the_moved_date_waives_it(world: World) -> None:
    session, _ = await given_up(world)
    await to_thursday(world, session)
    _, other = await world.person_with_fund("Quick Person", Route.ISF, "100.00")
    taken = await book(world.broker, session, other)
    thursday = tuesday() + timedelta(days=2)
    with use_clock(evening(2)):
        await record_attendance(world.staff, taken.id, Outcome.ATTENDED)
        assert await waive_refilled(SYSTEM, thursday, thursday) == 1
    assert await owed(world) == (ALL, 0)


@pytest.mark.parametrize("how", ["another week", "offered", "stopped"])
async def test_where_the_booking_would_be_given_back_nothing_is_owed(world: World, how: str) -> None:
    session, booking = await given_up(world)
    if how == "another week":
        await make_change(world.manager, Asked((session,), Change(day=tuesday() + timedelta(days=7))))
    elif how == "offered":
        await to_thursday(world, session, movers=Movers.OFFER)
    else:
        await make_change(world.manager, Asked((session,), Change(stop=True)))
    assert await owed(world) == (ALL, 0)
    assert await db.fetch_value("SELECT charge_pence FROM attendance WHERE booking_id = $1", booking) == 0


async def test_when_the_provider_cancels_the_date_nothing_is_owed_and_the_person_hears_it_once(
    world: World,
) -> None:
    session, booking = await given_up(world)
    # What was free again is booked elsewhere: all of it.
    rest = await world.activity(price="980.75")
    await book(world.broker, await world.session(rest, day=tuesday() + timedelta(days=1)), world.emma_isf)
    await cancel_date(world.manager, session, "The worker is ill")
    assert (await balances(world.emma_isf))["payable"] == 0
    assert (await balances(world.emma_isf))["available"] == 1925
    assert await db.fetch_value("SELECT charge_pence FROM attendance WHERE booking_id = $1", booking) == 0
    told = await db.fetch_all(
        "SELECT words FROM sent_notice WHERE recipient = 'emma@example.com' AND subject = 'Nothing is charged'"
    )
    assert len(told) == 1
    assert "£19.25" in told[0]["words"]
    assert await verify() == []


async def test_when_the_provider_is_suspended_nothing_is_owed_for_what_is_to_come(world: World) -> None:
    await given_up(world)
    await suspend(world)
    assert await owed(world) == (ALL, 0)


async def test_fewer_places_are_nobody_who_took_one(world: World) -> None:
    activity = await world.activity(terms=Terms(24 * 30, 50))
    session = await world.session(activity, day=tuesday(), capacity=2)
    _, early = await world.person_with_fund("Early Person", Route.ISF, "100.00")
    await book(world.broker, session, early)
    booked = await book(world.broker, session, world.emma_isf)
    await cancel_booking(world.broker, booked.id, Reason.OTHER)
    await make_change(world.manager, Asked((session,), Change(capacity=1)))
    day = tuesday()
    with use_clock(evening(0)):
        assert await waive_refilled(SYSTEM, day, day) == 0
    assert await owed(world) == (ALL - 1925, 1925)
