"""Whether money goes as time goes."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from isf.rules.periods import first_day_after, last_day, planned_by
from marketplace.kernel.formats import MONTHS
from marketplace.kernel.money import Money


class PaceKind(StrEnum):
    """Whether money goes as time goes."""

    ON_TRACK = "on_track"
    AHEAD = "ahead"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Pace:
    """How money and time go together, with one sentence about it."""

    kind: PaceKind
    words: str


def pace(amount: Money, spent: Money, starts_on: date, ends_on: date, day: date) -> Pace:
    """Compare what is spent by a day with even use; two weeks' worth more or less is on track."""
    last = last_day(ends_on)
    until = f"{last.day} {MONTHS[last.month - 1]}"
    if day < starts_on:
        return Pace(PaceKind.ON_TRACK, f"Starts on {starts_on.day} {MONTHS[starts_on.month - 1]}")
    if day >= ends_on:
        return Pace(PaceKind.ON_TRACK, f"Ended on {until}")
    by_now = planned_by(amount, starts_on, ends_on, first_day_after(day))
    usual = planned_by(amount, starts_on, ends_on, starts_on + timedelta(days=14))
    difference = spent - by_now
    if abs(difference.pence) <= usual.pence:
        return Pace(PaceKind.ON_TRACK, f"On track until {until}")
    if difference.pence > 0:
        return Pace(PaceKind.AHEAD, f"{difference} more used than planned by now")
    return Pace(PaceKind.BEHIND, f"{-difference} less used than planned by now")
