"""The card numbers that this page knows: Stripe's published test numbers, which no bank has issued."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A test card and what comes of it: `decline` is the bank's reason, or None when it pays.

    `disputed`: its owner's bank asks the money back at once.
    """

    number: str
    brand: str
    words: str
    decline: str | None = None
    disputed: bool = False


_DECLINED = "The card was declined. No money was taken. You can try another card, or go back."

CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "visa", "The payment went through."),
        Card("5555555555554444", "mastercard", "The payment went through."),
        Card("4000000000000259", "visa", "The payment went through.", disputed=True),
        Card("4000000000000002", "visa", _DECLINED, "generic_decline"),
        Card(
            "4000000000009995",
            "visa",
            "The card was declined, because there is not enough money on it. "
            "No money was taken. You can try another card, or go back.",
            "insufficient_funds",
        ),
    )
}


def find(typed: str) -> Card | None:
    """The card with that number, however spaced; None for anything else, which is not kept."""
    return CARDS.get(re.sub(r"[\s-]", "", typed))
