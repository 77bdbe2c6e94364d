"""How much unused money a fund may keep, and when it will be too much: values in, values and words out (`rules.md` 8).

Unused is what lies in the account and is not needed for anything known: bookings, what was delivered and is to be
paid, notice and contingency are set aside first, and the person's own top-up never counts (`rules.md` 6). Nothing is
reclaimed here: this only counts, looks ahead and warns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from isf.payments.cycles import Cycle, Schedule, cycles
from isf.rules import Spread
from marketplace.kernel import formats
from marketplace.kernel.money import ZERO, Money, total

LOOK_BACK = timedelta(weeks=8)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """`times` the weekly amount may be kept, and more than that for `weeks` at most (0: not at all)."""

    weekly: Money
    times: int
    weeks: int = 0

    @property
    def amount(self) -> Money:
        """What may be kept."""
        return self.weekly * self.times


@dataclass(frozen=True, slots=True)
class Holding:
    """What lies in a fund's account, and what of it is needed."""

    cash: Money
    booked: Money = ZERO
    payable: Money = ZERO
    notice: Money = ZERO
    contingency: Money = ZERO
    top_up: Money = ZERO

    @property
    def set_aside(self) -> Money:
        """What is needed for something known."""
        return self.booked + self.payable + self.notice + self.contingency

    @property
    def unused(self) -> Money:
        """What is left of it, never below zero; the person's own money is the last to be called unused."""
        return Money(max((self.cash - self.set_aside - self.top_up).pence, 0))


@dataclass(frozen=True, slots=True)
class Course:
    """How a fund goes on: payments by the day on which they come, bookings by the day of the service, usual cost."""

    today: date
    ends_on: date
    payments: Sequence[tuple[date, Money]] = ()
    booked: Mapping[date, Money] = field(default_factory=dict)
    recent: Money = ZERO
    """Spent in the last eight weeks, or since the fund began."""

    recent_days: int = 0

    def usual(self, days: int) -> Money:
        """What so many days usually cost."""
        return Money(self.recent.pence * days // self.recent_days) if self.recent_days else ZERO


class SurplusState(StrEnum):
    """How a fund stands against its limit."""

    WITHIN = "within"
    LATER = "later"
    """It will pass the limit, but not soon."""

    SOON = "soon"
    OVER = "over"
    UNSET = "unset"
    """Neither agreement nor council has said how much may be kept."""


@dataclass(frozen=True, slots=True)
class Surplus:
    """A fund against its limit. `passes_on` is the first day above it, `counts_on` the day from which it has been above
    for longer than agreed, and `over` by how much it is above on that day."""

    state: SurplusState
    holding: Holding
    limit: Limit
    passes_on: date | None = None
    counts_on: date | None = None
    over: Money = ZERO

    @property
    def unused(self) -> Money:
        """What is not used and not needed today."""
        return self.holding.unused


def payments_to_come(
    shares: Sequence[Spread], starts_on: date, ends_on: date, schedule: Schedule, paid: Money, today: date
) -> list[tuple[date, Money]]:
    """What is still paid in and when: at each cycle what belongs to its days, less what was paid before."""

    def owed_by(cycle: Cycle) -> Money:
        return total(share.by(cycle.ends_on) for share in shares)

    found, so_far = [], paid
    for cycle in cycles(starts_on, ends_on, schedule):
        more = owed_by(cycle) - so_far
        if more.pence > 0:
            found.append((max(cycle.due_on(schedule), today + timedelta(days=1)), more))
            so_far += more
    return found


def surplus(holding: Holding, limit: Limit, course: Course, warning_days: int) -> Surplus:
    """How a fund stands today and where it goes: each week to come gets its payments and costs what a usual week costs,
    unless more is booked (which is set aside already)."""
    most = limit.amount.pence
    passes_on = counts_on = None
    day, over = course.today, 0
    for day, unused in _line(holding, course):
        over = max(unused - most, 0)
        if not over:
            passes_on = None
            continue
        passes_on = passes_on or day
        if day >= passes_on + limit.weeks * WEEK:
            counts_on = passes_on + limit.weeks * WEEK
            break
    if passes_on is not None and counts_on is None:
        counts_on = day  # The fund ends: what is left then is too much.
    state = _state(holding, limit, passes_on, course.today, warning_days)
    return Surplus(state, holding, limit, passes_on, counts_on, Money(over if passes_on else 0))


def _state(
    holding: Holding, limit: Limit, passes_on: date | None, today: date, warning_days: int
) -> SurplusState:
    if passes_on is None:
        return SurplusState.WITHIN
    if holding.unused > limit.amount and passes_on == today:
        return SurplusState.OVER
    if passes_on <= today + timedelta(days=warning_days):
        return SurplusState.SOON
    return SurplusState.LATER


def _line(holding: Holding, course: Course) -> Iterator[tuple[date, int]]:
    """Unused pence at the end of each day from today to the fund's last one; of a week in which nothing comes
    or goes only the last. Whole pence and not Money: a council has thousands of funds."""
    arriving: dict[date, int] = {}
    for day, amount in course.payments:
        arriving[day] = arriving.get(day, 0) + amount.pence
    # Below zero inside, so that what is needed first is made good before anything is unused again.
    now = (holding.cash - holding.set_aside - holding.top_up).pence
    yield course.today, max(now, 0)
    week = course.today + timedelta(days=1)
    while week < course.ends_on:
        length = min(7, (course.ends_on - week).days)
        days = [week + timedelta(days=n) for n in range(length)]
        booked = sum(course.booked[day].pence for day in days if day in course.booked)
        extra, gone = max(course.usual(length).pence - booked, 0), 0
        if not any(day in arriving for day in days) and not extra:
            yield days[-1], max(now, 0)
        else:
            for number, day in enumerate(days, start=1):
                spent = extra * number // length - gone
                gone += spent
                now = max(now + arriving.get(day, 0) - spent, min(now, 0))
                yield day, max(now, 0)
        week += WEEK


def surplus_words(told: Surplus) -> list[str]:
    """What a page, a letter or a statement says of it, in sentences that anybody can read."""
    limit = told.limit
    if told.state is SurplusState.UNSET:
        return [f"{told.unused} is not used. How much may be kept is not agreed yet."]
    kept = f"{limit.amount} may be kept: {formats.count(limit.times, 'week')} of {limit.weekly}."
    words = [f"{told.unused} is not used and not booked.", kept]
    if told.passes_on is None or told.counts_on is None:
        return [*words, "This is within what may be kept, and it looks as if it stays so."]
    if told.state is SurplusState.OVER:
        words.append(f"That is {told.unused - limit.amount} more than may be kept.")
    else:
        words.append(f"It looks as if there will be more than that from {formats.full_date(told.passes_on)}.")
    if limit.weeks:
        words.append(
            f"More may be kept for {formats.count(limit.weeks, 'week')}. If nothing changes, {told.over} will be too"
            f" much on {formats.full_date(told.counts_on)}."
        )
    elif told.state is not SurplusState.OVER:
        words.append(f"If nothing changes, it will be {told.over} too much on that day.")
    return [*words, "No money is taken back by this. There is still time to use it for what the plan says."]
