"""When money is due: by any rhythm, over leap years and years of 53 weeks, to the penny."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.payments.cycles import Schedule, cycles, due_cycle, start_of
from isf.rules import Spread, for_days
from marketplace.kernel import db
from marketplace.kernel.money import Money, total

SCHEDULES = st.builds(
    Schedule, weeks=st.one_of(st.none(), st.integers(1, 13)), advance_days=st.integers(0, 60)
)
DAYS = st.dates(date(2019, 1, 1), date(2033, 12, 31))
FOUR_WEEKLY = Schedule(4, 7)


@pytest.mark.row("F3")
@given(DAYS, st.integers(1, 800), SCHEDULES)
def test_the_cycles_of_a_fund_are_its_days_without_gap_or_overlap(
    starts_on: date, days: int, schedule: Schedule
) -> None:
    ends_on = starts_on + timedelta(days=days)
    told = list(cycles(starts_on, ends_on, schedule))
    assert told[0].starts_on == starts_on
    assert told[-1].ends_on == ends_on
    assert all(earlier.ends_on == later.starts_on for earlier, later in pairwise(told))
    assert sum(cycle.days for cycle in told) == days


@pytest.mark.row("F3")
@given(
    DAYS, st.integers(1, 800), SCHEDULES, st.integers(0, 10**8), st.one_of(st.none(), st.integers(0, 10**6))
)
def test_the_payments_of_all_cycles_are_the_whole_amount(
    starts_on: date, days: int, schedule: Schedule, pence: int, weekly: int | None
) -> None:
    ends_on = starts_on + timedelta(days=days)
    amount = Money(pence) if weekly is None else for_days(Money(weekly), days)
    spread = Spread(amount, starts_on, ends_on, None if weekly is None else Money(weekly))
    parts = [
        spread.by(cycle.ends_on) - spread.by(cycle.starts_on)
        for cycle in cycles(starts_on, ends_on, schedule)
    ]
    assert all(part.pence >= 0 for part in parts)
    assert total(parts) == amount


def test_a_year_of_53_weeks_and_a_leap_year_are_their_days() -> None:
    weekly = Money(10_001)
    for starts_on, days in ((date(2020, 4, 1), 365), (date(2023, 4, 1), 366), (date(2026, 3, 30), 371)):
        spread = Spread(for_days(weekly, days), starts_on, starts_on + timedelta(days=days), weekly)
        told = list(cycles(spread.starts_on, spread.ends_on, FOUR_WEEKLY))
        assert total(spread.by(each.ends_on) - spread.by(each.starts_on) for each in told) == spread.amount
        assert spread.by(told[0].ends_on) == weekly * 4


def test_a_month_keeps_its_day_or_takes_its_last() -> None:
    monthly = Schedule(None, 0)
    assert [start_of(date(2024, 1, 31), monthly, n) for n in range(4)] == [
        date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30),
    ]  # fmt: skip


def test_a_cycle_is_due_so_many_days_before_it_begins() -> None:
    first, ends_on = date(2026, 4, 1), date(2027, 4, 1)
    assert due_cycle(first, ends_on, FOUR_WEEKLY, date(2026, 3, 24)) is None
    found = due_cycle(first, ends_on, FOUR_WEEKLY, date(2026, 3, 25))
    assert found is not None
    assert (found.starts_on, found.ends_on) == (first, date(2026, 4, 29))
    last = due_cycle(first, ends_on, FOUR_WEEKLY, date(2028, 1, 1))
    assert last is not None
    assert (last.starts_on, last.ends_on, last.days) == (date(2027, 3, 31), ends_on, 1)


async def test_the_database_counts_cycles_as_the_rules_do(database: str) -> None:
    chance = Random(3)  # noqa: S311 - chance for tests
    for _ in range(300):
        starts_on = date(2019, 1, 1) + timedelta(days=chance.randrange(4000))
        ends_on = starts_on + timedelta(days=chance.randrange(1, 800))
        schedule = Schedule(chance.choice([None, 1, 2, 4, 13]), chance.randrange(61))
        today = starts_on + timedelta(days=chance.randrange(-60, 900))
        found = due_cycle(starts_on, ends_on, schedule, today)
        row = await db.fetch_one(
            "SELECT cycle_start($1, $3, n) AS starts_on, least(cycle_start($1, $3, n + 1), $2::date) AS ends_on"
            "  FROM cycle_number($1, $3, least($4::date + $5::int, $2::date - 1)) AS n WHERE $1::date <= $4::date + $5",
            starts_on,
            ends_on,
            schedule.weeks,
            today,
            schedule.advance_days,
        )
        assert (row and (row["starts_on"], row["ends_on"])) == (found and (found.starts_on, found.ends_on)), (
            starts_on,
            ends_on,
            schedule,
            today,
        )


def test_a_rhythm_reads_as_people_say_it() -> None:
    assert FOUR_WEEKLY.words == "Every 4 weeks, 7 days before the weeks begin"
    assert Schedule(1, 1).words == "Every week, 1 day before the week begins"
    assert Schedule(None, 0).words == "Every month, on the day on which the month begins"
