"""The way off an in-house service, step by step: values in, values out (row B8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.kernel.errors import Conflict, Invalid

MOST_WORDS = 5000


class TransitionState(StrEnum):
    """Where a move stands."""

    STARTED = "started"
    CONSULTED = "consulted"
    AGREED = "agreed"
    MOVED = "moved"
    STOPPED = "stopped"

    @property
    def label(self) -> str:
        """The word on a page."""
        return {
            "started": "To talk about",
            "consulted": "Talked about",
            "agreed": "Agreed",
            "moved": "Moved",
            "stopped": "Stays where they are",
        }[self.value]


_S = TransitionState
OPEN = (_S.STARTED, _S.CONSULTED, _S.AGREED)
TRANSITIONS: Mapping[TransitionState, frozenset[TransitionState]] = {
    _S.STARTED: frozenset({_S.CONSULTED, _S.STOPPED}),
    _S.CONSULTED: frozenset({_S.AGREED, _S.STOPPED}),
    _S.AGREED: frozenset({_S.MOVED, _S.STOPPED}),
    _S.MOVED: frozenset(),
    _S.STOPPED: frozenset(),
}


class HeldBy(StrEnum):
    """Who may hold the consultation."""

    PRACTITIONER = "social_work_practitioner"
    ASSESSOR = "trusted_assessor"

    @property
    def label(self) -> str:
        """What they are, in words."""
        return {
            "social_work_practitioner": "Social work practitioner",
            "trusted_assessor": "Trusted assessor",
        }[self.value]


class ConsultationFirst(Conflict):
    """Nobody has talked with the person yet."""

    code = "consultation_first"

    def __init__(self) -> None:
        super().__init__(
            "You cannot move this person, because no consultation with them is recorded. A social work practitioner "
            "or trusted assessor talks with them first. You can record what was said, and then agree the move."
        )


class RouteWaits(Conflict):
    """The money cannot go another route while in-house bookings stand."""

    code = "route_waits_for_transition"

    def __init__(self) -> None:
        super().__init__(
            "You cannot change who holds this money yet, because it has bookings at the council’s own service, "
            "which a personalised budget cannot pay. You can start the move off that service: it needs a recorded "
            "consultation with the person by a social work practitioner or trusted assessor."
        )


@dataclass(frozen=True, slots=True)
class ConsultationDraft:
    """What was said, by whom and when; every field is needed."""

    held_by: str
    held_by_role: HeldBy | None
    held_on: date | None
    present: str
    persons_view: str
    accessible_how: str
    decided: str

    def check(self, today: date) -> None:
        """Raises Invalid with what to type."""
        wrong = {}
        asked = {
            "held_by": "Enter the name of who held the consultation",
            "present": "Enter who was there, or “nobody else”",
            "persons_view": "Write what the person said, in their own words",
            "accessible_how": "Write how it was made easy for the person to follow and to answer",
            "decided": "Write what was decided",
        }
        for name, words in asked.items():
            typed = getattr(self, name).strip()
            if not typed:
                wrong[name] = words
            elif len(typed) > (200 if name == "held_by" else MOST_WORDS):
                wrong[name] = f"Use {200 if name == 'held_by' else MOST_WORDS} characters or fewer"
        if self.held_by_role is None:
            wrong["held_by_role"] = "Choose what they are"
        if self.held_on is None:
            wrong["held_on"] = "Enter the day, like 24 11 2026"
        elif self.held_on > today:
            wrong["held_on"] = "Enter a day that is not after today"
        if wrong:
            raise Invalid(wrong)
