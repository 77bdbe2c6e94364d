"""What the items of a plan cost in its days, against the parts of the budget: exact to the penny."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from dateutil.relativedelta import relativedelta

from isf.plans.rules import Frequency, Over, PaidFrom
from isf.rules import for_days
from marketplace.kernel.money import ZERO, Money, total
from marketplace.kernel.routes_of_money import Route


class Priced(Protocol):
    """Something that costs so much each time."""

    @property
    def cost_pence(self) -> int: ...

    @property
    def times(self) -> int: ...

    @property
    def frequency(self) -> Frequency: ...

    @property
    def weeks(self) -> int | None: ...

    @property
    def paid_from(self) -> PaidFrom: ...


def cost_in(item: Priced, starts_on: date, ends_on: date) -> Money:
    """What an item comes to in half-open days: whole weeks, months and years exactly, the rest of one by its days."""
    each = Money(item.cost_pence) * item.times
    match item.frequency:
        case Frequency.WEEK if item.weeks is not None:
            return each * item.weeks
        case Frequency.WEEK:
            return for_days(each, (ends_on - starts_on).days)
        case Frequency.MONTH:
            return _by_calendar(each, starts_on, ends_on, months=1)
        case Frequency.YEAR:
            return _by_calendar(each, starts_on, ends_on, months=12)
        case _:
            return each


def _by_calendar(each: Money, starts_on: date, ends_on: date, months: int) -> Money:
    between = relativedelta(ends_on, starts_on)
    whole = (between.years * 12 + between.months) // months
    last = starts_on + relativedelta(months=whole * months)
    days = (starts_on + relativedelta(months=(whole + 1) * months) - last).days
    rest = (ends_on - last).days
    # The half penny up.
    return each * whole + Money((2 * each.pence * rest + days) // (2 * days))


def weeks_in(starts_on: date, ends_on: date) -> int:
    """How many weeks half-open days touch."""
    return -(-(ends_on - starts_on).days // 7)


@dataclass(frozen=True, slots=True)
class Totals:
    """The items against the budget, by route. What is free or paid by the person counts nothing against it."""

    planned: Mapping[Route, Money]
    allocated: Mapping[Route, Money]
    self_paid: Money

    @property
    def planned_whole(self) -> Money:
        """What the items cost of the budget."""
        return total(self.planned.values())

    @property
    def allocated_whole(self) -> Money:
        """The budget."""
        return total(self.allocated.values())

    @property
    def left(self) -> Money:
        """What the items leave of the budget; below zero when they cost more."""
        return self.allocated_whole - self.planned_whole

    @property
    def over(self) -> list[Over]:
        """The routes whose items cost more than there is."""
        return [
            Over(route, planned - self.allocated[route])
            for route, planned in self.planned.items()
            if planned.pence > self.allocated[route].pence
        ]


def totals(
    items: Iterable[Priced], starts_on: date, ends_on: date, allocated: Mapping[Route, Money]
) -> Totals:
    """Add up the items of a plan for its half-open days."""
    planned = dict.fromkeys(Route, ZERO)
    self_paid = ZERO
    for item in items:
        cost = cost_in(item, starts_on, ends_on)
        if item.paid_from.route is not None:
            planned[item.paid_from.route] += cost
        elif item.paid_from is PaidFrom.SELF:
            self_paid += cost
    return Totals(planned, {route: allocated.get(route, ZERO) for route in Route}, self_paid)
