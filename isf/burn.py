"""How the money of a fund and its time go together (row B9): one rule for the line, the table and the words.

Values in, values out. Money counts on the day of its service, as used and booked together (`rules.md` 11). What is
planned comes from the shares of the budget, by the week where they were set so. The council says by how many per cent
of the whole the money may run ahead of the time before somebody is told.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise

from isf.rules import Spread, first_day_after, first_days, last_day
from marketplace.kernel.formats import MONTHS
from marketplace.kernel.money import Money, total

RECENT = timedelta(weeks=8)
"""How far back the pace is measured: long enough that one holiday does not decide it."""

WEEK = timedelta(weeks=1)


class BurnKind(StrEnum):
    """Whether money goes as time goes."""

    ON_TRACK = "on_track"
    AHEAD = "ahead"
    BEHIND = "behind"
    WAITING = "waiting"
    """Locked: nothing can be booked before the support plan is agreed."""

    TO_START = "to_start"
    OVER = "over"
    UNJUDGED = "unjudged"
    """The council has not said how far money may run ahead of time."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A fund on a day. `whole` is everything it can be used for, `planned` and `used` are by the end of the day."""

    whole: Money
    planned: Money
    used: Money
    margin_percent: int | None
    starts_on: date
    ends_on: date
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How money and time go together, with one sentence about it."""

    kind: BurnKind
    words: str


def standing(facts: Facts, today: date) -> Standing:
    """Compare what is used and booked by today with what was planned; within the margin it is on track."""
    if facts.locked:
        return Standing(BurnKind.WAITING, "Nothing can be booked until the plan is agreed")
    if today < facts.starts_on:
        return Standing(BurnKind.TO_START, f"Starts on {short_date(facts.starts_on)}")
    if today >= facts.ends_on:
        return Standing(BurnKind.OVER, f"Ended on {short_date(last_day(facts.ends_on))}")
    difference = facts.used - facts.planned
    more = "more" if difference.pence >= 0 else "less"
    words = f"{Money(abs(difference.pence))} {more} used and booked than planned by today"
    if facts.margin_percent is None:
        return Standing(BurnKind.UNJUDGED, words)
    if abs(difference.pence) * 100 <= facts.margin_percent * facts.whole.pence:
        return Standing(BurnKind.ON_TRACK, f"On track until {short_date(last_day(facts.ends_on))}")
    return Standing(BurnKind.AHEAD if difference.pence > 0 else BurnKind.BEHIND, words)


def short_date(day: date) -> str:
    """`31 March`."""
    return f"{day.day} {MONTHS[day.month - 1]}"


@dataclass(frozen=True, slots=True)
class Point:
    """A fund by the end of a day. `used` is known up to today, `forecast` is from today on."""

    name: str
    label: str
    """Short, for the axis of the drawing; empty for today, which has a line of its own."""

    share: float
    """How much of the time has passed, from 0 to 1."""

    planned: Money
    used: Money | None
    forecast: Money | None


@dataclass(frozen=True, slots=True)
class Burn:
    """The burn-down of a fund: everything that its line, its table and its words say."""

    standing: Standing
    planned: Money
    used: Money
    booked_ahead: Money
    """Booked for days after today."""

    weekly: Money
    """What a week of the last eight cost."""

    left_at_end: Money | None
    runs_out_on: date | None
    forecast_words: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What a burn-down is drawn from: `spent` holds pence by the day of the service, days to come included."""

    plan: Sequence[Spread]
    spent: Mapping[date, int]
    whole: Money
    starts_on: date
    ends_on: date
    margin_percent: int | None
    locked: bool = False


def planned_by(course: Course, day: date) -> Money:
    """What was planned for the days before `day`; money on top of the shares is planned evenly over the fund."""
    shares = total([spread.by(day) for spread in course.plan])
    on_top = course.whole - total([spread.amount for spread in course.plan])
    return shares + Spread(on_top, course.starts_on, course.ends_on).by(day)


def facts_of(course: Course, today: date) -> Facts:
    """How a fund stands by the end of today."""
    return Facts(
        whole=course.whole,
        planned=planned_by(course, first_day_after(today)),
        used=Money(_Spent(course.spent).between(date.min, first_day_after(today))),
        margin_percent=course.margin_percent,
        starts_on=course.starts_on,
        ends_on=course.ends_on,
        locked=course.locked,
    )


