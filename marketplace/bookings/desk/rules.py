"""What is to do for a person, from what is on record: values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from isf.rules import last_day
from marketplace.bookings.week.rules import percent_of
from marketplace.kernel import formats

ENDS_SOON = timedelta(days=42)
"""Six weeks: time to plan what comes after."""

AHEAD_BY = 10
"""Per cent of the money that may run ahead of the time before the desk says so."""


class Kind(StrEnum):
    """The kinds of work, the most pressing first."""

    NO_MONEY = "no_money"
    IDEAS = "ideas"
    ENDS_SOON = "ends_soon"
    AHEAD = "ahead"
    NOTHING_BOOKED = "nothing_booked"

    @property
    def label(self) -> str:
        """The words of the filter."""
        return _LABELS[self]


_LABELS = {
    Kind.NO_MONEY: "no money today",
    Kind.IDEAS: "ideas to book",
    Kind.ENDS_SOON: "money ends soon",
    Kind.AHEAD: "money ahead of time",
    Kind.NOTHING_BOOKED: "nothing booked this month",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A person on the desk, as read. Money in pence, of the personalised funds that run today; `ends_on` is half-open.

    `booked_month` counts from today to the end of the month; `ideas` are those to come that are not booked.
    """

    id: UUID
    name: str
    communication_needs: str
    funds: int
    amount_pence: int
    left_pence: int
    starts_on: date | None
    ends_on: date | None
    booked_week: int
    booked_month: int
    ideas: int
    first_idea_on: date | None


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, and the day by which."""

    kind: Kind
    words: str
    due: date | None


@dataclass(frozen=True, slots=True)
class Work:
    """A person with everything that is to do for them, the most pressing first."""

    line: Line
    tasks: Sequence[Task]

    @property
    def next(self) -> Task | None:
        """The first thing to do."""
        return self.tasks[0] if self.tasks else None

    def has(self, kind: Kind) -> bool:
        """Whether something of this kind is to do."""
        return any(task.kind is kind for task in self.tasks)


def month_end(day: date) -> date:
    """The last day of a month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def tasks_of(line: Line, today: date) -> list[Task]:
    """Everything to do for a person; nothing that is not on record."""
    if not line.funds or line.starts_on is None or line.ends_on is None:
        return [Task(Kind.NO_MONEY, "There is no money to book with today: ask the council", None)]
    tasks = []
    if line.ideas:
        tasks.append(
            Task(Kind.IDEAS, f"Book or remove {formats.count(line.ideas, 'idea')}", line.first_idea_on)
        )
    if line.ends_on - today <= ENDS_SOON and line.left_pence > 0:
        words = f"{formats.money(line.left_pence)} is left when the money ends"
        tasks.append(Task(Kind.ENDS_SOON, words, last_day(line.ends_on)))
    money = percent_of(line.amount_pence - line.left_pence, line.amount_pence)
    time = percent_of((today - line.starts_on).days, (line.ends_on - line.starts_on).days)
    if money >= time + AHEAD_BY:
        words = f"{money}% of the money is used or booked, {time}% of the time has passed"
        tasks.append(Task(Kind.AHEAD, words, None))
    if not line.booked_month:
        tasks.append(
            Task(Kind.NOTHING_BOOKED, "Nothing is booked from today to the month’s end", month_end(today))
        )
    return tasks


class Sort(StrEnum):
    """What the table is ordered by."""

    DUE = "due"
    NAME = "name"
    MONEY = "money"


class Order(StrEnum):
    """Which end comes first."""

    UP = "up"
    DOWN = "down"


def ordered(work: Iterable[Work], sort: Sort, order: Order = Order.UP) -> list[Work]:
    """The rows by what is due first (nothing to do last), by name, or by the money left."""
    rows = sorted(work, key=lambda each: (each.line.name.casefold(), str(each.line.id)))
    if sort is Sort.MONEY:
        rows.sort(key=lambda each: each.line.left_pence)
    elif sort is Sort.DUE:
        rows.sort(key=_due)
    return rows if order is Order.UP else rows[::-1]


def _due(work: Work) -> tuple[bool, date]:
    if work.next is None:
        return True, date.max
    return False, work.next.due or date.max
