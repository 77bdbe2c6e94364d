"""Whether a client account ties to the funds that lie in it: values in, words out (`rules.md` 4).

Cash counts on the day on which it moved at the bank (`occurred_on`), not when somebody entered it: a bill paid on
Friday and entered on Monday had left the account on Friday. What is entered late changes the books of a day gone by, so
the nightly job looks again and keeps a further check when the figures are others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel import formats
from marketplace.kernel.money import Money, total


class Fence(StrEnum):
    """How a client account stands."""

    TIES = "ties"
    SHORT = "short"
    OVER = "over"
    SHIFTED = "shifted"
    """The total is right, and one person's part is not what the books say."""

    BREACHED = "breached"
    """Bills of one person were paid out of other people's money, whatever the total says."""

    UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class Part:
    """One fund: what the books say lies there, and what the holder says, where it says so."""

    books: Money
    declared: Money | None = None

    @property
    def difference(self) -> Money | None:
        """Declared less books; None where nothing was declared for this fund."""
        return None if self.declared is None else self.declared - self.books


@dataclass(frozen=True, slots=True)
class Tally:
    """A declared balance against what its funds add up to by the books.

    `overdrawn` counts the funds with less than nothing, `differing` those of which something else was declared.
    """

    declared: Money
    books: Money
    overdrawn: int = 0
    differing: int = 0

    @property
    def difference(self) -> Money:
        """Declared less books."""
        return self.declared - self.books


def tally(declared: Money, parts: Sequence[Part]) -> Tally:
    """A declared balance against its funds."""
    return Tally(
        declared,
        total(part.books for part in parts),
        overdrawn=sum(part.books.pence < 0 for part in parts),
        differing=sum(bool(part.difference) for part in parts),
    )


def fence(told: Tally) -> Fence:
    """How a client account stands; the worst first."""
    if told.overdrawn:
        return Fence.BREACHED
    if told.difference.pence < 0:
        return Fence.SHORT
    if told.difference.pence > 0:
        return Fence.OVER
    return Fence.SHIFTED if told.differing else Fence.TIES


def fence_words(found: Fence, difference: Money) -> list[str]:
    """What is wrong to the penny, and what to do, in sentences. `difference` is declared less books."""
    told = []
    if difference.pence < 0:
        told.append(
            f"The account has {-difference} less than its funds. Look for a bill that was paid twice, money that was"
            " taken too early, or a payment that has not arrived. Put the money back, and declare the balance again."
        )
    elif difference.pence > 0:
        told.append(
            f"The account has {difference} more than its funds. Look for money that is not entered here yet: a payment"
            " from the council, a contribution, a refund. Say whose it is, so that it can be entered."
        )
    match found:
        case Fence.BREACHED:
            told.append(
                "Bills of one person were paid out of other people’s money. Put that person’s money back first,"
                " and tell the council how it happened."
            )
        case Fence.SHIFTED:
            told.append(
                "The total is right, and the parts are not: money of one person lies with another. Look at the funds"
                " that differ, and move the money in the records of the account."
            )
        case Fence.TIES:
            told.append("The account has exactly what its funds add up to.")
        case _:
            pass
    return told


def part_words(part: Part) -> str:
    """What to say of one fund; nothing when it is as it must be."""
    if part.books.pence < 0:
        return f"Its bills took {-part.books} of other people’s money"
    if part.difference is None or not part.difference:
        return ""
    way = "more" if part.difference.pence > 0 else "less"
    return f"{Money(abs(part.difference.pence))} {way} than the books"


def undeclared_words(days: int | None, expected_days: int) -> str:
    """How long nothing was declared, when that is longer than it should be."""
    if days is None:
        return "No balance was ever declared. Ask the holder to declare one."
    if days <= expected_days:
        return ""
    return f"No balance was declared for {formats.count(days, 'day')}. One is expected every {expected_days} days."
