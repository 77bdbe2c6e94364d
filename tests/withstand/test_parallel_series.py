"""Many series at once on the same dates and the same money: nothing oversold, nothing overspent, nobody stuck."""

import asyncio
from collections.abc import Coroutine
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.bookings.rules import Reason
from marketplace.bookings.series.commands import SeriesDraft, book_series, cancel_series
from marketplace.bookings.series.rules import Mode
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.routes_of_money import Route
from tests.world import World, balances

WEEKS = 8
IN_TIME = 60
STUCK = "Somebody booked at the same moment. Try again."


async def _answer(one: Coroutine[Any, Any, object]) -> object:
    try:
        return await one
    except DomainError as refusal:
        return refusal


async def _all_at_once(*many: Coroutine[Any, Any, object]) -> list[object]:
    answers = await asyncio.wait_for(asyncio.gather(*(_answer(one) for one in many)), IN_TIME)
    # A deadlock that PostgreSQL broke is told so: none may happen.
    assert not [answer for answer in answers if isinstance(answer, DomainError) and answer.message == STUCK]
    return list(answers)


def _day(week: int) -> date:
    return clock.today() + timedelta(days=3 + 7 * week)


@pytest.mark.row("B2")
async def test_series_and_single_bookings_on_hot_dates_and_one_fund(world: World) -> None:
    garden, choir = await world.activity(price="10.00"), await world.activity(title="Choir", price="10.00")
    mornings = [await world.session(garden, day=_day(week), capacity=3) for week in range(WEEKS)]
    # Half an hour into the garden group: nobody can go to both.
    clashing = [await world.session(choir, day=_day(week), at=time(11), capacity=3) for week in range(WEEKS)]
    funds = [(await world.person_with_fund(f"Person {n}", Route.ISF, "60.00"))[1] for n in range(5)]
    wanted: list[Coroutine[Any, Any, object]] = []
    for fund in funds:
        wanted += [
            book_series(world.broker, SeriesDraft(fund, sessions, Mode.WHAT_FITS))
            for sessions in (mornings, clashing[::-1])
        ]
        wanted += [book(world.broker, each, fund) for each in (clashing[-1], mornings[-1], mornings[3])]
    await _all_at_once(*wanted)
    sold = await db.fetch_all(
        "SELECT s.places_taken, s.capacity, (SELECT count(*) FROM booking b WHERE b.activity_session_id = s.id"
        "   AND b.state = 'confirmed') AS booked FROM activity_session s"
    )
    assert all(row["places_taken"] == row["booked"] <= row["capacity"] for row in sold)
    for fund in funds:
        money = await balances(fund)
        assert money["available"] >= 0
        assert money["available"] + money["committed"] == 6000
    assert await verify() == []


@pytest.mark.row("B2")
async def test_two_that_want_all_or_nothing_of_the_last_places_never_share_them(world: World) -> None:
    activity = await world.activity(price="10.00")
    sessions = [await world.session(activity, day=_day(week), capacity=1) for week in range(WEEKS)]
    funds = [(await world.person_with_fund(f"Person {n}", Route.ISF, "100.00"))[1] for n in range(6)]

    def draft(number: int, fund: UUID) -> SeriesDraft:
        return SeriesDraft(fund, sessions if number % 2 else sessions[::-1], Mode.ALL_OR_NOTHING)

    await _all_at_once(*(book_series(world.broker, draft(number, fund)) for number, fund in enumerate(funds)))
    owners = await db.fetch_value("SELECT count(DISTINCT fund_id) FROM booking")
    assert owners == 1
    assert await db.fetch_value("SELECT count(*) FROM booking") == WEEKS
    assert await verify() == []


@pytest.mark.row("B5")
async def test_dates_given_up_while_others_book_them_go_to_somebody_or_stay_free(world: World) -> None:
    activity = await world.activity(price="10.00")
    sessions = [await world.session(activity, day=_day(week), capacity=1) for week in range(WEEKS)]
    first = await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS))
    funds = [(await world.person_with_fund(f"Person {n}", Route.ISF, "60.00"))[1] for n in range(3)]
    await _all_at_once(
        *(book_series(world.broker, SeriesDraft(fund, sessions, Mode.WHAT_FITS)) for fund in funds),
        cancel_series(world.broker, first.id, clock.today(), Reason.OTHER),
        cancel_series(world.broker, first.id, clock.today(), Reason.OTHER),
    )
    taken = await db.fetch_value("SELECT sum(places_taken) FROM activity_session")
    assert taken == await db.fetch_value("SELECT count(*) FROM booking WHERE state = 'confirmed'")
    assert (await balances(world.emma_isf))["committed"] == 0
    assert await verify() == []
