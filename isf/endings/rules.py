"""An end, and what is set aside before the rest is recovered: values in, values out (`rules.md` 18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from isf.agreements.exits.rules import ExitReason
from marketplace.kernel.money import Money


class EndKind(StrEnum):
    """Why support ends."""

    DIED = "died"
    MOVED = "moved"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {"died": "They died", "moved": "They moved away"}[self.value]

    @property
    def exit_reason(self) -> ExitReason:
        """Why their funds end."""
        return ExitReason.DIED if self is EndKind.DIED else ExitReason.MOVED


@dataclass(frozen=True, slots=True)
class EndDraft:
    """The end to be recorded; `last_on` is the day of it."""

    kind: EndKind
    last_on: date
    because: str = ""

    @property
    def ends_on(self) -> date:
        """The first day without support."""
        return self.last_on + timedelta(days=1)


def end_error(draft: EndDraft, today: date) -> str:
    """What is wrong with the day, or nothing."""
    if draft.kind is EndKind.DIED and draft.last_on > today:
        return "Enter today or an earlier day"
    return ""


class LiabilityKind(StrEnum):
    """What is owed beside bookings."""

    WAGES = "wages"
    NOTICE = "notice"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {"wages": "Wages, with tax and pension", "notice": "Notice pay", "other": "Another bill"}[
            self.value
        ]


class LiabilityState(StrEnum):
    """How far a liability is."""

    OPEN = "open"
    PAID = "paid"
    DROPPED = "dropped"


LIABILITY_TRANSITIONS: Mapping[LiabilityState, frozenset[LiabilityState]] = {
    LiabilityState.OPEN: frozenset({LiabilityState.PAID, LiabilityState.DROPPED}),
    LiabilityState.PAID: frozenset(),
    LiabilityState.DROPPED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class LiabilityDraft:
    """What is owed, how much, and by which evidence."""

    kind: LiabilityKind
    words: str
    amount: Money
    evidence: str
