"""The time, injected; UTC for moments, Europe/London for civil days (`rules.md` 12)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The moment, with UTC as its zone."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's moment in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it is set; for tests and simulations."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self.at


_clock: ContextVar[Clock] = ContextVar("clock", default=SystemClock())  # noqa: B039 - it holds no state


@contextmanager
def use_clock(clock: Clock) -> Iterator[Clock]:
    """Run a block by another clock."""
    token = _clock.set(clock)
    try:
        yield clock
    finally:
        _clock.reset(token)


def now() -> datetime:
    """This moment in UTC."""
    return _clock.get().now()


def today() -> date:
    """This civil day in London."""
    return london_day(now())


def london_day(moment: datetime) -> date:
    """The civil day in London on which a moment falls."""
    return moment.astimezone(LONDON).date()


def from_wall(day: date, at: time) -> datetime:
    """The UTC moment of a London wall time.

    An hour that happens twice (October) is the first; one that does not exist (March) moves on by an hour.
    """
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)


def week_of(day: date) -> date:
    """The Monday that starts the week (`rules.md` 12)."""
    return day - timedelta(days=day.weekday())


def financial_year_end(day: date) -> date:
    """The 31 March that closes the financial year of a day (`rules.md` 12)."""
    # Council years close on 31 March, London time.
    return date(day.year + (day > date(day.year, 3, 31)), 3, 31)
