"""What can be said of a recorded attendance, and by whom next: values in, values out."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.bookings.rules import Outcome


class CheckState(StrEnum):
    """Where the check of an attendance stands; before the first of them it waits to be looked at."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    ANSWERED = "answered"
    SETTLED = "settled"

    @property
    def open(self) -> bool:
        """Whether it holds the bill back."""
        return self in (CheckState.DISPUTED, CheckState.ANSWERED)


CHECK_TRANSITIONS: Mapping[CheckState, frozenset[CheckState]] = {
    # What counted as right by time alone can still be found wrong.
    CheckState.CONFIRMED: frozenset({CheckState.DISPUTED}),
    CheckState.DISPUTED: frozenset({CheckState.ANSWERED, CheckState.SETTLED}),
    CheckState.ANSWERED: frozenset({CheckState.SETTLED}),
    CheckState.SETTLED: frozenset(),
}


def outcome_words(outcome: Outcome, called: str) -> str:
    """What was recorded, as a sentence about the person."""
    return {
        Outcome.ATTENDED: f"{called} was there.",
        Outcome.ABSENT: f"{called} did not come.",
        Outcome.LATE_CANCELLED: f"{called} gave up the place late.",
    }[outcome]
