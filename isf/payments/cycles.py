"""When money is due: the cycles of a fund, counted from its first day (`rules.md` 12, 20). Values in, values out.

The functions `cycle_start` and `cycle_number` in the database say the same; a property test holds them together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from marketplace.kernel import formats


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a fund is paid: so many weeks at a time (None: by the month), so many days before they begin."""

    weeks: int | None
    advance_days: int

    @property
    def words(self) -> str:
        """`Every 4 weeks, 7 days before the weeks begin`."""
        if self.weeks is None:
            often, unit = "Every month", "month begins"
        elif self.weeks == 1:
            often, unit = "Every week", "week begins"
        else:
            often, unit = f"Every {self.weeks} weeks", "weeks begin"
        if not self.advance_days:
            return f"{often}, on the day on which the {unit}"
        return f"{often}, {formats.count(self.advance_days, 'day')} before the {unit}"


@dataclass(frozen=True, slots=True)
class Cycle:
    """The half-open days that one payment covers."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.ends_on - self.starts_on).days

    def due_on(self, schedule: Schedule) -> date:
        """The day from which it is proposed."""
        return self.starts_on - timedelta(days=schedule.advance_days)


def start_of(first_day: date, schedule: Schedule, number: int) -> date:
    """The first day of a cycle, the first cycle being number 0. Months keep the day, or take their last one."""
    if schedule.weeks is None:
        return first_day + relativedelta(months=number)
    return first_day + timedelta(weeks=schedule.weeks * number)


def cycles(first_day: date, ends_on: date, schedule: Schedule) -> Iterator[Cycle]:
    """Every cycle of a fund; the last one is cut at the fund's end."""
    number, starts_on = 0, first_day
    while starts_on < ends_on:
        number += 1
        after = start_of(first_day, schedule, number)
        yield Cycle(starts_on, min(after, ends_on))
        starts_on = after


def due_cycle(first_day: date, ends_on: date, schedule: Schedule, today: date) -> Cycle | None:
    """The last cycle whose payment is due by today; None before the first."""
    due = None
    for cycle in cycles(first_day, ends_on, schedule):
        if cycle.due_on(schedule) > today:
            break
        due = cycle
    return due
