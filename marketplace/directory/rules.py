"""What can be asked of the directory, as values (row D1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from marketplace.kernel.places import METRES_PER_MILE
from marketplace.kernel.routes_of_money import Route
from providers.rules import AccessFeature, Category, Outcome, SupportRatio

PAGE_SIZE: Final = 10
DATES_SHOWN: Final = 3
MOST_WORDS: Final = 200


class Sort(StrEnum):
    """What comes first."""

    SOONEST = "soonest"
    NEAREST = "nearest"
    LOWEST_PRICE = "lowest_price"

    @property
    def label(self) -> str:
        """The words of the link."""
        return self.replace("_", " ")


class TimeOfDay(StrEnum):
    """A part of the London day, by when a session starts."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"

    @property
    def minutes(self) -> tuple[int, int]:
        """The first minute of the day, and the first minute after it."""
        return _PARTS[self]


_PARTS: Final[Mapping[TimeOfDay, tuple[int, int]]] = {
    TimeOfDay.MORNING: (0, 12 * 60),
    TimeOfDay.AFTERNOON: (12 * 60, 17 * 60),
    TimeOfDay.EVENING: (17 * 60, 24 * 60),
}


class Places(StrEnum):
    """Whether full dates count."""

    ANY = "any"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in British National Grid metres with the words that somebody typed for it."""

    label: str
    easting: int
    northing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """A search. Days are London's and both included; weekdays count from Monday, 0; `most_pence` 0 asks for free.

    `within_miles` None is any distance: the spot then only orders. `access` asks for every feature named.
    """

    words: str = ""
    spot: Spot | None = None
    within_miles: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    weekdays: frozenset[int] = frozenset()
    time_of_day: TimeOfDay | None = None
    most_pence: int | None = None
    category: Category | None = None
    outcome: Outcome | None = None
    access: frozenset[AccessFeature] = frozenset()
    support_ratio: SupportRatio | None = None
    provider_id: UUID | None = None
    route: Route | None = None
    places: Places = Places.ANY
    sort: Sort = Sort.SOONEST
    page: int = 1
    page_size: int = PAGE_SIZE

    @property
    def asks_for_dates(self) -> bool:
        """Whether something is asked that only a dated session can answer."""
        return bool(
            self.first_day or self.last_day or self.weekdays or self.time_of_day or self.places is Places.LEFT
        )

    @property
    def within_metres(self) -> float | None:
        """The distance asked for, in metres."""
        return self.within_miles * METRES_PER_MILE if self.within_miles is not None else None

    @property
    def offset(self) -> int:
        """How many groups come before this page."""
        return (self.page - 1) * self.page_size

    def first_page(self) -> "SearchQuery":
        """The same search from its beginning."""
        return replace(self, page=1)


def pages_of(total: int, page_size: int) -> int:
    """How many pages a number of things fills; never less than one."""
    return max(1, -(-total // page_size))
