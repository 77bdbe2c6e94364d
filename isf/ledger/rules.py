"""The accounts of a fund and the movements between them: pure values (`design.md`, Ledger)."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import Money

Entries = dict["Account", Money]


class PlanNotAgreed(Conflict):
    """The money is locked until the support plan has its four keys (row SP3)."""

    code = "plan_not_agreed"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use this money yet, because the support plan is not agreed."
            " You can look at the plan to see what is still to be done."
        )


class Account(StrEnum):
    """Where the money of a fund stands. Money comes in from the first three, which go below zero.

    `promised` stands below zero by what was agreed and is not paid in yet, and above zero when too much was paid in.
    """

    FUNDING = "funding"
    CONTRIBUTION = "contribution"
    TOP_UP = "top_up"
    PROMISED = "promised"
    AVAILABLE = "available"
    COMMITTED = "committed"
    PAYABLE = "payable"
    PAID = "paid"
    FEE = "fee"
    RETURNED = "returned"


class Movement(StrEnum):
    """What a journal does."""

    PROMISE = "promise"
    REDUCTION = "reduction"
    FUNDING = "funding"
    CONTRIBUTION = "contribution"
    TOP_UP = "top_up"
    TOP_UP_BACK = "top_up_back"
    FEE = "fee"
    RETURN = "return"
    TRANSFER_IN = "transfer_in"
    HOLD = "hold"
    RELEASE = "release"
    DELIVER = "deliver"
    NETTING = "netting"
    SETTLE = "settle"
    CARD = "card"
    CARD_REFUND = "card_refund"
    CREDIT = "credit"
    CREDIT_BACK = "credit_back"
    CHARGE_AGAIN = "charge_again"
    SET_ASIDE = "set_aside"
    SET_ASIDE_PAID = "set_aside_paid"
    SET_ASIDE_BACK = "set_aside_back"
    REVERSAL = "reversal"


OF_BOOKING = frozenset(
    {
        Movement.HOLD,
        Movement.RELEASE,
        Movement.DELIVER,
        Movement.NETTING,
        Movement.CARD,
        Movement.CARD_REFUND,
        Movement.CREDIT,
        Movement.CREDIT_BACK,
        Movement.CHARGE_AGAIN,
    }
)
"""Their subject is a booking."""

OF_LIABILITY = frozenset({Movement.SET_ASIDE, Movement.SET_ASIDE_PAID, Movement.SET_ASIDE_BACK})
"""Their subject is wages or another bill that a fund which ends still owes."""

SPENT = (Account.COMMITTED, Account.PAYABLE, Account.PAID, Account.FEE)
"""What is booked and used: the sum of these accounts is what a fund was spent on, by the day of each journal."""

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
    return _used(price, charge, Account.PAYABLE)


def netting(price: Money, charge: Money) -> Entries:
    """The same for what is never paid: the charge makes the promise smaller, and so the next payment (`rules.md` 2)."""
    return _used(price, charge, Account.PROMISED)


def _used(price: Money, charge: Money, to: Account) -> Entries:
    if not 0 <= charge.pence <= price.pence:
        raise ValueError("a charge lies between zero and the price that was booked")
    return without_zeros({Account.COMMITTED: -price, to: charge, Account.AVAILABLE: price - charge})


def opposite(entries: Mapping[Account, Money]) -> Entries:
    """The entries that undo others (`rules.md` 23)."""
    return {account: -amount for account, amount in entries.items()}


def without_zeros(entries: Mapping[Account, Money]) -> Entries:
    """Only the entries that move something."""
    return {account: amount for account, amount in entries.items() if amount}