def burn_down(course: Course, today: date) -> Burn:
    """A fund over its whole time: what was planned, what is used and booked, and what the pace comes to.

    Forecast: each week to come costs what is booked for it, or what a week of the last eight cost, whichever is more.
    """
    facts, spent = facts_of(course, today), _Spent(course.spent)
    told = standing(facts, today)
    running = told.kind not in (BurnKind.WAITING, BurnKind.TO_START, BurnKind.OVER)
    after_today = first_day_after(today)
    recent, days = _recent(course, spent, today)
    line = list(_expected(course, spent, today, (recent, days))) if running else []
    at_end = Money(line[-1][1]) if line else None
    return Burn(
        standing=told,
        planned=facts.planned,
        used=facts.used,
        booked_ahead=Money(spent.between(after_today, date.max)),
        weekly=Money(recent * 7 // days) if days else Money(0),
        left_at_end=None if at_end is None else course.whole - at_end,
        runs_out_on=_runs_out(line, course.whole.pence),
        forecast_words=_forecast_words(course, line),
        points=tuple(_points(course, facts, line, spent, today)),
    )


class _Spent:
    """What was spent between days, without looking at every day each time."""

    def __init__(self, spent: Mapping[date, int]) -> None:
        self.days = sorted(spent)
        self.sums = [0, *accumulate(spent[day] for day in self.days)]

    def between(self, starts_on: date, ends_on: date) -> int:
        """Pence of a half-open period."""
        return self.sums[bisect_left(self.days, ends_on)] - self.sums[bisect_left(self.days, starts_on)]


def _recent(course: Course, spent: _Spent, today: date) -> tuple[int, int]:
    """The pence of the last eight weeks, or of the days since the start, and how many days those are."""
    since = max(course.starts_on, first_day_after(today) - RECENT)
    days = (first_day_after(today) - since).days
    return (spent.between(since, first_day_after(today)), days) if days > 0 else (0, 0)


def _expected(
    course: Course, spent: _Spent, today: date, pace: tuple[int, int]
) -> Iterator[tuple[date, int]]:
    """What will be used by the start of each week to come, in pence, from tomorrow to the end."""
    (recent, days), day = pace, first_day_after(today)
    so_far = spent.between(date.min, day)
    yield day, so_far
    while day < course.ends_on:
        after = min(day + WEEK, course.ends_on)
        usual = recent * (after - day).days // days if days else 0
        so_far += max(spent.between(day, after), usual)
        yield after, so_far
        day = after


def _at(line: Sequence[tuple[date, int]], day: date) -> Money:
    """The line at a day, straight between its weeks."""
    for (start, before), (end, after) in pairwise(line):
        if start <= day <= end:
            return Money(before + (after - before) * (day - start).days // (end - start).days)
    return Money(line[-1][1])


def _runs_out(line: Sequence[tuple[date, int]], whole: int) -> date | None:
    """The first day for which the money would not do."""
    for (start, before), (end, after) in pairwise(line):
        if after > whole:
            days = (end - start).days
            enough = max(whole - before, 0) * days // max(after - before, 1)
            return start + timedelta(days=min(enough, days - 1))
    return None


def _forecast_words(course: Course, line: Sequence[tuple[date, int]]) -> str:
    if not line or not any(course.spent.values()):
        return ""
    out = _runs_out(line, course.whole.pence)
    if out is not None:
        return f"At this pace the money is used up about {short_date(out)}"
    left = course.whole - Money(line[-1][1])
    return f"At this pace about {left} is left on {short_date(last_day(course.ends_on))}"


def _points(
    course: Course, facts: Facts, line: Sequence[tuple[date, int]], spent: _Spent, today: date
) -> Iterator[Point]:
    """The start, the end of each month, and today."""
    begins = f"{course.starts_on.day} {MONTHS[course.starts_on.month - 1][:3]}"
    yield Point(f"Start, {begins}", begins, 0.0, Money(0), Money(0), None)
    shown_today = not (course.starts_on <= today < course.ends_on)
    for starts_on, after in first_days(course.starts_on, course.ends_on):
        if not shown_today and today < after:
            shown_today = True
            forecast = facts.used if line else None
            share = _share(course, first_day_after(today))
            yield Point(
                f"Today, {today.day} {MONTHS[today.month - 1][:3]}",
                "",
                share,
                facts.planned,
                facts.used,
                forecast,
            )
            if first_day_after(today) == after:
                continue
        past = after <= today or today >= course.ends_on
        yield Point(
            _called(starts_on, after),
            MONTHS[starts_on.month - 1][:3],
            _share(course, after),
            planned_by(course, after),
            Money(spent.between(date.min, after)) if past else None,
            _at(line, after) if line and not past else None,
        )


def _called(starts_on: date, after: date) -> str:
    """`Nov 2026`; with its day where a fund ends inside a month."""
    name = f"{MONTHS[starts_on.month - 1][:3]} {starts_on.year}"
    return name if after.day == 1 else f"{last_day(after).day} {name}"


def _share(course: Course, day: date) -> float:
    return (day - course.starts_on).days / (course.ends_on - course.starts_on).days
