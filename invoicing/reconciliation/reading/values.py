"""What every kind of bank statement tells, and how a file of them is refused."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money

MOST_PENCE = 10**12
"""No line is more than ten thousand million pounds: a figure beyond it is a slip, not money."""


class StatementRefused(Invalid):
    """A file is no bank statement that can be read; nothing of it is kept."""

    code = "statement_refused"

    def __init__(self, words: str) -> None:
        super().__init__({"file": words}, message=words)


@dataclass(frozen=True, slots=True)
class StatementHead:
    """A statement begins. `account` is sort code and account number, 14 digits, or empty when the file says none."""

    account: str
    reference: str
    opening: Money | None = None
    closing: Money | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement that the bank has booked: what came in is above zero, what went out below.

    `bank_reference` is the bank's own and names the movement for ever, or is empty. `end_to_end` is what we wrote when
    we paid. `returned` says that the bank sent back what went before, `return_code` why, by the standard's code.
    """

    booked_on: date
    amount: Money
    end_to_end: str = ""
    bank_reference: str = ""
    counterparty: str = ""
    words: str = ""
    returned: bool = False
    return_code: str = ""


Piece = StatementHead | StatementLine


def pence_of(text: str, where: str) -> Money:
    """An amount in pounds as a bank writes it, without a currency. Raises StatementRefused."""
    try:
        pence = Decimal(text.strip().replace(",", "")) * 100
        if pence != pence.to_integral_value() or abs(pence) > MOST_PENCE:
            raise InvalidOperation
    except (InvalidOperation, ValueError):
        raise StatementRefused(
            f"{where}: “{text[:40]}” is not an amount in pounds and pence. Ask the bank for the file again"
        ) from None
    return Money(int(pence))
