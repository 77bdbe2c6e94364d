"""A proposal of payments from its making to the bank, and why a line is what it is: values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel import formats
from marketplace.kernel.money import Money


class PaymentState(StrEnum):
    """How far a proposal is."""

    PROPOSED = "proposed"
    CHECKED = "checked"
    APPROVED = "approved"
    """Being entered in the books, line by line; taken up again where it stopped."""

    PAID = "paid"
    REFUSED = "refused"


TRANSITIONS: Mapping[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PROPOSED: frozenset({PaymentState.CHECKED, PaymentState.REFUSED}),
    PaymentState.CHECKED: frozenset({PaymentState.APPROVED, PaymentState.REFUSED}),
    PaymentState.APPROVED: frozenset({PaymentState.PAID}),
    PaymentState.PAID: frozenset(),
    PaymentState.REFUSED: frozenset(),
}


class LineState(StrEnum):
    """What became of one fund's line."""

    PROPOSED = "proposed"
    HELD = "held"
    """Kept back by an officer, with a reason. Later lines of the fund are kept back too, until it is let go."""

    NOTHING = "nothing"
    """Too much was paid before: nothing is due for these days."""

    PAID = "paid"
    REFUSED = "refused"
    RELEASED = "released"
    """Let go: the next proposal has the money again, if it is still owed."""


LINE_TRANSITIONS: Mapping[LineState, frozenset[LineState]] = {
    LineState.PROPOSED: frozenset({LineState.PAID, LineState.HELD, LineState.REFUSED, LineState.RELEASED}),
    LineState.HELD: frozenset({LineState.PROPOSED, LineState.RELEASED, LineState.REFUSED}),
    LineState.NOTHING: frozenset({LineState.REFUSED}),
    LineState.PAID: frozenset(),
    LineState.REFUSED: frozenset(),
    LineState.RELEASED: frozenset(),
}


class Transfer(StrEnum):
    """Where the money of a line goes."""

    BANK = "bank"
    """To the holder's account."""

    STAYS = "stays"
    """The council manages it: entered in the books, and no bank moves anything."""


@dataclass(frozen=True, slots=True)
class LineFigures:
    """What a line was made from. `even` is what its days alone come to; `last_…` is None for a first payment."""

    amount: Money
    even: Money
    days: int
    weekly: Money
    last_amount: Money | None = None
    last_days: int | None = None
    last_weekly: Money | None = None

    @property
    def difference(self) -> Money:
        """How much more than last time; all of it for a first payment."""
        return self.amount if self.last_amount is None else self.amount - self.last_amount

    @property
    def catches_up(self) -> Money:
        """What is paid beyond the line's own days; below zero: too much was paid before."""
        return self.amount - self.even


def reasons(line: LineFigures) -> list[str]:
    """Why a line is not the same as last time, in sentences; none when it is."""
    told = []
    if line.last_amount is None:
        told.append(f"First payment into this fund, for {formats.count(line.days, 'day')}.")
    elif line.difference:
        told += _changes(line)
    if line.amount and line.catches_up.pence > 0:
        told.append(f"{line.catches_up} more, because less was paid before than is owed now.")
    elif line.catches_up.pence < 0:
        told.append(f"{-line.catches_up} less, because more was paid before than is owed now.")
    if line.difference and not told:
        told.append("The same days and weekly amount: pence that do not divide evenly.")
    return told


def _changes(line: LineFigures) -> list[str]:
    told = []
    if line.last_weekly is not None and line.weekly != line.last_weekly:
        told.append(f"The weekly amount was {line.last_weekly} and is {line.weekly}.")
    if line.last_days is not None and line.days != line.last_days:
        told.append(f"It covers {formats.count(line.days, 'day')}; last time {line.last_days}.")
    return told
