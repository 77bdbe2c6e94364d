"""How a query of a line moves, and how promptly a payer pays: values in, values out (`rules.md` 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from invoicing.rules import PAYMENT_DAYS
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.money import Money, total

MOST_WORDS: Final = 2000
WARN_DAYS: Final = 7
"""Days before the last day to pay on which a payer is told."""


class QueryState(StrEnum):
    """Where a query stands."""

    ASKED = "asked"
    EXPLAINED = "explained"
    DISPUTED = "disputed"
    ACCEPTED = "accepted"
    CREDITED = "credited"

    @property
    def open(self) -> bool:
        """Whether its line waits."""
        return self in OPEN


OPEN: Final = (QueryState.ASKED, QueryState.EXPLAINED, QueryState.DISPUTED)

_S = QueryState
QUERY_TRANSITIONS: Mapping[QueryState, frozenset[QueryState]] = {
    _S.ASKED: frozenset({_S.EXPLAINED, _S.ACCEPTED, _S.CREDITED}),
    _S.EXPLAINED: frozenset({_S.DISPUTED, _S.ACCEPTED, _S.CREDITED}),
    _S.DISPUTED: frozenset({_S.EXPLAINED, _S.ACCEPTED, _S.CREDITED}),
    _S.ACCEPTED: frozenset(),
    _S.CREDITED: frozenset(),
}


class Wish(StrEnum):
    """What a payer asks for with a query."""

    ANSWER = "answer"
    WHOLE = "whole"
    PART = "part"


def wanted_credit(wish: Wish, part: Money | None, left: Money) -> Money | None:
    """How much of a line of which `left` is not credited the payer asks to be credited. Raises Invalid at `amount`."""
    if wish is Wish.ANSWER:
        return None
    wanted = left if wish is Wish.WHOLE or part is None else part
    check_wanted(wanted, left)
    return wanted


def check_wanted(wanted: Money, left: Money) -> None:
    """Only what is left of a line can be credited. Raises Invalid at `amount`."""
    if not 0 < wanted.pence <= left.pence:
        raise Invalid({"amount": f"Enter an amount from £0.01 to {left}"})


class Side(StrEnum):
    """Who writes."""

    PAYER = "payer"
    SELLER = "seller"


class Step(StrEnum):
    """What a message does."""

    ASK = "ask"
    WRITE = "write"
    EXPLAIN = "explain"
    DISPUTE = "dispute"
    ACCEPT = "accept"
    CREDIT = "credit"


LEADS: Final[Mapping[Step, QueryState]] = {
    Step.EXPLAIN: _S.EXPLAINED,
    Step.DISPUTE: _S.DISPUTED,
    Step.ACCEPT: _S.ACCEPTED,
    Step.CREDIT: _S.CREDITED,
}
_MAY: Final[Mapping[Side, frozenset[Step]]] = {
    Side.PAYER: frozenset({Step.WRITE, Step.DISPUTE, Step.ACCEPT}),
    Side.SELLER: frozenset({Step.WRITE, Step.EXPLAIN}),
}


def steps_for(side: Side | None, state: QueryState) -> list[Step]:
    """What a side can do now; nothing once it is settled."""
    if side is None or not state.open:
        return []
    return [
        step
        for step in (Step.EXPLAIN, Step.ACCEPT, Step.DISPUTE, Step.WRITE)
        if step in _MAY[side] and (step not in LEADS or LEADS[step] in QUERY_TRANSITIONS[state])
    ]


class QueriedAlready(Conflict):
    """A line has one open query."""

    code = "line_queried_already"

    def __init__(self) -> None:
        super().__init__(
            "You cannot query this line again, because a query of it is open. You can write more in that one."
        )


def check_words(words: str, *, needed: bool = True) -> str:
    """What was written, without spaces around it. Raises Invalid."""
    told = words.strip()
    if needed and not told:
        raise Invalid({"words": "Write what you want to say"})
    if len(told) > MOST_WORDS:
        raise Invalid({"words": f"Use {MOST_WORDS} characters or fewer"})
    return told


# --- Paying promptly --------------------------------------------------------------------------------------------


def pay_by(received_on: date) -> date:
    """The last day on which an undisputed invoice is paid in time."""
    return received_on + timedelta(days=PAYMENT_DAYS)


@dataclass(frozen=True, slots=True)
class PaidPart:
    """What one payment paid of one invoice. `clock_from` is the receipt, or the day when its lines' queries ended."""

    invoice_id: str
    number: str
    provider_name: str
    clock_from: date
    paid_on: date
    amount: Money

    @property
    def days(self) -> int:
        """From the clock's start to the payment; never below zero."""
        return max(0, (self.paid_on - self.clock_from).days)

    @property
    def late(self) -> bool:
        """Whether it took longer than it may."""
        return self.days > PAYMENT_DAYS


@dataclass(frozen=True, slots=True)
class Promptness:
    """How promptly a payer paid in some days."""

    parts: Sequence[PaidPart]

    @property
    def late(self) -> list[PaidPart]:
        """Those that were late, the latest first."""
        return sorted((part for part in self.parts if part.late), key=lambda part: -part.days)

    @property
    def in_time_percent(self) -> int | None:
        """The share in time of all payments of invoices, rounded down: 99.9% is not all of them."""
        if not self.parts:
            return None
        return 100 * (len(self.parts) - len(self.late)) // len(self.parts)

    @property
    def average_days(self) -> int | None:
        """The mean of the days, the half up."""
        if not self.parts:
            return None
        return (2 * sum(part.days for part in self.parts) + len(self.parts)) // (2 * len(self.parts))

    @property
    def amount(self) -> Money:
        """What was paid."""
        return total(part.amount for part in self.parts)
