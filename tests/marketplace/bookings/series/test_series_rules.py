"""Which dates "every week until" means: values in, values out."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

from marketplace.bookings.series.rules import Date, every
from marketplace.kernel.clock import from_wall

FIRST = date(2026, 10, 6)


def _on(day: date, at: time = time(10)) -> Date:
    starts: datetime = from_wall(day, at)
    return Date(uuid4(), starts, starts + timedelta(hours=2), day)


def test_every_second_week_until_a_day_that_counts_itself() -> None:
    dates = [_on(FIRST + timedelta(weeks=week)) for week in range(8)]
    chosen, missing = every(dates, dates[0], 2, FIRST + timedelta(weeks=4))
    assert [each.service_on for each in chosen] == [
        FIRST,
        FIRST + timedelta(weeks=2),
        FIRST + timedelta(weeks=4),
    ]
    assert missing == []


def test_a_week_without_a_date_is_told() -> None:
    dates = [_on(FIRST), _on(FIRST + timedelta(weeks=2))]
    chosen, missing = every(dates, dates[0], 1, FIRST + timedelta(weeks=2))
    assert [each.id for each in chosen] == [each.id for each in dates]
    assert missing == [FIRST + timedelta(weeks=1)]


def test_of_two_on_one_day_the_one_nearest_to_the_usual_time_also_when_the_clocks_change() -> None:
    morning = [_on(FIRST + timedelta(weeks=week)) for week in range(5)]
    evening = [_on(FIRST + timedelta(weeks=week), time(18)) for week in range(5)]
    chosen, _ = every([*morning, *evening], evening[0], 1, FIRST + timedelta(weeks=4))
    assert [each.id for each in chosen] == [each.id for each in evening]
