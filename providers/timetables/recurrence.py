"""How often something happens: the part of RFC 5545 that a person can choose and that can be said in words (P4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from dateutil.rrule import rrulestr

from marketplace.kernel.clock import week_of
from marketplace.kernel.errors import Invalid

LAST: Final = -1
"""Counted from the end of the month, as RFC 5545 writes it."""


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


class Frequency(StrEnum):
    """The unit in which a rule counts."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"

    @property
    def unit(self) -> str:
        """The unit in words."""
        return {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month"}[self.value]

    @property
    def most(self) -> int:
        """The longest interval: about a year."""
        return {"DAILY": 365, "WEEKLY": 52, "MONTHLY": 12}[self.value]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule without its dates: every so many days, weeks on weekdays, or months on days or weekdays of the month."""

    frequency: Frequency
    interval: int = 1
    weekdays: frozenset[Weekday] = frozenset()
    """Of a weekly rule."""
    month_days: frozenset[int] = frozenset()
    """Of a monthly rule: 1 to 31, or `LAST`. A month without that day is left out."""
    nth_weekdays: frozenset[tuple[int, Weekday]] = frozenset()
    """Of a monthly rule: the first to the fourth (or `LAST`) of a weekday in the month."""

    @property
    def rule(self) -> str:
        """The RFC 5545 rule that is kept; its first and last day are kept beside it."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            parts += ["WKST=MO", "BYDAY=" + ",".join(day.code for day in sorted(self.weekdays))]
        if self.month_days:
            parts.append("BYMONTHDAY=" + ",".join(str(day) for day in _in_order(self.month_days)))
        if self.nth_weekdays:
            nths = sorted(self.nth_weekdays, key=lambda nth: (nth[0] < 0, nth))
            parts.append("BYDAY=" + ",".join(f"{place}{day.code}" for place, day in nths))
        return ";".join(parts)

    def problem(self) -> str:
        """What is wrong with it, in words; empty when it can be kept."""
        if not 1 <= self.interval <= self.frequency.most:
            return f"Enter a number of {self.frequency.unit}s from 1 to {self.frequency.most}"
        if self.frequency is Frequency.WEEKLY and not self.weekdays:
            return "Choose one day of the week or more"
        if self.frequency is Frequency.MONTHLY and bool(self.month_days) == bool(self.nth_weekdays):
            return "Choose days of the month, or weekdays of the month"
        if any(not (1 <= day <= 31 or day == LAST) for day in self.month_days):
            return "Enter days of the month from 1 to 31"
        if any(not (1 <= place <= 4 or place == LAST) for place, _ in self.nth_weekdays):
            return "Choose the first, second, third, fourth or last of a weekday in the month"
        return ""

    def days(self, starts_on: date, first: date, last: date) -> Iterator[date]:
        """The days from `first` to `last` (both included) of the rule that begins to count on `starts_on`.

        Days only: the wall time is put on each day afterwards, so that 10:00 stays 10:00 over both clock changes.
        """
        first = max(first, starts_on)
        if self.frequency is Frequency.DAILY:
            yield from self._daily(starts_on, first, last)
        elif self.frequency is Frequency.WEEKLY:
            yield from self._weekly(starts_on, first, last)
        else:
            # Rare, and full of corners (the 31st, the last Friday): here the library is the truth.
            begins, ends = (datetime.combine(day, time(0)) for day in (starts_on, last))
            for moment in rrulestr(self.rule, dtstart=begins).xafter(
                datetime.combine(first, time(0)), inc=True
            ):
                if moment > ends:
                    return
                yield moment.date()

    # A nightly job expands thousands of these two. A test holds them to the library, day by day.
    def _daily(self, starts_on: date, first: date, last: date) -> Iterator[date]:
        gone = -((starts_on - first).days // self.interval)
        day = starts_on + timedelta(days=gone * self.interval)
        while day <= last:
            yield day
            day += timedelta(days=self.interval)

    def _weekly(self, starts_on: date, first: date, last: date) -> Iterator[date]:
        step, in_week = timedelta(weeks=self.interval), sorted(self.weekdays)
        monday = week_of(starts_on)
        monday += (week_of(first) - monday) // step * step
        while monday <= last:
            for weekday in in_week:
                day = monday + timedelta(days=weekday)
                if first <= day <= last:
                    yield day
            monday += step


def weekly(weekdays: frozenset[Weekday], interval: int = 1) -> Recurrence:
    """Every so many weeks on these days."""
    return Recurrence(Frequency.WEEKLY, interval, weekdays=weekdays)


def _in_order(days: frozenset[int]) -> list[int]:
    return sorted(days, key=lambda day: (day < 0, day))


@dataclass(frozen=True, slots=True)
class Imported:
    """A typed or imported rule: how often, and where it ends: on a day, after a number of times, or never."""

    recurrence: Recurrence
    until: date | None = None
    times: int | None = None

    def ends_on(self, starts_on: date) -> date | None:
        """The last day; None when it goes on. A number of times counts what exceptions take away, as RFC 5545 does."""
        if self.times is None:
            return self.until
        far = starts_on.replace(year=min(starts_on.year + 60, 2100), day=min(starts_on.day, 28))
        for number, day in enumerate(self.recurrence.days(starts_on, starts_on, far), start=1):
            if number == self.times:
                return day
        return far


_KNOWN: Final = frozenset({"FREQ", "INTERVAL", "WKST", "BYDAY", "BYMONTHDAY", "BYSETPOS", "UNTIL", "COUNT"})
_WORDS: Final = {
    "BYSECOND": "seconds", "BYMINUTE": "minutes", "BYHOUR": "hours", "BYYEARDAY": "days of the year",
    "BYWEEKNO": "weeks of the year", "BYMONTH": "some months only",
}  # fmt: skip


def _refuse(words: str) -> Invalid:
    return Invalid({"rule": words})


def parse(text: str, starts_on: date) -> Imported:
    """A rule as it was typed or imported, like `FREQ=MONTHLY;BYDAY=1TU`, with or without `RRULE:` before it.

    What cannot be kept and said in words is refused. Raises Invalid at `rule`.
    """
    parts = _parts(text)
    try:
        frequency = Frequency(parts["FREQ"])
    except ValueError:
        raise _refuse(
            f"You cannot use FREQ={parts['FREQ'][:20]}, because activities repeat by the day, week or month. "
            "Use DAILY, WEEKLY or MONTHLY"
        ) from None
    if "UNTIL" in parts and "COUNT" in parts:
        raise _refuse("Use UNTIL or COUNT, not both")
    interval = _number(parts, "INTERVAL", 1)
    if parts.get("WKST", "MO") != "MO" and frequency is Frequency.WEEKLY and interval > 1:
        raise _refuse("You cannot use WKST here, because weeks begin on Monday. Leave WKST out")
    recurrence = _recurrence(frequency, interval, parts, starts_on)
    if wrong := recurrence.problem():
        raise _refuse(wrong)
    return Imported(recurrence, _until(parts.get("UNTIL")), _times(parts))


def kept(rule: str) -> Recurrence:
    """A rule of ours, as the database keeps it."""
    return parse(rule, date(2000, 1, 3)).recurrence


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = piece.strip().partition("=")
        if not equals or not value or name in parts:
            raise _refuse("Enter a rule like FREQ=WEEKLY;BYDAY=TU, each part once")
        if name not in _KNOWN:
            about = _WORDS.get(name, f"“{name[:20]}”")
            raise _refuse(
                f"You cannot use {about} in a rule. Use FREQ, INTERVAL, BYDAY, BYMONTHDAY, UNTIL or COUNT"
            )
        parts[name] = value
    if "FREQ" not in parts:
        raise _refuse("Say how often, like FREQ=WEEKLY")
    return parts


def _number(parts: dict[str, str], name: str, otherwise: int) -> int:
    value = parts.get(name, str(otherwise))
    if not (value.isascii() and value.isdecimal() and len(value) < 6 and int(value)):
        raise _refuse(f"Enter a whole number after {name}=")
    return int(value)


def _times(parts: dict[str, str]) -> int | None:
    if "COUNT" not in parts:
        return None
    times = _number(parts, "COUNT", 1)
    if times > 5_000:
        raise _refuse("Enter a COUNT of 5,000 or less, or leave it out")
    return times


def _until(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value[:8], "%Y%m%d").date()  # noqa: DTZ007 - a civil day
    except ValueError:
        raise _refuse("Enter the last day after UNTIL= like 20270331") from None


def _recurrence(frequency: Frequency, interval: int, parts: dict[str, str], starts_on: date) -> Recurrence:
    days = _weekdays(parts.get("BYDAY", ""))
    month_days = _month_days(parts.get("BYMONTHDAY", ""))
    if "BYSETPOS" in parts:
        days = _by_place(frequency, days, parts["BYSETPOS"])
    plain = frozenset(day for place, day in days if place == 0)
    if frequency is Frequency.MONTHLY:
        if plain:
            raise _refuse("Say which weekday of the month, like BYDAY=1TU for the first Tuesday")
        if not days and not month_days:
            month_days = frozenset({starts_on.day})
        return Recurrence(frequency, interval, month_days=month_days, nth_weekdays=frozenset(days))
    if month_days or len(plain) != len(days):
        raise _refuse("You cannot use days of the month in a daily or weekly rule. Use FREQ=MONTHLY")
    if frequency is Frequency.WEEKLY:
        return weekly(plain or frozenset({Weekday(starts_on.weekday())}), interval)
    if plain and interval > 1:
        raise _refuse("You cannot use BYDAY with every second day or more. Use FREQ=WEEKLY")
    return weekly(plain) if plain else Recurrence(frequency, interval)


def _weekdays(value: str) -> set[tuple[int, Weekday]]:
    codes = {day.code: day for day in Weekday}
    found: set[tuple[int, Weekday]] = set()
    for item in filter(None, value.split(",")):
        place, code = item[:-2].removeprefix("+"), item[-2:]
        if code not in codes or place not in ("", "1", "2", "3", "4", "-1"):
            raise _refuse(
                f"“{item[:20]}” is not a weekday that can be used. Use MO to SU, or 1MO to 4MO, or -1MO for the last"
            )
        found.add((int(place or 0), codes[code]))
    return found


def _by_place(frequency: Frequency, days: set[tuple[int, Weekday]], value: str) -> set[tuple[int, Weekday]]:
    # Some calendars write the first Tuesday as BYDAY=TU;BYSETPOS=1.
    places = value.split(",")
    if (
        frequency is not Frequency.MONTHLY or len(days) != 1 or next(iter(days))[0]
        or any(place not in ("1", "2", "3", "4", "-1") for place in places)
    ):  # fmt: skip
        raise _refuse("You can use BYSETPOS only with one weekday of a monthly rule, from 1 to 4, or -1")
    return {(int(place), next(iter(days))[1]) for place in places}


def _month_days(value: str) -> frozenset[int]:
    items = [item for item in value.split(",") if item]
    if any(not item.removeprefix("-").isdecimal() or len(item) > 3 for item in items):
        raise _refuse("Enter days of the month after BYMONTHDAY= like 1,15")
    return frozenset(int(item) for item in items)
