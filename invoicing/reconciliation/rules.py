"""What a line of a bank statement can be found to be. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel.errors import Conflict


class LineState(StrEnum):
    """Where a line of a statement stands."""

    OPEN = "open"
    MATCHED = "matched"
    SET_ASIDE = "set_aside"


TRANSITIONS: Mapping[LineState, frozenset[LineState]] = {
    LineState.OPEN: frozenset({LineState.MATCHED, LineState.SET_ASIDE}),
    LineState.SET_ASIDE: frozenset({LineState.OPEN}),
    LineState.MATCHED: frozenset({LineState.OPEN}),
}


class Meaning(StrEnum):
    """What a line was found to be."""

    PAYMENT = "payment"
    RUN = "run"
    RETURN = "return"
    CREDIT = "credit"
    FUNDS = "funds"

    @property
    def label(self) -> str:
        """In words, before the name of the thing."""
        return {
            "payment": "Payment",
            "run": "Whole payment run",
            "return": "Returned payment",
            "credit": "Paid back for credit note",
            "funds": "Payment into funds",
        }[self.value]

    @property
    def moves_money(self) -> bool:
        """Whether finding it changes the books: that is not taken back by looking again."""
        return self in (Meaning.RETURN, Meaning.CREDIT)


class MovedMoney(Conflict):
    """What a line was found to be is in the books."""

    code = "bank_line_in_the_books"

    def __init__(self) -> None:
        super().__init__(
            "You cannot look at this again, because the books were changed by it. "
            "You can enter what really happened at the payment or the credit note."
        )
