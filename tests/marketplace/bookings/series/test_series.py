"""Dates booked together: each answered before, all in one transaction, given up from a day on (row B2)."""

from datetime import date, time, timedelta
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.bookings.rules import Reason, Side
from marketplace.bookings.series import queries
from marketplace.bookings.series.asking import Asked, preview
from marketplace.bookings.series.commands import SeriesDraft, book_series, cancel_series
from marketplace.bookings.series.rules import Mode, SeriesRefused, SeriesState
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, IdempotencyConflict, Invalid, NotFound
from marketplace.kernel.idempotency import Key
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.marketplace.bookings.outside.test_outside import narrow_plan
from tests.world import World, balances

pytestmark = pytest.mark.row("B2")


def _day(week: int) -> date:
    return clock.today() + timedelta(days=3 + 7 * week)


async def _weeks(world: World, count: int, *, price: str = "38.50", capacity: int = 8) -> list[UUID]:
    activity = await world.activity(price=price)
    return [await world.session(activity, day=_day(week), capacity=capacity) for week in range(count)]


async def _held(fund_id: UUID) -> tuple[int, int]:
    money = await balances(fund_id)
    return money["available"], money["committed"]


async def test_each_date_is_answered_before_anything_is_booked(world: World) -> None:
    person, fund = await world.person_with_fund("Poor Person", Route.ISF, "120.00")
    sessions = await _weeks(world, 6, capacity=1)
    await book(world.broker, sessions[1], world.emma_isf)
    choir = await world.activity(title="Choir", price="0.00")
    await book(world.broker, await world.session(choir, day=_day(2), at=time(11)), fund)
    dates = await queries.dates_to_come((await queries.activity_of(sessions[0])).id)
    found = await preview(world.broker, dates[0], dates, Asked(fund, 1, _day(6)), Side.PERSON)
    told = [(answer.refusal.code if answer.refusal else "", answer.after_pence) for answer in found.answers]
    assert told == [
        ("", 12_000 - 3850), ("session_full", None), ("person_busy", None),
        ("", 12_000 - 7700), ("", 12_000 - 11_550), ("fund_exhausted", None),
    ]  # fmt: skip
    assert found.answers[2].clash == "Choir"
    assert "£34.00 short" in str(found.answers[5].refusal)
    assert found.missing == [_day(6)]
    assert (found.price_pence, found.after_pence) == (11_550, 450)
    assert await db.fetch_value("SELECT count(*) FROM booking WHERE fund_id = $1", fund) == 1
    assert (
        await db.fetch_value(
            "SELECT count(*) FROM booking WHERE person_id = $1 AND series_id IS NULL", person
        )
        == 1
    )


async def test_what_fits_is_booked_and_what_does_not_is_kept_with_its_reason(world: World) -> None:
    _, fund = await world.person_with_fund("Poor Person", Route.ISF, "80.00")
    sessions = await _weeks(world, 4, capacity=1)
    await book(world.broker, sessions[1], world.emma_isf)
    made = await book_series(world.broker, SeriesDraft(fund, sessions, Mode.WHAT_FITS, every_weeks=1))
    assert [each.code for each in made.dates] == ["", "session_full", "", "fund_exhausted"]
    assert made.price_pence == 7700
    assert await _held(fund) == (300, 7700)
    record = await queries.series(world.broker, made.id)
    assert [line.activity_session_id for line in record.dates] == [sessions[0], sessions[2]]
    assert [each.code for each in record.left_out] == ["session_full", "fund_exhausted"]
    taken = await db.fetch_all("SELECT places_taken FROM activity_session ORDER BY starts_at")
    assert [row["places_taken"] for row in taken] == [1, 1, 1, 0]
    assert await verify() == []


async def test_all_or_nothing_books_nothing_when_one_date_cannot_be(world: World) -> None:
    sessions = await _weeks(world, 4, capacity=1)
    await book(world.dan_user, sessions[3], world.dan_direct)
    with pytest.raises(SeriesRefused) as refused:
        await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.ALL_OR_NOTHING))
    assert "Nothing was booked, because 1 of the 4 dates cannot be booked." in refused.value.message
    assert await _held(world.emma_isf) == (100_000, 0)
    assert await db.fetch_value("SELECT count(*) FROM series") == 0
    assert await db.fetch_value("SELECT sum(places_taken) FROM activity_session") == 1


