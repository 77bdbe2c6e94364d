"""How a fund ends: when it may, what is in the way, and where each penny goes. Values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from isf.rules import last_day
from marketplace.kernel import formats
from marketplace.kernel.money import ZERO, Money


class ExitState(StrEnum):
    """How far the end of a fund is."""

    ANNOUNCED = "announced"
    WINDING_UP = "winding_up"
    COMPLETED = "completed"


EXIT_TRANSITIONS: Mapping[ExitState, frozenset[ExitState]] = {
    ExitState.ANNOUNCED: frozenset({ExitState.WINDING_UP}),
    ExitState.WINDING_UP: frozenset({ExitState.COMPLETED}),
    ExitState.COMPLETED: frozenset(),
}


class ExitReason(StrEnum):
    """Why a fund ends."""

    PERSON_WISH = "person_wish"
    HOLDER_NOTICE = "holder_notice"
    COUNCIL_NOTICE = "council_notice"
    MOVED = "moved"
    DIED = "died"
    ROUTE_CHANGED = "route_changed"
    OVER = "over"

    @property
    def label(self) -> str:
        """The reason in words."""
        return _LABELS[self]

    @property
    def has_notice(self) -> bool:
        """Whether the agreement's notice has to be kept."""
        return self in (ExitReason.PERSON_WISH, ExitReason.HOLDER_NOTICE, ExitReason.COUNCIL_NOTICE)


_LABELS = {
    ExitReason.PERSON_WISH: "The person wishes it",
    ExitReason.HOLDER_NOTICE: "Who holds the money gave notice",
    ExitReason.COUNCIL_NOTICE: "The council gave notice",
    ExitReason.MOVED: "The person moved away",
    ExitReason.DIED: "The person died",
    ExitReason.ROUTE_CHANGED: "Somebody else holds the money now",
    ExitReason.OVER: "The fund’s days are over",
}


@dataclass(frozen=True, slots=True)
class ExitDraft:
    """The end of a fund to be. `ends_on` is the first day without it; no `to_fund_id`: the council gets what is left.

    `shorter_because`: why everybody agreed to less notice than the agreement says.
    """

    ends_on: date
    reason: ExitReason
    because: str = ""
    to_fund_id: UUID | None = None
    shorter_because: str = ""


def date_error(draft: ExitDraft, starts_on: date, ends_on: date, today: date) -> str:
    """What is wrong with the last day for a fund with these days (half-open), or nothing."""
    if draft.ends_on <= starts_on:
        return f"The fund began on {formats.full_date(starts_on)}: choose a day from then on"
    if draft.ends_on > ends_on:
        return f"The fund ends on {formats.full_date(last_day(ends_on))} already: choose that day or an earlier one"
    if draft.ends_on <= today and draft.reason.has_notice and draft.ends_on != ends_on:
        return "Choose today or a later day"
    return ""


def notice_error(draft: ExitDraft, notice_days: int, ends_on: date, today: date) -> str:
    """Why the last day is too early for the notice in the agreement, or nothing. The fund's own end needs none."""
    earliest = today + timedelta(days=notice_days)
    if (
        not draft.reason.has_notice
        or draft.ends_on == ends_on
        or draft.ends_on >= earliest
        or draft.shorter_because.strip()
    ):
        return ""
    return (
        f"The agreement asks for {formats.count(notice_days, 'day')} of notice: choose "
        f"{formats.full_date(last_day(earliest))} or later, or write why everybody agreed to an earlier day"
    )


@dataclass(frozen=True, slots=True)
class Purse:
    """What stands in a fund's books when it ends. `promised` is below zero by what was never paid in.

    `own` is the person's own money that was added. `contribution_over` is what the person paid for days after the end.
    """

    available: Money
    committed: Money
    payable: Money
    promised: Money
    own: Money
    contribution_over: Money = ZERO
    set_aside: Money = ZERO
    """The part of `committed` that is held for wages and other bills."""

    @property
    def short(self) -> Money:
        """What is still to be paid in, so that what was used is covered without the person's own money."""
        return max(-(self.available - self.own_back + self.promised), ZERO)

    @property
    def own_back(self) -> Money:
        """How much of the person's own money is left to go back."""
        return min(max(self.own, ZERO), self.available)


@dataclass(frozen=True, slots=True)
class Division:
    """Where each penny goes. `not_needed`: agreed, never paid in, and not needed any more; it moves no money.

    `early` was paid in for days after the end, `left` is what was not used; `to_person` is their contribution for days
    after the end, taken first out of what was paid in too early.
    """

    own_back: Money
    not_needed: Money
    to_person_early: Money
    to_person_left: Money
    early: Money
    left: Money

    @property
    def to_person(self) -> Money:
        """The contribution that goes back."""
        return self.to_person_early + self.to_person_left


class Destination(StrEnum):
    """Who gets what is left."""

    COUNCIL = "council"
    NEXT_FUND = "next_fund"


def divide(purse: Purse, destination: Destination) -> Division:
    """Divide what a fund holds so that nothing is left over. Raises ValueError while something is in the way.

    The person's own money first, then what was never paid in and is not needed, then what goes on. To the council, a
    contribution for days after the end goes back to the person first (`rules.md` 6, 18).
    """
    if in_the_way(purse):
        raise ValueError("the fund cannot be divided yet")
    left = purse.available - purse.own_back
    not_needed = min(left, max(-purse.promised, ZERO))
    left -= not_needed
    early = max(purse.promised, ZERO)
    over = max(purse.contribution_over, ZERO) if destination is Destination.COUNCIL else ZERO
    person_early = min(over, early)
    person_left = min(over - person_early, left)
    return Division(
        own_back=purse.own_back,
        not_needed=not_needed,
        to_person_early=person_early,
        to_person_left=person_left,
        early=early - person_early,
        left=left - person_left,
    )


def in_the_way(purse: Purse) -> list[str]:
    """What has to be settled before money goes on, each in a sentence; empty when nothing is (`rules.md` 18)."""
    told = []
    booked = purse.committed - purse.set_aside
    if booked:
        told.append(f"{booked} is still booked: cancel or move those bookings, or record what happened.")
    if purse.set_aside:
        told.append(
            f"{purse.set_aside} is held aside for wages or other bills: pay them, or let go what is not owed."
        )
    if purse.payable:
        told.append(f"{purse.payable} is used and not paid yet: pay those invoices.")
    if purse.short:
        told.append(
            f"{purse.short} is still to be paid in, because more was used than was paid in. Pay it in first."
        )
    return told
