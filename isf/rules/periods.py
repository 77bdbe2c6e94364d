"""Half-open periods of days, and what an amount comes to for a part of one, to the penny (`rules.md` 12, 20)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.kernel.formats import count
from marketplace.kernel.money import Money


def runs_on(starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether a half-open period holds a day."""
    return starts_on <= day and (ends_on is None or day < ends_on)


def last_day(ends_on: date) -> date:
    """The last day inside a half-open period; what people read and type."""
    return ends_on - timedelta(days=1)


def first_day_after(last: date) -> date:
    """The end of a half-open period whose last day is told."""
    return last + timedelta(days=1)


def weeks_and_days(starts_on: date, ends_on: date) -> str:
    """How long a half-open period is, in words: `52 weeks and 1 day`."""
    weeks, days = divmod(max((ends_on - starts_on).days, 0), 7)
    told = [count(weeks, "week")] if weeks else []
    if days or not weeks:
        told.append(count(days, "day"))
    return " and ".join(told)


def for_days(weekly: Money, days: int) -> Money:
    """What a weekly amount comes to for so many days, the half penny up: part weeks, leap years and 53 weeks alike."""
    return Money((2 * weekly.pence * days + 7) // 14)


@dataclass(frozen=True, slots=True)
class Spread:
    """An amount over a half-open period: by the week where it was set so, else evenly by the day."""

    amount: Money
    starts_on: date
    ends_on: date
    weekly: Money | None = None

    def by(self, day: date) -> Money:
        """What belongs to the days before `day`; all of it from the end on. Parts of a period add up to the whole."""
        days = (self.ends_on - self.starts_on).days
        gone = min(max((day - self.starts_on).days, 0), days)
        if gone == days or self.weekly is None:
            return Money(self.amount.pence * gone // days)
        return for_days(self.weekly, gone)


def first_days(starts_on: date, ends_on: date) -> Iterator[tuple[date, date]]:
    """The months of a half-open period: each one's first day inside, and the first day after it."""
    day = starts_on
    while day < ends_on:
        after = min((day.replace(day=1) + timedelta(days=32)).replace(day=1), ends_on)
        yield day, after
        day = after