async def test_when_nothing_fits_there_is_no_series(world: World) -> None:
    sessions = await _weeks(world, 2, capacity=1)
    for session in sessions:
        await book(world.dan_user, session, world.dan_direct)
    with pytest.raises(SeriesRefused):
        await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))
    assert await db.fetch_value("SELECT count(*) FROM series") == 0


async def test_a_key_books_once(world: World) -> None:
    sessions = await _weeks(world, 3)
    key = Key(world.broker.user_id, "one", "f")
    draft = SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS)
    first = await book_series(world.broker, draft, key=key)
    assert await book_series(world.broker, draft, key=key) == first
    assert await _held(world.emma_isf) == (100_000 - 3 * 3850, 3 * 3850)
    with pytest.raises(IdempotencyConflict):
        await book_series(world.broker, draft, key=Key(world.broker.user_id, "one", "other"))


async def test_who_may_not_book_for_the_person_books_no_series(world: World) -> None:
    sessions = await _weeks(world, 2)
    for stranger in (world.stranger, world.dan_user):
        with pytest.raises(NotFound):
            await book_series(stranger, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))
    with pytest.raises(SeriesRefused):  # The council cannot book with the person's own budget.
        await book_series(world.care_manager, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))
    with pytest.raises(Forbidden):
        await book_series(world.finance_officer, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))


async def test_dates_of_two_activities_are_no_series(world: World) -> None:
    sessions = [await world.session(at=time(10)), await world.session(at=time(14))]
    with pytest.raises(Invalid):
        await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))
    with pytest.raises(Invalid):
        await book_series(world.broker, SeriesDraft(world.emma_isf, [], Mode.WHAT_FITS))


@pytest.mark.row("B5")
async def test_giving_up_this_and_later_dates_releases_each_and_charges_only_the_late_one(
    world: World,
) -> None:
    activity = await world.activity()
    sessions = [
        await world.session(activity, day=clock.today() + timedelta(days=1 + 7 * week)) for week in range(4)
    ]
    made = await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))
    record = await queries.series(world.broker, made.id)
    assert [line.charge_now_pence for line in record.dates] == [1925, 0, 0, 0]
    later = clock.today() + timedelta(days=10)
    assert await cancel_series(world.broker, made.id, later, Reason.CHANGED_MIND) == Money(0)
    assert await _held(world.emma_isf) == (100_000 - 2 * 3850, 2 * 3850)
    stopped = await queries.series(world.broker, made.id)
    assert [str(line.state) for line in stopped.dates] == ["confirmed", "confirmed", "cancelled", "cancelled"]
    assert stopped.state is SeriesState.STOPPED
    charged = await cancel_series(
        world.broker, made.id, clock.today(), Reason.CHANGED_MIND, at_most=Money(1925)
    )
    assert charged == Money(1925)
    money = await balances(world.emma_isf)
    assert (money["available"], money["committed"], money["payable"]) == (100_000 - 1925, 0, 1925)
    assert await db.fetch_value("SELECT sum(places_taken) FROM activity_session") == 0
    assert await verify() == []


async def test_nothing_is_given_up_for_more_than_was_shown(world: World) -> None:
    activity = await world.activity()
    session = await world.session(activity, day=clock.today() + timedelta(days=1))
    made = await book_series(world.broker, SeriesDraft(world.emma_isf, [session], Mode.WHAT_FITS))
    with pytest.raises(Exception, match=r"Cancelling these costs £19\.25 now"):
        await cancel_series(world.broker, made.id, clock.today(), Reason.OTHER, at_most=Money(0))
    assert await _held(world.emma_isf) == (100_000 - 3850, 3850)


@pytest.mark.row("M3")
async def test_what_the_plan_does_not_hold_is_booked_with_one_reason_for_all_dates(world: World) -> None:
    await narrow_plan(world)
    sessions = await _weeks(world, 2)
    with pytest.raises(SeriesRefused, match="not in the support plan"):
        await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))
    draft = SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS, because="A trial for two weeks")
    made = await book_series(world.broker, draft)
    assert all(each.booking_id for each in made.dates)
    assert await db.fetch_value("SELECT array_agg(DISTINCT because) FROM outside_plan") == [
        "A trial for two weeks"
    ]
    assert await db.fetch_value("SELECT count(*) FROM outside_plan") == 2
