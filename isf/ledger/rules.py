"""The accounts of a fund and the movements between them: pure values (`design.md`, Ledger)."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel.money import Money

Entries = dict["Account", Money]


class Account(StrEnum):
    """Where the money of a fund stands. Money comes in from `funding` and `contribution`, which go below zero."""

    FUNDING = "funding"
    CONTRIBUTION = "contribution"
    AVAILABLE = "available"
    COMMITTED = "committed"
    PAYABLE = "payable"
    PAID = "paid"
    FEE = "fee"
    RETURNED = "returned"


class Movement(StrEnum):
    """What a journal does."""

    FUNDING = "funding"
    CONTRIBUTION = "contribution"
    HOLD = "hold"
    RELEASE = "release"
    DELIVER = "deliver"
    SETTLE = "settle"
    CARD = "card"
    CARD_REFUND = "card_refund"
    REVERSAL = "reversal"


OF_BOOKING = frozenset(
    {Movement.HOLD, Movement.RELEASE, Movement.DELIVER, Movement.CARD, Movement.CARD_REFUND}
)
"""Their subject is a booking."""

OF_INVOICE = frozenset({Movement.SETTLE})
"""Their subject is an invoice."""


def transfer(frm: Account, to: Account, amount: Money) -> Entries:
    """The entries that move an amount; none for nothing. Raises ValueError below zero."""
    if amount.pence < 0:
        raise ValueError("an amount to move is never below zero: post the opposite movement")
    return {frm: -amount, to: amount} if amount else {}


def delivery(price: Money, charge: Money) -> Entries:
    """What was booked at `price` was delivered at `charge`: that much becomes payable, the rest is left again.

    Raises ValueError when the charge is not between zero and the price.
    """
    if not 0 <= charge.pence <= price.pence:
        raise ValueError("a charge lies between zero and the price that was booked")
    return without_zeros(
        {Account.COMMITTED: -price, Account.PAYABLE: charge, Account.AVAILABLE: price - charge},
    )


def opposite(entries: Mapping[Account, Money]) -> Entries:
    """The entries that undo others (`rules.md` 23)."""
    return {account: -amount for account, amount in entries.items()}


def without_zeros(entries: Mapping[Account, Money]) -> Entries:
    """Only the entries that move something."""
    return {account: amount for account, amount in entries.items() if amount}
