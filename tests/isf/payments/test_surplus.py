"""Unused money: what counts, when it will be too much, and that everybody is told once and in time (`rules.md` 8)."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.ledger import commands as ledger
from isf.payments.cycles import Schedule
from isf.payments.surplus.queries import council_surpluses, surplus_of
from isf.payments.surplus.rules import (
    Course,
    Holding,
    Limit,
    Surplus,
    SurplusState,
    payments_to_come,
    surplus,
    surplus_words,
)
from isf.payments.surplus.warnings import warn_of_surpluses
from isf.rules import Spread, for_days
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money, total
from tests.isf.payments.making import Version, fund_with, on, pay, second_officer
from tests.world import World

TODAY = date(2026, 11, 2)
WEEKLY = Money(10_000)
EIGHT_WEEKS = Limit(WEEKLY, 8)


@pytest.mark.row("I4")
def test_bookings_bills_notice_contingency_and_the_persons_own_money_are_set_aside_first() -> None:
    told = Holding(
        cash=Money(100_000), booked=Money(20_000), payable=Money(5_000), notice=Money(3_000),
        contingency=Money(10_000), top_up=Money(12_000),
    )  # fmt: skip
    assert told.unused == Money(50_000)
    assert Holding(cash=Money(1_000), booked=Money(500), top_up=Money(800)).unused == Money(0)


@pytest.mark.row("I4")
@given(st.integers(-(10**6), 10**7), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_top_up_never_makes_money_unused(cash: int, booked: int, top_up: int) -> None:
    without = Holding(Money(cash), Money(booked)).unused
    with_it = Holding(Money(cash + top_up), Money(booked), top_up=Money(top_up)).unused
    assert with_it == without


def _course(paid: int = 4, usual_weekly: int = 0) -> Course:
    """A year from today, paid four-weekly; some weeks paid already, and so much used a week."""
    ends_on = TODAY + timedelta(days=364)
    share = Spread(for_days(WEEKLY, 364), TODAY, ends_on, WEEKLY)
    return Course(
        TODAY,
        ends_on,
        payments_to_come([share], TODAY, ends_on, Schedule(4, 0), WEEKLY * paid, TODAY),
        recent=Money(usual_weekly * 8),
        recent_days=56,
    )


@pytest.mark.row("I4")
def test_money_that_nobody_uses_passes_the_limit_with_the_third_payment() -> None:
    told = surplus(Holding(WEEKLY * 4), EIGHT_WEEKS, _course(), 28)
    assert told.state is SurplusState.LATER
    assert told.passes_on == TODAY + timedelta(days=56)
    assert told.over == WEEKLY * 4
    sooner = surplus(Holding(WEEKLY * 8), EIGHT_WEEKS, _course(paid=8), 56)
    assert sooner.state is SurplusState.SOON


@pytest.mark.row("I4")
def test_money_that_is_used_as_it_comes_never_passes_the_limit() -> None:
    told = surplus(Holding(WEEKLY * 4), EIGHT_WEEKS, _course(usual_weekly=10_000), 28)
    assert (told.state, told.passes_on) == (SurplusState.WITHIN, None)


@pytest.mark.row("I4")
def test_bookings_to_come_count_as_used_and_not_twice() -> None:
    """A quarter used a week; with what is booked for the weeks to come set aside, the same line comes out."""
    usual = surplus(Holding(WEEKLY * 4), EIGHT_WEEKS, _course(usual_weekly=2_500), 28)
    booked = {TODAY + timedelta(days=7 * week + 1): Money(2_500) for week in range(4)}
    course = _course(usual_weekly=2_500)
    set_aside = surplus(
        Holding(WEEKLY * 4, booked=Money(10_000)),
        EIGHT_WEEKS,
        Course(course.today, course.ends_on, course.payments, booked, course.recent, course.recent_days),
        28,
    )
    assert usual.passes_on == set_aside.passes_on
    assert usual.over == set_aside.over


@pytest.mark.row("I4")
def test_an_agreement_can_let_more_lie_for_some_weeks() -> None:
    agreed = Limit(WEEKLY, 8, weeks=4)
    told = surplus(Holding(WEEKLY * 9), agreed, _course(paid=12), 28)
    assert (told.state, told.passes_on) == (SurplusState.OVER, TODAY)
    assert told.counts_on == TODAY + timedelta(weeks=4)
    assert told.over == WEEKLY
    assert any("More may be kept for 4 weeks" in sentence for sentence in surplus_words(told))


def test_what_is_left_when_a_fund_ends_within_the_weeks_is_too_much_then() -> None:
    course = Course(TODAY, TODAY + timedelta(days=10))
    told = surplus(Holding(WEEKLY * 9), Limit(WEEKLY, 8, weeks=4), course, 28)
    assert (told.counts_on, told.over) == (TODAY + timedelta(days=9), WEEKLY)


@given(
    st.integers(1, 400), st.integers(0, 50_000), st.integers(0, 10**7), st.sampled_from([None, 1, 2, 4]),
    st.integers(-30, 400),
)  # fmt: skip
def test_what_is_still_to_come_is_what_is_not_paid_yet(
    days: int, weekly: int, paid: int, weeks: int | None, gone: int
) -> None:
    ends_on = TODAY + timedelta(days=days)
    share = Spread(for_days(Money(weekly), days), TODAY, ends_on, Money(weekly))
    told = payments_to_come(
        [share], TODAY, ends_on, Schedule(weeks, 7), Money(paid), TODAY + timedelta(days=gone)
    )
    assert total(amount for _, amount in told) == Money(max(share.amount.pence - paid, 0))
    assert all(day > TODAY + timedelta(days=gone) for day, _ in told)


def test_the_words_say_that_nothing_is_taken() -> None:
    told = surplus(Holding(WEEKLY * 4), EIGHT_WEEKS, _course(), 28)
    assert surplus_words(told) == [
        "£400.00 is not used and not booked.",
        "£800.00 may be kept: 8 weeks of £100.00.",
        "It looks as if there will be more than that from 28 December 2026.",
        "If nothing changes, it will be £400.00 too much on that day.",
        "No money is taken back by this. There is still time to use it for what the plan says.",
    ]
    unset = Surplus(SurplusState.UNSET, Holding(WEEKLY), Limit(Money(0), 0))
    assert surplus_words(unset) == ["£100.00 is not used. How much may be kept is not agreed yet."]


async def idle(world: World) -> UUID:
    """Nobody uses this ISF of £100 a week; it began eight weeks ago."""
    starts_on = clock.today() - timedelta(days=56)
    ends_on = starts_on + timedelta(days=364)
    _, fund = await fund_with(
        world, "Ida Idle", [Version(starts_on, ends_on, for_days(WEEKLY, 364), council_weekly=WEEKLY)]
    )
    return fund


@pytest.mark.row("I4")
async def test_person_holder_and_council_are_told_once_for_each_crossing(world: World) -> None:
    fund, frank = await idle(world), await second_officer(world)
    await pay(world, frank)
    told = await surplus_of(world.finance_officer, fund)
    assert told is not None
    assert (told.state, told.unused, told.limit.amount) == (
        SurplusState.OVER,
        Money(120_000),
        Money(80_000),
    )
    assert await warn_of_surpluses(SYSTEM) >= 1
    letters = await db.fetch_all(
        "SELECT recipient, body FROM outbox_message WHERE subject LIKE 'Unused money of%'"
    )
    reference = await db.fetch_value(
        "SELECT p.reference FROM person p JOIN fund f ON f.person_id = p.id WHERE f.id = $1", fund
    )
    assert [each["recipient"] for each in letters if reference in each["body"]] == [
        "accounts@harbour.example"
    ]
    assert await warn_of_surpluses(SYSTEM) == 0
    # Used up, so it is within again; and left lying, it passes anew.
    booking = new_id()
    await ledger.promise(SYSTEM, fund, Money(520_000), clock.today(), budget_id=new_id())
    await ledger.hold(SYSTEM, fund, booking, Money(119_000), clock.today() + timedelta(days=3))
    assert await warn_of_surpluses(SYSTEM) == 0
    standing = "SELECT count(*) FROM surplus_warning WHERE fund_id = $1 AND ended_at IS NULL"
    assert await db.fetch_value(standing, fund) == 0
    await ledger.release(SYSTEM, fund, booking, Money(119_000), clock.today() + timedelta(days=3))
    assert await warn_of_surpluses(SYSTEM) == 1
    assert await db.fetch_value(standing, fund) == 1


@pytest.mark.row("I4")
async def test_emma_is_told_herself_when_her_money_is_not_used(world: World) -> None:
    frank = await second_officer(world)
    async with on(clock.today() + timedelta(days=20)):
        await pay(world, frank)
        assert await warn_of_surpluses(SYSTEM) > 0
    letter = await db.fetch_one(
        "SELECT subject, body FROM outbox_message WHERE recipient = 'emma@example.com'"
    )
    assert letter is not None
    assert letter["subject"] == "Some of your money is not used"
    assert "No money is taken back by this." in letter["body"]


async def test_who_sees_what_is_unused(world: World) -> None:
    assert await surplus_of(world.emma_user, world.emma_isf) is not None
    assert await surplus_of(world.broker, world.emma_isf) is not None
    assert await surplus_of(world.finance_officer, world.emma_managed) is None, "the council's own money"
    for actor in (world.stranger, world.other_care_manager):
        with pytest.raises(NotFound):
            await surplus_of(actor, world.emma_isf)
    with pytest.raises(NotFound):
        await surplus_of(world.broker, new_id())
    assert len(await council_surpluses(world.commissioner)) == 2
    with pytest.raises(Forbidden):
        await council_surpluses(world.broker)
