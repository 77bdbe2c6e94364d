"""What becomes of a booking when its date changes: values in, values out (row P4; `rules.md` 15)."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from marketplace.kernel.clock import week_of
from marketplace.kernel.errors import Conflict
from marketplace.kernel.formats import clock_time, count, day
from providers.timetables.changing import NewSlot, Slot

SMALL: Final = timedelta(minutes=30)
"""A start and an end that move by no more than this on the same day ask nobody anything new."""


class Movers(StrEnum):
    """What the provider chooses for people whose time changes by more than a little."""

    MOVE = "move"
    OFFER = "offer"


class Fate(StrEnum):
    """What becomes of a booking."""

    KEPT = "kept"
    MOVED = "moved"
    ELSEWHERE = "elsewhere"

    @property
    def label(self) -> str:
        """The word on a page."""
        return {
            "kept": "Kept",
            "moved": "Moves with the date",
            "elsewhere": "Given back, other dates offered",
        }[self.value]


@dataclass(frozen=True, slots=True)
class BookingAsItIs:
    """A booking on a date that changes, with what would stand in the way of its new time."""

    id: UUID
    session_id: UUID
    person_id: UUID
    name: str
    reference: str
    state: str
    payment: str
    fund_id: UUID
    price_pence: int
    starts_at: datetime
    ends_at: datetime
    service_on: date
    busy: bool
    outside_fund: bool
    in_house: bool
    not_approved: bool
    relative: bool
    locked: bool
    ended: bool
    paused: bool


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking and what becomes of it."""

    booking: BookingAsItIs
    fate: Fate
    why: str = ""


@dataclass(frozen=True, slots=True)
class DateChange:
    """A date, what it will be, and what becomes of its bookings."""

    slot: Slot
    new: NewSlot
    bookings: Sequence[Affected] = field(default=())

    @property
    def off(self) -> bool:
        """Whether the date does not happen any more."""
        return bool(self.new.off)

    @property
    def same_time(self) -> bool:
        """Whether start and end stay."""
        return (self.slot.starts_at, self.slot.ends_at) == (self.new.starts_at, self.new.ends_at)

    @property
    def other_place(self) -> bool:
        """Whether it happens elsewhere."""
        return not self.off and self.slot.venue_id != self.new.venue_id

    @property
    def moves(self) -> bool:
        """Whether it happens, at another time or elsewhere."""
        return not self.off and (self.other_place or not self.same_time)

    def those(self, fate: Fate) -> list[Affected]:
        """The bookings with a fate."""
        return [each for each in self.bookings if each.fate is fate]


def fate_of(booking: BookingAsItIs, slot: Slot, new: NewSlot, movers: Movers) -> Affected:
    """Kept, moved or offered elsewhere. What the rules forbid is offered elsewhere, whatever the provider chose."""
    if new.off:
        return Affected(booking, Fate.ELSEWHERE, new.off)
    if (slot.starts_at, slot.ends_at) == (new.starts_at, new.ends_at):
        return Affected(booking, Fate.KEPT)
    if why := _impossible(booking, slot, new):
        return Affected(booking, Fate.ELSEWHERE, why)
    if small(slot, new):
        return Affected(booking, Fate.KEPT, "The time changes a little.")
    if movers is Movers.OFFER:
        return Affected(booking, Fate.ELSEWHERE, "You chose to offer other dates.")
    return Affected(booking, Fate.MOVED)


def late_fate(booking: BookingAsItIs, slot: Slot, new: NewSlot, movers: Movers) -> Fate:
    """What becomes of what is owed for a place given up late: it goes with the date, as the booking would; where that
    would be given back, nothing is owed. Whoever gave up is neither busy at the new time nor paused on it.
    """
    return fate_of(replace(booking, busy=False, paused=False), slot, new, movers).fate


def small(slot: Slot, new: NewSlot) -> bool:
    """Whether the time changes by half an hour at most, on the same day."""
    return (
        slot.starts_at.date() == new.starts_at.date()
        and abs(new.starts_at - slot.starts_at) <= SMALL
        and abs(new.ends_at - slot.ends_at) <= SMALL
    )


