"""How a disagreement goes: raised, answered by a day, looked at again by somebody else, settled (row SP4)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum


class DisagreementState(StrEnum):
    """Where a disagreement stands."""

    RAISED = "raised"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    DECIDED = "decided"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


_S = DisagreementState
TRANSITIONS: Mapping[DisagreementState, frozenset[DisagreementState]] = {
    _S.RAISED: frozenset({_S.ANSWERED, _S.ESCALATED, _S.WITHDRAWN}),
    _S.ANSWERED: frozenset({_S.SETTLED, _S.ESCALATED}),
    _S.ESCALATED: frozenset({_S.DECIDED, _S.WITHDRAWN}),
    _S.DECIDED: frozenset({_S.SETTLED}),
    _S.SETTLED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}

FOR_THE_COUNCIL = frozenset({_S.RAISED, _S.ESCALATED})
"""In these the council has to do something."""

FOR_THE_PERSON = frozenset({_S.ANSWERED, _S.DECIDED})
"""In these the person says whether they agree."""


class Outcome(StrEnum):
    """What an answer comes to."""

    KEPT = "kept"
    CHANGES = "changes"


def may_escalate(state: DisagreementState, answer_due_on: date, today: date) -> bool:
    """Whether somebody else can be asked to look: after an answer, or when the day of the answer has passed."""
    return state is _S.ANSWERED or (state is _S.RAISED and today > answer_due_on)


def is_late(state: DisagreementState, answer_due_on: date, today: date) -> bool:
    """Whether the council has let the day pass."""
    return state in FOR_THE_COUNCIL and today > answer_due_on
