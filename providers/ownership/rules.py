"""What of an ownership is still to come (requirement P8)."""

from datetime import date
from enum import StrEnum


class Planned(StrEnum):
    """A change of ownership whose day has not come."""

    START = "start"
    END = "end"


def planned_change(starts_on: date, ends_on: date | None, today: date) -> Planned | None:
    """What a council can still take back of an ownership; `ends_on` is the first day without it."""
    if starts_on > today:
        return Planned.START
    if ends_on is not None and ends_on > today:
        return Planned.END
    return None
