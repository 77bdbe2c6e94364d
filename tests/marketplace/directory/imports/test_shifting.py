"""Old dates move by whole weeks and keep their time on the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.directory.imports.openactive import parse_openactive
from marketplace.directory.imports.records import ImportedActivity
from marketplace.directory.imports.shifting import earliest_start, shift_activity, shift_weeks, shifted
from marketplace.kernel.clock import LONDON, london_day

pytestmark = pytest.mark.row("X2")
MONDAY = datetime(2020, 1, 6, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("to", "lands_on"),
    [
        (date(2026, 11, 23), date(2026, 11, 23)),  # a Monday: on the day itself
        (date(2026, 11, 24), date(2026, 11, 30)),  # a Tuesday: on the first Monday after it
        (date(2026, 11, 29), date(2026, 11, 30)),
        (date(2020, 1, 6), date(2020, 1, 6)),
        (date(2019, 12, 1), date(2019, 12, 2)),  # back in time as well
    ],
)
def test_the_earliest_session_lands_within_the_week_that_is_asked_for(to: date, lands_on: date) -> None:
    assert london_day(shifted(MONDAY, shift_weeks(MONDAY, to))) == lands_on


def test_monday_at_seven_stays_monday_at_seven_in_summer() -> None:
    moved = shifted(MONDAY, shift_weeks(MONDAY, date(2026, 6, 1)))
    assert moved == datetime(2026, 6, 1, 18, tzinfo=UTC)
    assert moved.astimezone(LONDON).strftime("%A %H:%M") == "Monday 19:00"


def test_a_late_evening_in_summer_belongs_to_its_london_day() -> None:
    late = datetime(2020, 7, 6, 23, 30, tzinfo=UTC)  # Tuesday 00:30 in London
    assert london_day(shifted(late, shift_weeks(late, date(2026, 1, 6)))) == date(2026, 1, 6)


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    st.dates(date(2015, 1, 1), date(2030, 1, 1)),
)
def test_weekday_and_clock_time_survive_any_shift(moment: datetime, to: date) -> None:
    by = shift_weeks(moment, to)
    before, after = moment.astimezone(LONDON), shifted(moment, by).astimezone(LONDON)
    assert timedelta(0) <= after.date() - to < timedelta(weeks=1)
    assert after.weekday() == before.weekday()
    # The hour that a spring night lacks moves on by one, as `from_wall` says.
    skipped = before.hour == 1 and after.hour == 2
    assert skipped or after.time() == before.time()


def test_only_whole_weeks_are_moved() -> None:
    with pytest.raises(ValueError, match="whole number of weeks"):
        shifted(MONDAY, timedelta(days=1))


def test_sessions_move_together_and_keep_their_length() -> None:
    page = parse_openactive(
        b'{"items": [{"state": "updated", "id": "1", "modified": 1, "data": {"name": "Darts", "duration": "PT2H",'
        b' "subEvent": [{"startDate": "2020-01-13T19:00:00Z"}, {"startDate": "2020-01-06T19:00:00Z"}]}}]}'
    )
    activity = page.records[0]
    assert isinstance(activity, ImportedActivity)
    earliest = earliest_start(page.records)
    assert earliest == MONDAY
    moved = shift_activity(activity, shift_weeks(earliest, date(2026, 6, 1)))
    assert [session.starts_at for session in moved.sessions] == [
        datetime(2026, 6, 1, 18, tzinfo=UTC),
        datetime(2026, 6, 8, 18, tzinfo=UTC),
    ]
    assert {session.ends_at - session.starts_at for session in moved.sessions} == {timedelta(hours=2)}
    assert [session.source_id for session in moved.sessions] == [
        session.source_id for session in activity.sessions
    ]


def test_without_sessions_there_is_nothing_to_shift() -> None:
    assert earliest_start(()) is None
