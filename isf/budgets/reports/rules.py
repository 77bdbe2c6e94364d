"""Where a reported change stands, and how it can be answered: values in, values out."""

from collections.abc import Mapping
from enum import StrEnum


class ReportState(StrEnum):
    """Where a reported change stands."""

    REPORTED = "reported"
    OPENED = "opened"
    NO_CHANGE = "no_change"
    BUDGET_CHANGED = "budget_changed"
    REVIEW = "review"


TRANSITIONS: Mapping[ReportState, frozenset[ReportState]] = {
    ReportState.REPORTED: frozenset({ReportState.OPENED}),
    ReportState.OPENED: frozenset({ReportState.NO_CHANGE, ReportState.BUDGET_CHANGED, ReportState.REVIEW}),
    # A review is held; then it comes to a changed budget, or to none.
    ReportState.REVIEW: frozenset({ReportState.NO_CHANGE, ReportState.BUDGET_CHANGED}),
    ReportState.NO_CHANGE: frozenset(),
    ReportState.BUDGET_CHANGED: frozenset(),
}

WAITING = frozenset({ReportState.REPORTED, ReportState.OPENED})


class ReportAnswer(StrEnum):
    """What the council answers."""

    NO_CHANGE = "no_change"
    BUDGET_CHANGED = "budget_changed"
    REVIEW = "review"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {
            ReportAnswer.NO_CHANGE: "The budget stays as it is",
            ReportAnswer.BUDGET_CHANGED: "The budget is changed",
            ReportAnswer.REVIEW: "We look at everything together, in a review",
        }[self]
