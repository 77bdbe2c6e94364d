"""What a dearer price costs one person out of one fund: values in, values out (row P6)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from marketplace.kernel.money import Money
from providers.uplifts.rules import WEEKS_SEEN

DAYS_SEEN: Final = WEEKS_SEEN * 7


@dataclass(frozen=True, slots=True)
class Usual:
    """What is booked in the busier of the eight weeks gone by and the eight to come, at the old and new price.

    `booked_…` is what is booked from today on: all of it, and that from the new price's first day on. It keeps the
    price at which it was booked.
    """

    sessions: int
    old: Money
    new: Money
    booked_before: Money
    booked_after_old: Money
    booked_after_new: Money


@dataclass(frozen=True, slots=True)
class Cost:
    """What going on as now costs more, a week and until the fund ends, and what would then be short."""

    weekly: Money
    until_end: Money
    needed: Money

    def short_by(self, left: Money) -> Money:
        """How much too little is left to go on as now until the fund ends; nothing when it is enough."""
        return max(self.needed - left, Money(0))

    def short_anyway(self, left: Money) -> Money:
        """How much too little it would be at the old price too."""
        return max(self.needed - self.until_end - left, Money(0))


def cost(usual: Usual, today: date, starts_on: date, fund_ends_on: date) -> Cost:
    """Going on as in the busier eight weeks until the fund ends; what is booked already keeps its price.

    `starts_on` is the first day of the new price, `fund_ends_on` the first day without the fund.
    """
    change = min(max(starts_on, today), fund_ends_on)
    before = _over(usual.old, (change - today).days) - usual.booked_before
    rest = (fund_ends_on - change).days
    at_new = max(_over(usual.new, rest) - usual.booked_after_new, Money(0))
    at_old = max(_over(usual.old, rest) - usual.booked_after_old, Money(0))
    return Cost(
        weekly=_over(usual.new - usual.old, 7),
        until_end=max(at_new - at_old, Money(0)),
        needed=max(before, Money(0)) + at_new,
    )


def _over(in_eight_weeks: Money, days: int) -> Money:
    """The share of eight weeks' money that falls on some days, to the nearest penny."""
    return Money((in_eight_weeks.pence * days * 2 + DAYS_SEEN) // (DAYS_SEEN * 2))


def a_week(sessions: int) -> str:
    """Sessions in eight weeks as sessions a week: `2`, `1.5`, `0.1`."""
    told = (Decimal(sessions) / WEEKS_SEEN).quantize(Decimal("0.1"))
    return f"{told:f}".removesuffix(".0")
