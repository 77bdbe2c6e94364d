"""What a change makes of dates and of the rule they come from: values in, values out (row P4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.clock import LONDON, from_wall, london_day, week_of
from marketplace.kernel.errors import Invalid
from providers.timetables.recurrence import LAST, Frequency, Recurrence, Weekday


class Reach(StrEnum):
    """How far a change goes."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {
            "this": "Only this date",
            "following": "This date and all later ones",
            "all": "Every date to come",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happens from now on; None is the activity's own place."""

    venue_id: UUID | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; what is None stays. With `stop` there is no such date any more."""

    start_time: time | None = None
    minutes: int | None = None
    weekday: Weekday | None = None
    day: date | None = None
    """Another day; for one date only."""
    later_minutes: int = 0
    """So much later (or earlier, below zero), by the clock on the wall."""
    capacity: int | None = None
    place: Place | None = None
    stop: bool = False

    @property
    def nothing(self) -> bool:
        """Whether it asks for nothing."""
        return self == Change()


@dataclass(frozen=True, slots=True)
class Slot:
    """A dated session as it is."""

    id: UUID
    activity_id: UUID
    title: str
    timetable_id: UUID | None
    rule_on: date | None
    starts_at: datetime
    ends_at: datetime
    capacity: int
    venue_id: UUID | None
    taken: int
    offered: int


@dataclass(frozen=True, slots=True)
class NewSlot:
    """The session as it will be; `off` says why there is none."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    venue_id: UUID | None
    rule_on: date | None
    off: str = ""

    @property
    def service_on(self) -> date:
        """Its London day."""
        return london_day(self.starts_at)


def check(change: Change, reach: Reach) -> None:
    """Raises Invalid, field by field."""
    wrong: dict[str, str] = {}
    if change.nothing:
        raise Invalid({"reach": "Change something: the day, the time, the length, the place or the places"})
    if change.minutes is not None and not 5 <= change.minutes <= 24 * 60:
        wrong["minutes"] = "Enter a length from 5 minutes to 24 hours"
    if change.capacity is not None and not 1 <= change.capacity <= 10_000:
        wrong["capacity"] = "Enter a number of places from 1 to 10,000"
    if not -24 * 60 < change.later_minutes < 24 * 60:
        wrong["later_minutes"] = "Enter less than 24 hours"
    if change.day is not None and reach is not Reach.THIS:
        wrong["day"] = (
            "Only one date can be moved to another day. For more of them, choose another day of the week"
        )
    if wrong:
        raise Invalid(wrong)


def moved_recurrence(recurrence: Recurrence, old: Weekday, new: Weekday) -> Recurrence:
    """The rule with one weekday changed for another. Raises Invalid at `weekday` when the rule has none to change."""
    if old == new:
        return recurrence
    if recurrence.frequency is Frequency.WEEKLY and old in recurrence.weekdays:
        if new in recurrence.weekdays:
            raise Invalid({"weekday": f"It happens on {new.label} already: choose another day"})
        return replace(recurrence, weekdays=recurrence.weekdays - {old} | {new})
    nths = {(place, new if day == old else day) for place, day in recurrence.nth_weekdays}
    if nths != recurrence.nth_weekdays and len(nths) == len(recurrence.nth_weekdays):
        return replace(recurrence, nth_weekdays=frozenset(nths))
    raise Invalid(
        {"weekday": "This timetable has no such day of the week to change. You can change one date, or end it and "
                    "set another timetable"}
    )  # fmt: skip


def moved_day(recurrence: Recurrence, day: date, old: Weekday, new: Weekday) -> date:
    """Where a day of the old rule goes: the same week, or the same place in the month."""
    if day.weekday() != old:
        return day
    if recurrence.frequency is not Frequency.MONTHLY:
        return week_of(day) + timedelta(days=new)
    first = day.replace(day=1)
    place = (day.day - 1) // 7
    if (LAST, old) in recurrence.nth_weekdays and (day + timedelta(days=7)).month != day.month:
        after = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return after - timedelta(days=(after.weekday() - new) % 7)
    return first + timedelta(days=(new - first.weekday()) % 7 + 7 * place)


def new_slot(slot: Slot, change: Change, goes_to: date | None = None) -> NewSlot:
    """The session after a change; `goes_to` is its day in the changed rule, None when it changes by itself.

    Wall time is changed on the wall: 10:00 becomes 11:00 in summer and winter. A date that was moved to another day
    by itself stays on that day when the rule's weekday changes.
    """
    wall = slot.starts_at.astimezone(LONDON)
    day = wall.date()
    if change.day is not None:
        day = change.day
    elif goes_to is not None:
        day = goes_to if slot.rule_on == day else day
    elif change.weekday is not None:
        day = week_of(day) + timedelta(days=change.weekday)
    at = datetime.combine(day, change.start_time or wall.time().replace(tzinfo=None))
    at += timedelta(minutes=change.later_minutes)
    retimed = change.start_time is not None or change.later_minutes or day != wall.date()
    start = from_wall(at.date(), at.time()) if retimed else slot.starts_at
    length = timedelta(minutes=change.minutes) if change.minutes else slot.ends_at - slot.starts_at
    return NewSlot(
        starts_at=start,
        ends_at=start + length,
        capacity=change.capacity or slot.capacity,
        venue_id=change.place.venue_id if change.place else slot.venue_id,
        rule_on=goes_to or slot.rule_on,
        off="The date does not happen any more." if change.stop else "",
    )
