"""The six kinds of support that nobody pays for, and the clock of two that are free for some weeks (`rules.md` 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from isf.parameters.rules import Parameter
from marketplace.kernel import formats
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money


class ExemptKind(StrEnum):
    """What is never charged for."""

    AIDS = "aids"
    TELECARE = "telecare"
    REABLEMENT = "reablement"
    INTERMEDIATE_CARE = "intermediate_care"
    AFTERCARE = "aftercare"
    CARER = "carer"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self][0]

    @property
    def easy(self) -> str:
        """One short sentence about it."""
        return _LABELS[self][1]

    @property
    def clock(self) -> Parameter | None:
        """For how many weeks it is free; None where there is no end to that."""
        return _CLOCKS.get(self)


_LABELS: Mapping[ExemptKind, tuple[str, str]] = {
    ExemptKind.AIDS: ("Aids and small changes at home", "Things that help you at home are free."),
    ExemptKind.TELECARE: ("Telecare", "Alarms and sensors that keep you safe are free."),
    ExemptKind.REABLEMENT: ("Reablement at home", "Help to do things yourself again is free for some weeks."),
    ExemptKind.INTERMEDIATE_CARE: (
        "Intermediate care",
        "Help to get well after hospital is free for some weeks.",
    ),
    ExemptKind.AFTERCARE: (
        "Aftercare under section 117 of the Mental Health Act 1983",
        "Help after a stay in a mental health hospital is free.",
    ),
    ExemptKind.CARER: ("Support given to a carer", "Help for your carer is free."),
}
_CLOCKS = {
    ExemptKind.REABLEMENT: Parameter.REABLEMENT_FREE_WEEKS,
    ExemptKind.INTERMEDIATE_CARE: Parameter.INTERMEDIATE_CARE_FREE_WEEKS,
}


def free_days(kind: ExemptKind, values: Mapping[Parameter, int]) -> int | None:
    """For how many days a kind is free, as the council has it; None where there is no end to that."""
    return None if kind.clock is None else 7 * values[kind.clock]


def check_exempt(kind: ExemptKind, price: Money | None, values: Mapping[Parameter, int]) -> None:
    """Raises Invalid for what is charged for after all: a dear aid, telecare where the council charges for it."""
    if kind is ExemptKind.AIDS:
        most = Money(values[Parameter.AIDS_MOST_EACH])
        if price is None:
            raise Invalid({"price": "Enter what it costs in pounds, like 240.00"})
        if price > most:
            raise Invalid({"price": f"Only up to {most} each is free. Put it into the budget instead"})
    if kind is ExemptKind.TELECARE and not values[Parameter.TELECARE_FREE]:
        raise Invalid({"kind": "This council charges for telecare. Put it into the budget instead"})


@dataclass(frozen=True, slots=True)
class FreeTime:
    """Where a clock stands on a day: day `day` of `of`. `ends_on` is the first day that is not free any more."""

    day: int
    of: int
    ends_on: date
    words: str
    over: bool

    @property
    def last_day(self) -> date:
        """The last day that is free."""
        return self.ends_on - timedelta(days=1)


def free_until(starts_on: date, ends_on: date | None, days: int | None) -> date | None:
    """The first day on which it is not free, or not there, any more; None while there is no end (half-open)."""
    limit = None if days is None else starts_on + timedelta(days=days)
    return min((day for day in (limit, ends_on) if day is not None), default=None)


def free_time(starts_on: date, ends_on: date | None, days: int, today: date) -> FreeTime:
    """The clock of support that is free for so many days, and what happens after it, in words."""
    over = starts_on + timedelta(days=days)
    day = min(max((today - starts_on).days + 1, 0), days)
    if ends_on is not None and ends_on <= min(today, over):
        words = f"Ended after {formats.count((ends_on - starts_on).days, 'day')}, all of them free."
    elif today < starts_on:
        words = f"Free from {formats.full_date(starts_on)} for {formats.count(days, 'day')}."
    elif today < over:
        words = (
            f"Day {day} of {days}. Free until {formats.full_date(over - timedelta(days=1))}."
            " If it goes on after that, its cost counts like any other support."
        )
    else:
        words = f"Its {days} free days were over on {formats.full_date(over)}. Since then its cost counts."
    return FreeTime(day, days, over, words, today >= over)