def _impossible(booking: BookingAsItIs, slot: Slot, new: NewSlot) -> str:
    other_day = new.service_on != booking.service_on
    checks = (
        (booking.state == "held", "The place waits for a card payment of the old time."),
        (week_of(new.service_on) != week_of(booking.service_on), "The new time is in another week."),
        (booking.busy, "The person has something else at the new time."),
        (booking.ended, "The person’s support has ended by the new day."),
        (booking.paused, "The person pauses on the new day."),
        (booking.outside_fund or (booking.locked and other_day), "The fund has no money for the new day."),
        (booking.in_house, "On the new day the service belongs to the council that pays the budget."),
        (booking.not_approved, "On the new day the council has not approved you."),
        (booking.relative, "On the new day the direct payment may not pay a close relative."),
    )
    return next((words for wrong, words in checks if wrong), "")


class CapacityBelowBooked(Conflict):
    """Fewer places than people."""

    code = "capacity_below_booked"

    def __init__(self, changed: DateChange, stay: int) -> None:
        slot = changed.slot
        super().__init__(
            f"You cannot have {count(changed.new.capacity, 'place')} on {day(slot.starts_at)}, because "
            f"{stay} are booked or offered. You can keep {stay} places or more, or leave that date out."
        )


class Recorded(Conflict):
    """The register says already what came of a date."""

    code = "already_recorded"

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(
            f"You cannot move or stop the date on {day(starts_at)} at {clock_time(starts_at)}, because the register "
            "says already what came of it. You can change its place or places, or leave that date out."
        )


class StartsInThePast(Conflict):
    """A date would begin before now."""

    code = "starts_in_the_past"

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(
            f"You cannot do this, because a date would begin on {day(starts_at)} at {clock_time(starts_at)}, which is "
            "over. You can choose a later time."
        )


class SameStart(Conflict):
    """Two dates of one activity would begin at one time."""

    code = "same_start"

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(
            f"You cannot do this, because the activity has a date on {day(starts_at)} at {clock_time(starts_at)} "
            "already. You can choose another time, or take that date away first."
        )


class ChangedMeanwhile(Conflict):
    """What would happen now is not what was shown."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(
            "Something changed since you looked: somebody booked or cancelled. Look at what happens now, and go on."
        )


def check(
    changes: Sequence[DateChange],
    now: datetime,
    taken_starts: set[tuple[UUID, datetime]],
    recorded: Collection[UUID] = (),
) -> None:
    """Raises Recorded, StartsInThePast, SameStart or CapacityBelowBooked for the first date that cannot be like that.

    `taken_starts` are the starts of dates that are not changed; `recorded` are dates whose register is begun.
    """
    seen = set(taken_starts)
    for each in changes:
        if each.slot.id in recorded and (each.off or not each.same_time):
            raise Recorded(each.slot.starts_at)
        if each.off:
            continue
        if not each.same_time and each.new.starts_at <= now:
            raise StartsInThePast(each.new.starts_at)
        key = (each.slot.activity_id, each.new.starts_at)
        if key in seen:
            raise SameStart(each.new.starts_at)
        seen.add(key)
        stay = each.slot.taken + each.slot.offered - len(each.those(Fate.ELSEWHERE))
        if each.new.capacity < stay:
            raise CapacityBelowBooked(each, stay)


def fingerprint(changes: Sequence[DateChange]) -> str:
    """What is shown, in a few letters: the same again when it is done, or it is shown anew."""
    told = hashlib.sha256()
    for each in sorted(changes, key=lambda change: change.slot.id):
        told.update(repr((each.slot.id, each.new, each.slot.starts_at, each.slot.capacity)).encode())
        for one in sorted(each.bookings, key=lambda affected: affected.booking.id):
            told.update(repr((one.booking.id, one.fate)).encode())
    return told.hexdigest()[:24]
