"""What is due for some days: the assessed amount, never more than the support that is charged for costs.

Due whatever was booked or used (`rules.md` 6). Everything is reckoned from the first day of what it belongs to, so that
part weeks, leap years and 53-week years add up to the penny.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

import msgspec

from isf.rules import Collection, Spread, for_days, runs_on
from marketplace.kernel.clock import week_of
from marketplace.kernel.money import ZERO, Money, total

_WEEK = 7


class Why(StrEnum):
    """Where the amount for some days comes from."""

    ASSESSED = "assessed"
    BUDGET = "budget"
    FULL_COST = "full_cost"
    COSTS_LESS = "costs_less"
    EXEMPT = "exempt"
    NO_BUDGET = "no_budget"


@dataclass(frozen=True, slots=True)
class Share:
    """What a version of a budget gives a fund, and the part of it that is the person's. Half-open dates."""

    council: Spread
    contribution: Spread
    collection: Collection

    def cost(self, starts_on: date, ends_on: date) -> Money:
        """What it comes to for some days, both parts together."""
        return between(self.council, starts_on, ends_on) + between(self.contribution, starts_on, ends_on)


@dataclass(frozen=True, slots=True)
class Able:
    """What somebody can pay a week from a day on; None for the whole cost."""

    starts_on: date
    weekly: Money | None


@dataclass(frozen=True, slots=True)
class Free:
    """Support that is not charged for on some days (half-open, no end: None): its cost a week, None for all support."""

    starts_on: date
    ends_on: date | None
    weekly: Money | None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one person that decides what is due on a day."""

    shares: Sequence[Share] = ()
    able: Sequence[Able] = ()
    """In the order in which they count: by start, then by version."""
    free: Sequence[Free] = ()

    def able_on(self, day: date) -> Able | None:
        """The assessment in force on a day."""
        return next((each for each in reversed(self.able) if each.starts_on <= day), None)

    def shares_on(self, day: date) -> list[Share]:
        """What the budget gives on a day."""
        return [s for s in self.shares if runs_on(s.council.starts_on, s.council.ends_on, day)]

    def boundaries(self) -> set[date]:
        """Every day on which something changes."""
        days = {day for share in self.shares for day in (share.council.starts_on, share.council.ends_on)}
        days |= {each.starts_on for each in self.able}
        return days | {day for free in self.free for day in (free.starts_on, free.ends_on) if day is not None}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some days of a charge on which nothing changed; pence for all those days. Half-open."""

    starts_on: date
    ends_on: date
    cost_pence: int
    free_pence: int
    asked_pence: int
    amount_pence: int
    why: Why

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.ends_on - self.starts_on).days


def between(spread: Spread, starts_on: date, ends_on: date) -> Money:
    """What belongs to the days of a half-open period."""
    return spread.by(ends_on) - spread.by(starts_on)


def weekly_between(weekly: Money, since: date, starts_on: date, ends_on: date) -> Money:
    """What a weekly amount that runs since a day comes to for a half-open period after it."""
    return for_days(weekly, (ends_on - since).days) - for_days(weekly, (starts_on - since).days)


def parts_for(story: Story, starts_on: date, ends_on: date) -> list[Part]:
    """What is due for a half-open period, cut where something changes."""
    cuts = sorted({starts_on, ends_on, *(day for day in story.boundaries() if starts_on < day < ends_on)})
    return [_part(story, first, after) for first, after in pairwise(cuts)]


def due_for(story: Story, starts_on: date, ends_on: date) -> Money:
    """What is due for a half-open period."""
    return total(Money(part.amount_pence) for part in parts_for(story, starts_on, ends_on))


def _part(story: Story, starts_on: date, ends_on: date) -> Part:
    shares = story.shares_on(starts_on)
    cost = total(share.cost(starts_on, ends_on) for share in shares)
    free = min(cost, _free(story, starts_on, ends_on, cost))
    able = story.able_on(starts_on)
    if able is None:
        asked, why = total(between(s.contribution, starts_on, ends_on) for s in shares), Why.BUDGET
    elif able.weekly is None:
        asked, why = cost - free, Why.FULL_COST
    else:
        asked, why = weekly_between(able.weekly, able.starts_on, starts_on, ends_on), Why.ASSESSED
    amount = min(asked, cost - free)
    if not shares:
        why = Why.NO_BUDGET
    elif amount < asked or (free and not cost - free):
        why = Why.EXEMPT if free else Why.COSTS_LESS
    return Part(
        starts_on=starts_on,
        ends_on=ends_on,
        cost_pence=cost.pence,
        free_pence=free.pence,
        asked_pence=asked.pence,
        amount_pence=amount.pence,
        why=why,
    )


def _free(story: Story, starts_on: date, ends_on: date, cost: Money) -> Money:
    running = [each for each in story.free if runs_on(each.starts_on, each.ends_on, starts_on)]
    if any(each.weekly is None for each in running):
        return cost
    return total(
        weekly_between(each.weekly, each.starts_on, starts_on, ends_on)
        for each in running
        if each.weekly is not None
    )


def a_week(spread: Spread) -> Money:
    """A spread's amount for a week, for showing: as it was set, or the even share to the nearest penny."""
    if spread.weekly is not None:
        return spread.weekly
    days = (spread.ends_on - spread.starts_on).days
    return Money((2 * _WEEK * spread.amount.pence + days) // (2 * days))


@dataclass(frozen=True, slots=True)
class Week:
    """A week as it is on a day: what the support costs, what of it is free, what is asked, what is due."""

    cost: Money
    free: Money
    asked: Money | None
    """What the assessment asks for; None for the whole cost."""
    due: Money
    budget: Money
    """What the budget says that the person pays."""
    why: Why


def week_on(story: Story, day: date) -> Week:
    """The week of a day, were all of it as on that day; for showing."""
    shares = story.shares_on(day)
    cost = total(a_week(share.council) + a_week(share.contribution) for share in shares)
    budget = total(a_week(share.contribution) for share in shares)
    running = [each for each in story.free if runs_on(each.starts_on, each.ends_on, day)]
    whole = any(each.weekly is None for each in running)
    free = cost if whole else min(cost, total(each.weekly or ZERO for each in running))
    able = story.able_on(day)
    asked = budget if able is None else able.weekly
    left = cost - free
    due = left if asked is None else min(asked, left)
    why = _why(story, day, able, asked)
    if not shares:
        why = Why.NO_BUDGET
    elif free and (not left or (asked is not None and due < asked)):
        why = Why.EXEMPT
    elif asked is not None and due < asked:
        why = Why.COSTS_LESS
    return Week(cost, free, asked, due, budget, why)


def _why(story: Story, day: date, able: Able | None, asked: Money | None) -> Why:
    if able is None:
        return Why.BUDGET
    return Why.FULL_COST if asked is None else Why.ASSESSED


def periods(story: Story, charged_until: date | None, weeks: int, today: date) -> Iterator[tuple[date, date]]:
    """The periods that are over and not charged yet: whole weeks from Monday, after a first part week.

    Days without a budget begin no period; the next one begins with the next budget.
    """
    after = charged_until
    while True:
        start = _next_day_with_budget(story, after)
        if start is None:
            return
        end = week_of(start) + timedelta(days=_WEEK * weeks)
        if end > today:
            return
        yield start, end
        after = end


def _next_day_with_budget(story: Story, day: date | None) -> date | None:
    firsts = [
        max(share.council.starts_on, day or share.council.starts_on)
        for share in story.shares
        if day is None or share.council.ends_on > day
    ]
    return min(firsts, default=None)
