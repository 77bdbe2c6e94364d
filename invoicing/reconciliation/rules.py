"""What a line of a bank statement can be found to be. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel.errors import Invalid


class LineState(StrEnum):
    """Where a line of a statement stands."""

    OPEN = "open"
    MATCHED = "matched"
    SET_ASIDE = "set_aside"


TRANSITIONS: Mapping[LineState, frozenset[LineState]] = {
    LineState.OPEN: frozenset({LineState.MATCHED, LineState.SET_ASIDE}),
    LineState.SET_ASIDE: frozenset({LineState.OPEN}),
    LineState.MATCHED: frozenset(),
}


def check_reason(because: str) -> str:
    """The reason for setting a line aside. Raises Invalid when there is none, or it is long."""
    told = because.strip()
    if not told:
        raise Invalid({"because": "Say what this is, for example a charge of the bank"})
    if len(told) > 500:
        raise Invalid({"because": "Use 500 characters or fewer"})
    return told
