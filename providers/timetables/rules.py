"""Timetables on London wall time: values in, dates out (RFC 5545 rules; `rules.md` 12)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

import holidays

from marketplace.kernel.clock import from_wall
from marketplace.kernel.errors import Invalid
from providers.timetables.recurrence import Recurrence, Weekday, kept, weekly
from providers.timetables.words import rule_in_words

__all__ = ["BankHolidays", "InTerms", "Pattern", "Span", "TimetableDraft", "Weekday", "rule_in_words"]

AHEAD: Final = timedelta(weeks=26)
"""How far ahead dates are made: half a year can be booked, and the job makes the next day's each night."""

MOST_EXCEPTIONS: Final = 200
"""Single days off, or extra days, of one timetable."""

Span = tuple[date, date]
"""Days from the first to the last, both included."""


class BankHolidays(StrEnum):
    """Whether an activity happens on England's bank holidays."""

    ON = "on"
    OFF = "off"


class InTerms(StrEnum):
    """Whether an activity follows term times."""

    ALWAYS = "always"
    TERM_TIME = "term_time"
    HOLIDAYS = "holidays"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {"always": "All year", "term_time": "Term time only", "holidays": "School holidays only"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Everything that decides on which days a timetable happens."""

    recurrence: Recurrence
    starts_on: date
    ends_on: date | None = None
    except_on: frozenset[date] = frozenset()
    also_on: frozenset[date] = frozenset()
    """Extra days. Only an exception takes one away: whoever names a bank holiday means it."""
    bank_holidays: BankHolidays = BankHolidays.ON
    in_terms: InTerms = InTerms.ALWAYS
    terms: tuple[Span, ...] = ()

    def known_until(self, horizon: date) -> date:
        """The last day for which it can be said whether it happens: nobody knows the terms that are not entered."""
        last = horizon if self.ends_on is None else min(horizon, self.ends_on)
        if self.in_terms is InTerms.ALWAYS:
            return last
        return min([last, max((ends for _, ends in self.terms), default=self.starts_on - timedelta(days=1))])

    def days(self, first: date, last: date) -> list[date]:
        """The days from `first` to `last` (both included) on which it happens, in order."""
        last = self.known_until(last)
        closed: Collection[date] = (
            bank_holidays(first, last) if self.bank_holidays is BankHolidays.OFF and first <= last else ()
        )
        regular = [
            day
            for day in self.recurrence.days(self.starts_on, first, last)
            if day not in closed and self._in_season(day)
        ]
        if self.also_on:
            regular = sorted({*regular, *(day for day in self.also_on if first <= day <= last)})
        return [day for day in regular if day not in self.except_on] if self.except_on else regular

    def open_on(self, day: date) -> bool:
        """Whether it happens on a day on which the rule falls: no exception, bank holiday or time outside its terms."""
        closed = self.bank_holidays is BankHolidays.OFF and bool(bank_holidays(day, day))
        return day not in self.except_on and (day in self.also_on or (not closed and self._in_season(day)))

    def _in_season(self, day: date) -> bool:
        if self.in_terms is InTerms.ALWAYS:
            return True
        within = any(first <= day <= last for first, last in self.terms)
        if self.in_terms is InTerms.TERM_TIME:
            return within
        # Holidays lie between terms that are known: before the first one there is no saying.
        return not within and any(last < day for _, last in self.terms)


def pattern_of(row: Mapping[str, object], terms: Sequence[Span] = ()) -> Pattern:
    """The pattern in a row of `timetable`."""
    return Pattern(
        recurrence=kept_cached(str(row["rule"])),
        starts_on=row["starts_on"],  # type: ignore[arg-type]
        ends_on=row["ends_on"],  # type: ignore[arg-type]
        except_on=frozenset(row["except_on"]),  # type: ignore[call-overload]
        also_on=frozenset(row["also_on"]),  # type: ignore[call-overload]
        bank_holidays=BankHolidays(str(row["bank_holidays"])),
        in_terms=InTerms(str(row["in_terms"])),
        terms=tuple(terms),
    )


@lru_cache(maxsize=1024)
def kept_cached(rule: str) -> Recurrence:
    """`recurrence.kept`, once for each rule: thousands of timetables have a few dozen of them."""
    return kept(rule)


@dataclass(frozen=True, slots=True)
class TimetableDraft:
    """A timetable as somebody asks for it: weekly on `weekdays`, or as `recurrence` says.

    `ends_on` is the last day on which it can happen; None goes on.
    """

    weekdays: frozenset[Weekday]
    start_time: time
    minutes: int
    starts_on: date
    ends_on: date | None = None
    interval_weeks: int = 1
    except_on: frozenset[date] = frozenset()
    bank_holidays: BankHolidays = BankHolidays.OFF
    capacity: int | None = None
    """Places on each date; None takes the activity's."""
    also_on: frozenset[date] = frozenset()
    in_terms: InTerms = InTerms.ALWAYS
    terms_council_id: UUID | None = None
    """Whose terms: a council's, or with None the provider's own."""
    recurrence: Recurrence | None = None
    venue_id: UUID | None = None
    """Another place than the activity's."""

    @property
    def recurs(self) -> Recurrence:
        """How often it happens."""
        return self.recurrence or weekly(self.weekdays, self.interval_weeks)

    @property
    def rule(self) -> str:
        """The RFC 5545 rule that is kept."""
        return self.recurs.rule

    def pattern(self, terms: Sequence[Span] = ()) -> Pattern:
        """What decides on which days it happens."""
        return Pattern(
            self.recurs, self.starts_on, self.ends_on, self.except_on, self.also_on, self.bank_holidays,
            self.in_terms, tuple(terms),
        )  # fmt: skip


def check(draft: TimetableDraft) -> None:
    """Raises Invalid, field by field, when the timetable cannot be kept."""
    wrong = _wrong_days(draft)
    if problem := draft.recurs.problem():
        field = "interval_weeks" if draft.recurs.weekdays else "weekdays"
        wrong[field if draft.recurrence is None else "rule"] = problem
    if not 5 <= draft.minutes <= 24 * 60:
        wrong["minutes"] = "Enter a length from 5 minutes to 24 hours"
    if draft.capacity is not None and not 1 <= draft.capacity <= 10_000:
        wrong["capacity"] = "Enter a number of places from 1 to 10,000"
    if wrong:
        raise Invalid(wrong)


def _wrong_days(draft: TimetableDraft) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if draft.ends_on is not None and draft.ends_on < draft.starts_on:
        wrong["ends_on"] = "Enter a last day that is not before the first day"
    elif draft.ends_on is not None and draft.ends_on.year > 2100:
        wrong["ends_on"] = "Enter a year up to 2100, or leave it empty: the timetable then goes on"
    if not 2000 <= draft.starts_on.year <= 2100:
        wrong["starts_on"] = "Enter a year from 2000 to 2100"
    for name, days in (("except_on", draft.except_on), ("also_on", draft.also_on)):
        if len(days) > MOST_EXCEPTIONS:
            wrong[name] = f"Enter {MOST_EXCEPTIONS} days or fewer"
    if any(day < draft.starts_on or (draft.ends_on and day > draft.ends_on) for day in draft.also_on):
        wrong["also_on"] = "Enter extra days between the first and the last day"
    return wrong


def closed_days(draft: TimetableDraft, until: date) -> dict[date, str]:
    """The days up to `until` on which the rule falls and it is closed; each with its bank holiday, where it is one."""
    last = min(until, draft.ends_on or until)
    known = bank_holidays(draft.starts_on, last) if draft.bank_holidays is BankHolidays.OFF else {}
    return {
        day: known.get(day, "")
        for day in draft.recurs.days(draft.starts_on, draft.starts_on, last)
        if (day in known and day not in draft.also_on) or day in draft.except_on
    }


def moments(days: Collection[date], start_time: time, minutes: int) -> list[tuple[datetime, datetime]]:
    """The UTC start and end of a session on each day, from London wall time."""
    length = timedelta(minutes=minutes)
    return [(start, start + length) for start in (from_wall(day, start_time) for day in days)]


def dates_of(
    draft: TimetableDraft, terms: Sequence[Span] = (), *, until: date | None = None
) -> list[tuple[datetime, datetime]]:
    """Every start and end that a timetable makes up to `until` (by default its end, or 26 weeks after its start).

    Raises Invalid when it never makes one.
    """
    check(draft)
    pattern, far = draft.pattern(terms), draft.ends_on or draft.starts_on + AHEAD
    days = pattern.days(draft.starts_on, until or far)
    if not days and not pattern.days(draft.starts_on, max(far, until or far)):
        if draft.in_terms is not InTerms.ALWAYS:
            raise Invalid({"in_terms": "There is no date in the terms that are known: enter the terms first"})
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
