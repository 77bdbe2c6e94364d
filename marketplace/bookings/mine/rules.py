"""What a person's own page says about what changes: values in, words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from isf.rules import runs_on
from marketplace.kernel import formats
from marketplace.kernel.money import Money

RECENTLY = timedelta(weeks=4)
"""How long a change that has come is still told."""


@dataclass(frozen=True, slots=True)
class BudgetDays:
    """A version of a budget with the half-open days that it has. `weekly_pence` None: it was set for all of them."""

    starts_on: date
    ends_on: date
    pence: int
    weekly_pence: int | None

    @property
    def weekly(self) -> Money:
        """What a week of it comes to, the half penny up."""
        if self.weekly_pence is not None:
            return Money(self.weekly_pence)
        days = (self.ends_on - self.starts_on).days
        return Money((14 * self.pence // days + 1) // 2)


@dataclass(frozen=True, slots=True)
class Change:
    """The budget goes up or down on a day, or did so lately."""

    words: str
    difference: Money


def change_of(budgets: Sequence[BudgetDays], today: date) -> Change | None:
    """The next change of a budget, else one of the last weeks; None when a week comes to the same."""
    later = [budget for budget in budgets if budget.starts_on > today]
    now = next((each for each in budgets if runs_on(each.starts_on, each.ends_on, today)), None)
    if now is not None and later:
        return _told(now, later[0], "is")
    if now is not None and now.starts_on > today - RECENTLY:
        before = [budget for budget in budgets if budget.ends_on <= now.starts_on]
        if before:
            return _told(before[-1], now, "has been")
    return None


def _told(before: BudgetDays, after: BudgetDays, verb: str) -> Change | None:
    difference = after.weekly - before.weekly
    if not difference:
        return None
    day = formats.full_date(after.starts_on)
    which = "more" if difference.pence > 0 else "less"
    words = (
        f"From {day} the budget {verb} {after.weekly} a week. That is {Money(abs(difference.pence))} {which}."
    )
    return Change(words, difference)
