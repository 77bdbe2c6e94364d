"""What a change of a budget is called, for the person and for whoever helps them (`pages.md`, Words)."""

from datetime import date

from isf.ledger.overcommitted import OverKind
from marketplace.kernel import formats
from marketplace.kernel.money import Money


def over_commitment_words(kind: str, starts_on: date, missing: Money) -> str:
    """What is the matter, in one or two sentences."""
    day = formats.full_date(starts_on)
    if kind == OverKind.ENDED:
        words = f"This money ends before {day}, and something is booked from it on that day or later."
    elif kind == OverKind.RETURNED:
        words = f"A payment came back on {day}, so a provider owes again what it had given back, and that is booked."
    else:
        words = f"The budget goes down on {day}."
    return words + (f" {missing} of what is booked is not covered." if missing else "")
