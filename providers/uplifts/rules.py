"""When a new price is a rise, and where a proposal stands: values in, values out (row P6)."""

from collections.abc import Collection, Mapping
from typing import Final

from marketplace.kernel.errors import Conflict
from providers.rules import Labelled, PriceUnit, Rate, price_each, price_of

MOST_WORDS: Final = 2000
AN_HOUR: Final = 60
WEEKS_SEEN: Final = 8
"""How far back sessions and bookings say what is usual."""


class UpliftState(Labelled):
    """Where a proposal to raise a price stands."""

    PROPOSED = "proposed", "Waiting for the councils"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


_S = UpliftState
TRANSITIONS: Final[Mapping[UpliftState, frozenset[UpliftState]]] = {
    _S.PROPOSED: frozenset({_S.APPROVED, _S.REFUSED, _S.WITHDRAWN}),
    _S.APPROVED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}


class Verdict(Labelled):
    """What one council says of a proposal."""

    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


class UpliftNeeded(Conflict):
    """Councils approved the provider at the price that people pay: they are asked before it goes up."""

    code = "uplift_needed"

    def __init__(self) -> None:
        super().__init__(
            "You cannot raise this price yourself, because a council has approved you and people rely on the price. "
            "You can propose the new price, with the reason. You can set a lower price at any time."
        )


class NoUpliftNeeded(Conflict):
    """Nobody has to be asked about this price."""

    code = "no_uplift_needed"

    def __init__(self) -> None:
        super().__init__(
            "You cannot propose this price, because nobody has to approve it: it raises nothing that a council relies "
            "on. You can set it yourself."
        )


def is_rise(old: Rate | None, new: Rate, minutes: Collection[int]) -> bool:
    """Whether an hour, or a session of any of these lengths, becomes dearer for somebody.

    The first rate of a ratio raises nothing. Where both are for an hour, the price and the least charge count each
    for itself, because sessions of other lengths may come.
    """
    if old is None:
        return False
    if old.unit is PriceUnit.HOUR and new.unit is PriceUnit.HOUR and old.split is new.split:
        return new.price > old.price or _least(new) > _least(old)
    priced = price_of if old.split is new.split else price_each
    return any(priced(new, length) > priced(old, length) for length in {AN_HOUR, *minutes})


def _least(rate: Rate) -> int:
    return rate.minimum.pence if rate.minimum else 0
