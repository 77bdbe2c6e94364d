"""Weekly timetables on London wall time: values in, dates out (RFC 5545 rules; `rules.md` 12)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final

import holidays
from dateutil.rrule import rrulestr

from marketplace.kernel.clock import from_wall
from marketplace.kernel.errors import Invalid

LONGEST_DAYS: Final = 1100
"""A timetable lasts about three years at most: its dates are all made at once, and people plan by the year."""


class Weekday(IntEnum):
    """A day of the week, as `date.weekday()` counts it."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6

    @property
    def code(self) -> str:
        """The two letters of RFC 5545."""
        return self.name[:2]

    @property
    def label(self) -> str:
        """The day as it is written."""
        return self.name.capitalize()


class BankHolidays(StrEnum):
    """Whether an activity happens on England's bank holidays."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class TimetableDraft:
    """A weekly timetable as somebody asks for it; `ends_on` is the last day on which it can happen."""

    weekdays: frozenset[Weekday]
    start_time: time
    minutes: int
    starts_on: date
    ends_on: date
    interval_weeks: int = 1
    except_on: frozenset[date] = frozenset()
    bank_holidays: BankHolidays = BankHolidays.OFF
    capacity: int | None = None
    """Places on each date; None takes the activity's."""

    @property
    def rule(self) -> str:
        """The RFC 5545 rule that is kept."""
        every = f";INTERVAL={self.interval_weeks}" if self.interval_weeks > 1 else ""
        days = ",".join(day.code for day in sorted(self.weekdays))
        return f"FREQ=WEEKLY{every};WKST=MO;BYDAY={days}"

    @property
    def days_off(self) -> frozenset[date]:
        """Every day on which it does not happen: the exceptions, and the bank holidays when they are off."""
        if self.bank_holidays is BankHolidays.ON:
            return self.except_on
        between = bank_holidays(self.starts_on, self.ends_on)
        return self.except_on.union(day for day in between if Weekday(day.weekday()) in self.weekdays)


def check(draft: TimetableDraft) -> None:
    """Raises Invalid, field by field, when the timetable cannot be kept."""
    wrong: dict[str, str] = {}
    if not draft.weekdays:
        wrong["weekdays"] = "Choose one day of the week or more"
    if not 5 <= draft.minutes <= 24 * 60:
        wrong["minutes"] = "Enter a length from 5 minutes to 24 hours"
    if not 1 <= draft.interval_weeks <= 26:
        wrong["interval_weeks"] = "Enter a number of weeks from 1 to 26"
    if draft.ends_on < draft.starts_on:
        wrong["ends_on"] = "Enter a last day that is not before the first day"
    elif (draft.ends_on - draft.starts_on).days > LONGEST_DAYS:
        wrong["ends_on"] = "Enter a last day within 3 years of the first day"
    elif not 2000 <= draft.starts_on.year <= 2100:
        wrong["starts_on"] = "Enter a year from 2000 to 2100"
    if draft.capacity is not None and not 1 <= draft.capacity <= 10_000:
        wrong["capacity"] = "Enter a number of places from 1 to 10,000"
    if wrong:
        raise Invalid(wrong)


def expand(rule: str, starts_on: date, ends_on: date, except_on: Collection[date] = ()) -> list[date]:
    """The days of an RFC 5545 rule from one day to another (both included), without the exceptions.

    Days only: the wall time is put on each day afterwards, so that 10:00 stays 10:00 over both clock changes.
    """
    first, last = datetime.combine(starts_on, time(0)), datetime.combine(ends_on, time(0))
    days = (moment.date() for moment in rrulestr(rule, dtstart=first).between(first, last, inc=True))
    return [day for day in days if day not in set(except_on)]


def moments(days: Collection[date], start_time: time, minutes: int) -> list[tuple[datetime, datetime]]:
    """The UTC start and end of a session on each day, from London wall time."""
    length = timedelta(minutes=minutes)
    return [(start, start + length) for start in (from_wall(day, start_time) for day in days)]


def dates_of(draft: TimetableDraft) -> list[tuple[datetime, datetime]]:
    """Every start and end that a timetable makes. Raises Invalid when it makes none."""
    check(draft)
    days = expand(draft.rule, draft.starts_on, draft.ends_on, draft.days_off)
    if not days:
        raise Invalid({"ends_on": "There is no date between the first and the last day: choose other days"})
    return moments(days, draft.start_time, draft.minutes)


def bank_holidays(first: date, last: date) -> Mapping[date, str]:
    """England's bank holidays from one day to another (both included), with their names."""
    known: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        known |= {day: name for day, name in _of_year(year).items() if first <= day <= last}
    return known


@lru_cache(maxsize=16)
def _of_year(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("GB", subdiv="ENG", years=year))


def rule_in_words(rule: str) -> str:
    """A weekly rule of ours as people say it: `Every Tuesday and Thursday`, `Every 2 weeks on Tuesday`."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    codes = parts.get("BYDAY", "").split(",")
    names = [day.label for day in Weekday if day.code in codes]
    days = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    weeks = parts.get("INTERVAL", "1")
    return f"Every {days}" if weeks == "1" else f"Every {weeks} weeks on {days}"
