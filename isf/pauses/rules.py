"""What a pause is and what it does to the contribution: values in, values out (`rules.md` 17)."""

from datetime import date, timedelta
from enum import StrEnum


class PauseKind(StrEnum):
    """Why support rests."""

    HOSPITAL = "hospital"
    HOLIDAY = "holiday"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {"hospital": "In hospital", "holiday": "On holiday", "other": "Something else"}[self.value]


def contribution_stop(starts_on: date, *, stops: bool, after_days: int) -> date | None:
    """The first day on which nothing is asked: so many days into the pause, or never by the council's rule."""
    return starts_on + timedelta(days=after_days) if stops else None


def covers(starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether a pause covers a day; without an end it goes on."""
    return starts_on <= day and (ends_on is None or day < ends_on)
