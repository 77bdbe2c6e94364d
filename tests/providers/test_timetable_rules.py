"""Weekly timetables, without a database: London wall time, exceptions, bank holidays."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.clock import LONDON
from marketplace.kernel.errors import Invalid
from providers.timetables.rules import (
    BankHolidays,
    TimetableDraft,
    Weekday,
    bank_holidays,
    check,
    dates_of,
    rule_in_words,
)

pytestmark = pytest.mark.row("P4")

TUESDAYS = TimetableDraft(
    weekdays=frozenset({Weekday.TUESDAY}),
    start_time=time(10),
    minutes=300,
    starts_on=date(2026, 10, 20),
    ends_on=date(2027, 4, 6),
)


def days(draft: TimetableDraft) -> list[date]:
    return [start.astimezone(LONDON).date() for start, _ in dates_of(draft)]


def test_ten_o_clock_stays_ten_o_clock_when_the_clocks_go_back() -> None:
    before, after = dates_of(replace(TUESDAYS, ends_on=date(2026, 10, 27)))
    assert before[0] == datetime(2026, 10, 20, 9, tzinfo=UTC)
    assert after[0] == datetime(2026, 10, 27, 10, tzinfo=UTC)
    assert {start.astimezone(LONDON).time() for start, _ in (before, after)} == {time(10)}


def test_ten_o_clock_stays_ten_o_clock_when_the_clocks_go_forward() -> None:
    before, after = dates_of(replace(TUESDAYS, starts_on=date(2027, 3, 23), ends_on=date(2027, 3, 30)))
    assert before[0] == datetime(2027, 3, 23, 10, tzinfo=UTC)
    assert after[0] == datetime(2027, 3, 30, 9, tzinfo=UTC)
    assert after[1] == datetime(2027, 3, 30, 14, tzinfo=UTC)


def test_a_whole_winter_has_a_session_every_week_at_the_same_wall_time() -> None:
    dates = dates_of(TUESDAYS)
    assert len(dates) == 25
    walls = {(start.astimezone(LONDON).time(), end.astimezone(LONDON).time()) for start, end in dates}
    assert walls == {(time(10), time(15))}


def test_exceptions_are_left_out() -> None:
    shown = days(replace(TUESDAYS, except_on=frozenset({date(2026, 12, 22), date(2026, 12, 29)})))
    assert date(2026, 12, 15) in shown
    assert not {date(2026, 12, 22), date(2026, 12, 29)} & set(shown)


def test_bank_holidays_are_off_unless_somebody_says_otherwise() -> None:
    mondays = replace(
        TUESDAYS, weekdays=frozenset({Weekday.MONDAY}), starts_on=date(2027, 3, 22), ends_on=date(2027, 5, 3)
    )
    assert not {date(2027, 3, 29), date(2027, 5, 3)} & set(days(mondays))
    assert {date(2027, 3, 29), date(2027, 5, 3)} <= set(days(replace(mondays, bank_holidays=BankHolidays.ON)))


def test_england_keeps_its_own_bank_holidays() -> None:
    known = bank_holidays(date(2027, 1, 1), date(2027, 12, 31))
    assert known[date(2027, 3, 26)] == "Good Friday"
    # New Year's second day is Scotland's, St Patrick's Northern Ireland's.
    assert date(2027, 1, 4) not in known
    assert date(2027, 3, 17) not in known


def test_every_second_week_counts_weeks_from_monday() -> None:
    shown = days(replace(TUESDAYS, interval_weeks=2, ends_on=date(2026, 12, 1)))
    assert shown == [date(2026, 10, 20), date(2026, 11, 3), date(2026, 11, 17), date(2026, 12, 1)]


def test_the_rule_is_kept_as_rfc_5545_and_read_as_words() -> None:
    draft = replace(TUESDAYS, weekdays=frozenset({Weekday.THURSDAY, Weekday.TUESDAY}), interval_weeks=2)
    assert draft.rule == "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=TU,TH"
    assert rule_in_words(draft.rule) == "Every 2 weeks on Tuesday and Thursday"
    assert rule_in_words(TUESDAYS.rule) == "Every Tuesday"


def test_a_night_session_over_the_change_lasts_as_long_as_it_says() -> None:
    night = replace(
        TUESDAYS, weekdays=frozenset({Weekday.SATURDAY}), start_time=time(22), minutes=600,
        starts_on=date(2026, 10, 24), ends_on=date(2026, 10, 24),
    )  # fmt: skip
    ((start, end),) = dates_of(night)
    assert end - start == timedelta(hours=10)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekdays": frozenset()}, "weekdays"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": 24 * 60 + 1}, "minutes"),
        ({"ends_on": date(2026, 10, 19)}, "ends_on"),
        ({"ends_on": date(2101, 1, 1)}, "ends_on"),
        ({"also_on": frozenset({date(2026, 10, 19)})}, "also_on"),
        ({"interval_weeks": 0}, "interval_weeks"),
        ({"capacity": 0}, "capacity"),
        ({"starts_on": date(1, 1, 1), "ends_on": date(1, 2, 1)}, "starts_on"),
    ],
)
def test_what_cannot_be_kept_says_which_answer_to_change(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check(replace(TUESDAYS, **changes))  # type: ignore[arg-type]
    assert set(refused.value.fields) == {field}


def test_a_timetable_without_a_single_date_is_refused() -> None:
    with pytest.raises(Invalid):
        dates_of(replace(TUESDAYS, starts_on=date(2026, 11, 25), ends_on=date(2026, 11, 30)))


@given(
    weekdays=st.frozensets(st.sampled_from(Weekday), min_size=1),
    start=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    length=st.integers(7, 400),
    hour=st.integers(3, 23),
)
def test_every_date_is_on_a_chosen_day_at_the_chosen_wall_time(
    weekdays: frozenset[Weekday], start: date, length: int, hour: int
) -> None:
    draft = replace(
        TUESDAYS, weekdays=weekdays, starts_on=start, ends_on=start + timedelta(days=length),
        start_time=time(hour), minutes=60, bank_holidays=BankHolidays.ON,
    )  # fmt: skip
    starts = [moment.astimezone(LONDON) for moment, _ in dates_of(draft)]
    assert starts == sorted(set(starts))
    assert all(moment.weekday() in weekdays and moment.time() == time(hour) for moment in starts)
    assert all(start <= moment.date() <= start + timedelta(days=length) for moment in starts)
    wanted = sum((start + timedelta(days=n)).weekday() in weekdays for n in range(length + 1))
    assert len(starts) == wanted
