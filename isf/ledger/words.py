"""What a movement of money is called on a page: left, booked, used (`pages.md`, Words)."""

from collections.abc import Mapping

from isf.ledger.rules import Account, Movement
from marketplace.kernel.money import ZERO, Money

_WORDS = {
    Movement.PROMISE: "Agreed in the budget",
    Movement.REDUCTION: "Taken out of the budget",
    Movement.FUNDING: "Money in from the council",
    Movement.CONTRIBUTION: "Money in from the person",
    Movement.TOP_UP: "The person’s own money added",
    Movement.TOP_UP_BACK: "The person’s own money given back",
    Movement.FEE: "Fee of who holds the money",
    Movement.RETURN: "Money that went on or back",
    Movement.TRANSFER_IN: "Money from who held it before",
    Movement.HOLD: "Booked",
    Movement.RELEASE: "Not needed, so left again",
    Movement.DELIVER: "Used",
    Movement.NETTING: "Used, and taken from the next payment",
    Movement.SETTLE: "Paid to the provider",
    Movement.CARD: "Paid by card",
    Movement.CARD_REFUND: "Paid back to the card",
    Movement.CREDIT: "Credited by the provider, so left again",
    Movement.CREDIT_BACK: "Credited after it was paid, and back",
    Movement.CHARGE_AGAIN: "Corrected, to be billed anew",
    Movement.SET_ASIDE: "Held aside for what is still owed",
    Movement.SET_ASIDE_PAID: "Paid out of what was held aside",
    Movement.SET_ASIDE_BACK: "Held aside and not owed, so left again",
}
_TAKEN_BACK = {
    Movement.DELIVER: "Corrected: not used after all",
    Movement.NETTING: "Corrected: not taken from the next payment after all",
    Movement.SETTLE: "Corrected: not paid after all",
}


def movement_words(
    movement: Movement, entries: Mapping[Account, Money], reversed_movement: Movement | None
) -> str:
    """One line for a movement."""
    if reversed_movement is not None:
        return _TAKEN_BACK.get(reversed_movement, "Corrected")
    if movement is Movement.DELIVER:
        left_again = entries.get(Account.AVAILABLE, ZERO)
        if not entries.get(Account.PAYABLE, ZERO):
            return "Not charged, so left again"
        return f"Used, and {left_again} left again" if left_again else "Used"
    if movement is Movement.NETTING and not entries.get(Account.PROMISED, ZERO):
        return "Not charged, so left again"
    return _WORDS[movement]


def movement_amount(movement: Movement, entries: Mapping[Account, Money]) -> Money:
    """How much a movement is about, never below zero."""
    if movement is Movement.DELIVER and entries.get(Account.PAYABLE, ZERO):
        return entries[Account.PAYABLE]
    if movement is Movement.NETTING and entries.get(Account.PROMISED, ZERO):
        return entries[Account.PROMISED]
    return Money(sum(amount.pence for amount in entries.values() if amount.pence > 0))
