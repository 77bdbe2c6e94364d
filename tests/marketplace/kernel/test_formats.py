"""Words and figures read the same on every page."""

from datetime import UTC, date, datetime, time

import pytest

from marketplace.kernel import formats
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.money import Money

NOVEMBER = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("pence", "shown"),
    [(3850, "£38.50"), (0, "£0.00"), (5, "£0.05"), (123450, "£1,234.50"), (-350, "minus £3.50")],
)
def test_money_shows_pounds_and_pence(pence: int, shown: str) -> None:
    assert formats.money(pence) == shown
    assert formats.money(Money(pence)) == shown


def test_nothing_to_pay_reads_as_free() -> None:
    assert formats.price(0) == "Free"
    assert formats.price(620) == "£6.20"


def test_a_day_leaves_out_this_year_and_says_another() -> None:
    with use_clock(NOVEMBER):
        assert formats.day(date(2026, 11, 24)) == "Tuesday 24 November"
        assert formats.day(date(2027, 1, 5)) == "Tuesday 5 January 2027"
        assert formats.short_day(date(2026, 11, 24)) == "Tue 24 Nov"


def test_moments_are_read_by_london_clocks() -> None:
    with use_clock(NOVEMBER):
        summer = datetime(2026, 7, 7, 23, 30, tzinfo=UTC)
        assert formats.day(summer) == "Wednesday 8 July"
        assert formats.clock_time(summer) == "00:30"
        assert formats.iso(summer) == "2026-07-08T00:30+01:00"
    assert formats.clock_time(time(9, 5)) == "09:05"


def test_a_session_says_when() -> None:
    start, end = datetime(2026, 11, 24, 10, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC)
    with use_clock(NOVEMBER):
        assert formats.when((start, end)) == "Tuesday 24 November, 10:00 to 15:00"
        assert formats.when({"starts_at": start, "ends_at": end}) == "Tuesday 24 November, 10:00 to 15:00"
        night = datetime(2026, 11, 25, 7, tzinfo=UTC)
        assert formats.when((start, night)) == "Tuesday 24 November, 10:00 to Wednesday 25 November, 07:00"


@pytest.mark.parametrize(
    ("monday", "shown"),
    [
        (date(2026, 11, 23), "23 to 29 November 2026"),
        (date(2026, 11, 30), "30 November to 6 December 2026"),
        (date(2026, 12, 28), "28 December 2026 to 3 January 2027"),
    ],
)
def test_a_week_names_what_changes(monday: date, shown: str) -> None:
    assert formats.week(monday) == shown


def test_documents_show_whole_dates() -> None:
    assert formats.full_date(date(2026, 11, 4)) == "4 November 2026"
    assert formats.month(date(2026, 11, 4)) == "November 2026"


@pytest.mark.parametrize(("left", "shown"), [(3, "3 places left"), (1, "1 place left"), (0, "Full")])
def test_places_left_in_words(left: int, shown: str) -> None:
    assert formats.places_left(left) == shown


def test_counts_take_an_odd_plural() -> None:
    assert formats.count(38, "activity", "activities") == "38 activities"
    assert formats.count(1, "activity", "activities") == "1 activity"


@pytest.mark.parametrize(
    ("metres", "shown"),
    [(300, "less than 1 mile"), (1500, "1 mile"), (9656, "6 miles"), (0, "less than 1 mile")],
)
def test_distance_is_said_in_whole_miles(metres: float, shown: str) -> None:
    assert formats.miles(metres) == shown


def test_a_link_keeps_drops_and_changes_its_query() -> None:
    chosen = {"q": "garden group", "day": "", "access": ["hoist", "parking"], "page": 3}
    assert formats.link("/find", chosen, page=None) == "/find?q=garden+group&access=hoist&access=parking"
    assert formats.link("/find", {"q": "x"}, page=2) == "/find?q=x&page=2"
    assert formats.link("/find") == "/find"
