"""Rules that recur, without a database: what RFC 5545 says, what can be said in words, and what is refused."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.kernel.clock import LONDON
from marketplace.kernel.errors import Invalid
from providers.timetables.recurrence import LAST, Frequency, Recurrence, Weekday, kept, parse, weekly
from providers.timetables.rules import BankHolidays, InTerms, Pattern, TimetableDraft, dates_of, moments
from providers.timetables.words import rule_in_words

pytestmark = pytest.mark.row("P4")

TUESDAY = date(2026, 9, 1)

RECURRENCES = st.one_of(
    st.builds(Recurrence, st.just(Frequency.DAILY), st.integers(1, 40)),
    st.builds(weekly, st.frozensets(st.sampled_from(Weekday), min_size=1), st.integers(1, 9)),
    st.builds(
        Recurrence, st.just(Frequency.MONTHLY), st.integers(1, 12),
        month_days=st.frozensets(st.sampled_from([*range(1, 32), LAST]), min_size=1, max_size=4),
    ),
    st.builds(
        Recurrence, st.just(Frequency.MONTHLY), st.integers(1, 12),
        nth_weekdays=st.frozensets(
            st.tuples(st.sampled_from([1, 2, 3, 4, LAST]), st.sampled_from(Weekday)), min_size=1, max_size=3
        ),
    ),
)  # fmt: skip


# A busy machine draws slowly; that says nothing about the rules.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    recurrence=RECURRENCES,
    starts_on=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    later=st.integers(-30, 800),
    length=st.integers(0, 500),
)
def test_days_are_those_of_the_library_whatever_part_of_the_rule_is_asked_for(
    recurrence: Recurrence, starts_on: date, later: int, length: int
) -> None:
    first, last = starts_on + timedelta(days=later), starts_on + timedelta(days=later + length)
    at = [datetime.combine(day, time(0)) for day in (starts_on, first, last)]
    truth = [
        moment.date() for moment in rrulestr(recurrence.rule, dtstart=at[0]).between(at[1], at[2], inc=True)
    ]
    assert list(recurrence.days(starts_on, first, last)) == truth


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(recurrence=RECURRENCES)
def test_a_kept_rule_is_read_back_as_it_was_and_has_words(recurrence: Recurrence) -> None:
    assert kept(recurrence.rule) == recurrence
    assert recurrence.problem() == ""
    assert len(rule_in_words(recurrence.rule)) > 8


@pytest.mark.parametrize(
    ("rule", "words", "days"),
    [
        ("FREQ=MONTHLY;BYDAY=1TU", "The first Tuesday of every month", ["2026-09-01", "2026-10-06", "2026-11-03"]),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,3", "The first Tuesday and third Tuesday of every month",
         ["2026-09-01", "2026-09-15", "2026-10-06"]),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "The last Friday of every 2 months",
         ["2026-09-25", "2026-11-27", "2027-01-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "The 31st of every month", ["2026-10-31", "2026-12-31", "2027-01-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "The last day of every month", ["2026-09-30", "2026-10-31", "2026-11-30"]),
        ("FREQ=MONTHLY", "The 1st of every month", ["2026-09-01", "2026-10-01", "2026-11-01"]),
        ("RRULE:FREQ=DAILY;INTERVAL=3", "Every 3 days", ["2026-09-01", "2026-09-04", "2026-09-07"]),
        ("FREQ=DAILY;BYDAY=SA,SU", "Every Saturday and Sunday", ["2026-09-05", "2026-09-06", "2026-09-12"]),
        ("freq=weekly;interval=2", "Every 2 weeks on Tuesday", ["2026-09-01", "2026-09-15", "2026-09-29"]),
    ],
)  # fmt: skip
def test_typed_rules_are_kept_and_said_in_words(rule: str, words: str, days: list[str]) -> None:
    recurrence = parse(rule, TUESDAY).recurrence
    assert rule_in_words(recurrence.rule) == words
    found = recurrence.days(TUESDAY, TUESDAY, date(2028, 1, 1))
    assert [next(found).isoformat() for _ in days] == days


@pytest.mark.parametrize(
    ("rule", "because"),
    [
        ("FREQ=SECONDLY", "repeat by the day, week or month"),
        ("FREQ=YEARLY", "repeat by the day, week or month"),
        ("FREQ=DAILY;BYHOUR=9,17", "hours"),
        ("FREQ=MONTHLY;BYDAY=5MO", "not a weekday that can be used"),
        ("FREQ=MONTHLY;BYDAY=TU", "which weekday of the month"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "Use FREQ=MONTHLY"),
        ("FREQ=WEEKLY;INTERVAL=0", "whole number after INTERVAL"),
        ("FREQ=WEEKLY;INTERVAL=53", "from 1 to 52"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "weeks begin on Monday"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20270101", "not both"),
        ("FREQ=WEEKLY;UNTIL=soon", "after UNTIL="),
        ("FREQ=WEEKLY;FREQ=DAILY", "each part once"),
        ("every tuesday", "each part once"),
        ("", "each part once"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "from 1 to 31"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_words(rule: str, because: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(rule, TUESDAY)
    assert because in refused.value.fields["rule"]


def test_a_number_of_times_and_a_last_day_become_the_last_day() -> None:
    assert parse("FREQ=WEEKLY;COUNT=3", TUESDAY).ends_on(TUESDAY) == date(2026, 9, 15)
    assert parse("FREQ=WEEKLY;UNTIL=20261231T235959Z", TUESDAY).ends_on(TUESDAY) == date(2026, 12, 31)
    assert parse("FREQ=WEEKLY", TUESDAY).ends_on(TUESDAY) is None


AUTUMN, SPRING = (date(2026, 9, 3), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18))
TUESDAYS = Pattern(
    weekly(frozenset({Weekday.TUESDAY})), date(2026, 8, 1), in_terms=InTerms.TERM_TIME, terms=(AUTUMN, SPRING)
)


def test_term_time_only_leaves_out_the_holidays_and_waits_where_no_term_is_known() -> None:
    found = TUESDAYS.days(date(2026, 8, 1), date(2027, 6, 1))
    assert (found[0], found[-1]) == (date(2026, 9, 8), date(2026, 12, 15))
    assert date(2026, 10, 27) not in found
    assert TUESDAYS.known_until(date(2027, 6, 1)) == date(2026, 12, 18)


def test_holidays_only_are_the_days_between_terms() -> None:
    holidays = Pattern(
        TUESDAYS.recurrence, date(2026, 8, 1), in_terms=InTerms.HOLIDAYS, terms=(AUTUMN, SPRING)
    )
    assert holidays.days(date(2026, 8, 1), date(2027, 6, 1)) == [date(2026, 10, 27)]


def test_extra_days_come_on_bank_holidays_too_and_an_exception_takes_anything_away() -> None:
    boxing_day = date(2026, 12, 26)
    pattern = Pattern(
        weekly(frozenset({Weekday.TUESDAY})), TUESDAY, except_on=frozenset({date(2026, 9, 8), date(2026, 9, 12)}),
        also_on=frozenset({boxing_day, date(2026, 9, 12)}), bank_holidays=BankHolidays.OFF,
    )  # fmt: skip
    found = pattern.days(TUESDAY, date(2026, 12, 31))
    assert boxing_day in found
    assert not {date(2026, 9, 8), date(2026, 9, 12)} & set(found)
    assert found == sorted(found)


def test_the_hour_that_does_not_exist_moves_on_and_the_one_that_is_twice_is_the_first() -> None:
    ((spring, _), (autumn, end)) = moments([date(2027, 3, 28), date(2026, 10, 25)], time(1, 30), 60)
    assert spring == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert spring.astimezone(LONDON).time() == time(2, 30)
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert autumn.astimezone(LONDON).time() == time(1, 30)
    assert end.astimezone(LONDON).replace(tzinfo=None) == datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001 - the second


def test_a_timetable_without_an_end_shows_half_a_year() -> None:
    draft = TimetableDraft(frozenset({Weekday.TUESDAY}), time(10), 60, TUESDAY)
    assert len(dates_of(draft)) == 27
