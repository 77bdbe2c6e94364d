"""How values read on a page: money, days, times and places, always in London's civil time (`rules.md` 12).

Pure functions; `FILTERS` is what the page renderer registers with Jinja.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Protocol
from urllib.parse import urlencode

from marketplace.kernel.clock import LONDON, today
from marketplace.kernel.money import Money
from marketplace.kernel.week_cells import week_cells

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Not strftime: page words must not change with the machine's locale.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Timed(Protocol):
    """Anything that lasts from one moment to another."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


def _pence(amount: int | Money) -> int:
    return amount.pence if isinstance(amount, Money) else int(amount)


def money(amount: int | Money) -> str:
    """Pence as `£1,234.50`; below zero as words, `minus £3.50`, because a lone dash is easy to miss."""
    pence = _pence(amount)
    return f"{'minus ' if pence < 0 else ''}{Money(abs(pence))}"


def price(amount: int | Money) -> str:
    """What something costs: `Free`, or the money."""
    return money(amount) if _pence(amount) else "Free"


def _civil(value: date | datetime) -> date:
    """The London day of a moment; a date is one already."""
    if isinstance(value, datetime):
        return value.astimezone(LONDON).date() if value.tzinfo else value.date()
    return value


def _wall(value: datetime | time) -> time:
    """The London wall time of a moment."""
    if isinstance(value, datetime):
        return (value.astimezone(LONDON) if value.tzinfo else value).time()
    return value


def _with_year(text: str, shown: date) -> str:
    return text if shown.year == today().year else f"{text} {shown.year}"


def day(value: date | datetime) -> str:
    """`Tuesday 24 November`, and the year when it is not this one."""
    shown = _civil(value)
    return _with_year(f"{DAYS[shown.weekday()]} {shown.day} {MONTHS[shown.month - 1]}", shown)


def short_day(value: date | datetime) -> str:
    """`Tue 24 Nov`, and the year when it is not this one; for cards and narrow tables."""
    shown = _civil(value)
    return _with_year(f"{DAYS[shown.weekday()][:3]} {shown.day} {MONTHS[shown.month - 1][:3]}", shown)


def full_date(value: date | datetime) -> str:
    """`24 November 2026`, always with the year; for documents."""
    shown = _civil(value)
    return f"{shown.day} {MONTHS[shown.month - 1]} {shown.year}"


def month(value: date | datetime) -> str:
    """`November 2026`."""
    shown = _civil(value)
    return f"{MONTHS[shown.month - 1]} {shown.year}"


def week(monday: date) -> str:
    """A week by its first day: `23 to 29 November 2026`, `30 November to 6 December 2026`."""
    first = _civil(monday)
    last = date.fromordinal(first.toordinal() + 6)
    if first.year != last.year:
        return f"{full_date(first)} to {full_date(last)}"
    if first.month != last.month:
        return f"{first.day} {MONTHS[first.month - 1]} to {full_date(last)}"
    return f"{first.day} to {full_date(last)}"


def clock_time(value: datetime | time) -> str:
    """`10:00`, London wall time."""
    return _wall(value).strftime("%H:%M")


def _ends(value: Timed | Mapping[str, Any] | tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, Mapping):
        return value["starts_at"], value["ends_at"]
    return value.starts_at, value.ends_at


def times(value: Timed | Mapping[str, Any] | tuple[datetime, datetime]) -> str:
    """`10:00 to 15:00`."""
    start, end = _ends(value)
    return f"{clock_time(start)} to {clock_time(end)}"


def when(value: Timed | Mapping[str, Any] | tuple[datetime, datetime]) -> str:
    """A dated session's range: `Tuesday 24 November, 10:00 to 15:00`; over midnight it names both days."""
    start, end = _ends(value)
    if _civil(start) == _civil(end):
        return f"{day(start)}, {times((start, end))}"
    return f"{day(start)}, {clock_time(start)} to {day(end)}, {clock_time(end)}"


def iso(value: date | datetime) -> str:
    """For `<time datetime>`: the civil day, or the London moment with its offset."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(LONDON).isoformat(timespec="minutes")
    return value.isoformat()


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 place`, `3 places`, `1,200 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def places_left(number: int) -> str:
    """`3 places left`, `1 place left`, `Full`."""
    return f"{count(number, 'place')} left" if number > 0 else "Full"


def miles(metres: float) -> str:
    """A distance in metres as people say it: `6 miles`, `1 mile`, `less than 1 mile`."""
    rounded = round(metres / 1609.344)
    return count(rounded, "mile") if rounded else "less than 1 mile"


def link(path: str, params: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A path with its query; a change of None drops that parameter, empty ones never show.

    `"/find" | link(params, page=2)`. Lists repeat their name.
    """
    merged = {**(params or {}), **changes}
    kept = {name: value for name, value in merged.items() if value not in (None, "", [], ())}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


FILTERS: dict[str, Callable[..., Any]] = {
    "money": money,
    "price": price,
    "day": day,
    "short_day": short_day,
    "full_date": full_date,
    "month": month,
    "week": week,
    "time": clock_time,
    "times": times,
    "when": when,
    "iso": iso,
    "count_of": count,
    "places_left": places_left,
    "miles": miles,
    "link": link,
    "week_cells": week_cells,
}
