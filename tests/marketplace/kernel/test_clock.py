"""Civil time is London's (`rules.md` 12)."""

from datetime import UTC, date, datetime, time

import pytest

from marketplace.kernel.clock import (
    FixedClock,
    financial_year_end,
    from_wall,
    london_day,
    now,
    today,
    use_clock,
    week_of,
)


def test_ten_in_the_morning_is_ten_in_summer_and_in_winter() -> None:
    assert from_wall(date(2026, 7, 7), time(10)) == datetime(2026, 7, 7, 9, tzinfo=UTC)
    assert from_wall(date(2026, 12, 1), time(10)) == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_the_day_of_a_moment_is_londons() -> None:
    assert london_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2027, 3, 31)),
        (date(2027, 1, 1), date(2027, 3, 31)),
    ],
)
def test_council_years_close_on_31_march(day: date, end: date) -> None:
    assert financial_year_end(day) == end


def test_weeks_start_on_monday() -> None:
    assert week_of(date(2026, 11, 22)) == date(2026, 11, 16)
    assert week_of(date(2026, 11, 16)) == date(2026, 11, 16)


def test_a_fixed_clock_rules_only_inside_its_block() -> None:
    at = datetime(2030, 1, 1, 12, tzinfo=UTC)
    with use_clock(FixedClock(at)):
        assert now() == at
        assert today() == date(2030, 1, 1)
    assert now() != at
