"""Rules as people say them."""

from collections.abc import Sequence
from typing import Final

from providers.timetables.recurrence import LAST, Frequency, Recurrence, kept

_PLACES: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST: "last"}


def rule_in_words(rule: str) -> str:
    """A kept rule: `Every Tuesday and Thursday`, `Every 2 weeks on Tuesday`, `The first Tuesday of every month`."""
    return recurrence_in_words(kept(rule))


def recurrence_in_words(recurrence: Recurrence) -> str:
    """How often something happens."""
    unit, every = recurrence.frequency.unit, recurrence.interval
    each = f"every {unit}" if every == 1 else f"every {every} {unit}s"
    if recurrence.frequency is Frequency.DAILY:
        return each.capitalize()
    if recurrence.frequency is Frequency.WEEKLY:
        days = _listed([day.label for day in sorted(recurrence.weekdays)])
        return f"Every {days}" if every == 1 else f"{each.capitalize()} on {days}"
    return f"The {_listed(_of_month(recurrence))} of {each}"


def _of_month(recurrence: Recurrence) -> list[str]:
    ordered = sorted(recurrence.month_days, key=lambda day: (day < 0, day))
    days = ["last day" if day == LAST else ordinal(day) for day in ordered]
    nths = sorted(recurrence.nth_weekdays, key=lambda nth: (nth[0] < 0, nth))
    return days + [f"{_PLACES[place]} {day.label}" for place, day in nths]


def ordinal(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    ending = "th" if 11 <= number % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
