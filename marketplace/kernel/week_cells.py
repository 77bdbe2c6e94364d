"""A day of a week as table cells: morning, afternoon, evening, and what lasts over more than one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from marketplace.kernel.clock import LONDON


class Part(StrEnum):
    """The columns of a week."""

    MORNING = "Morning"
    AFTERNOON = "Afternoon"
    EVENING = "Evening"


PARTS = tuple(Part)
_STARTS = (time(0), time(12), time(17))


@dataclass(slots=True)
class Cell:
    """One table cell: the parts of the day that it covers, and what happens in them, earliest first."""

    first: int
    last: int
    entries: list[Any] = field(default_factory=list)

    @property
    def span(self) -> int:
        """How many columns it takes."""
        return self.last - self.first + 1

    @property
    def parts(self) -> str:
        """`Morning`, `Morning and afternoon`, `All day`."""
        if self.span == len(PARTS):
            return "All day"
        names = [part.value for part in PARTS[self.first : self.last + 1]]
        return " and ".join([names[0], *(name.lower() for name in names[1:])])


def _moment(entry: Any, name: str) -> datetime:
    value: datetime = entry[name] if isinstance(entry, Mapping) else getattr(entry, name)
    return value.astimezone(LONDON)


def _part_of(at: time) -> int:
    return max(index for index, start in enumerate(_STARTS) if at >= start)


def _parts_of(entry: Any) -> tuple[int, int]:
    """First and last column; ending at noon sharp is still the morning, ending after midnight the evening."""
    start, end = _moment(entry, "starts_at"), _moment(entry, "ends_at")
    first = _part_of(start.time())
    if end.date() > start.date():
        return first, len(PARTS) - 1
    last = _part_of(end.time())
    return first, max(first, last - 1 if end.time() == _STARTS[last] else last)


def week_cells(entries: Iterable[Any]) -> list[Cell]:
    """The cells of one day's row, left to right; always three columns in sum.

    Entries (objects or mappings with `starts_at` and `ends_at`) that share a part of the day share a cell.
    """
    cells = [Cell(index, index) for index in range(len(PARTS))]
    for entry in sorted(entries, key=lambda each: _moment(each, "starts_at")):
        first, last = _parts_of(entry)
        touched = [cell for cell in cells if cell.first <= last and first <= cell.last]
        merged = Cell(touched[0].first, touched[-1].last, [*(e for c in touched for e in c.entries), entry])
        at = cells.index(touched[0])
        cells[at : at + len(touched)] = [merged]
    for cell in cells:
        cell.entries.sort(key=lambda each: _moment(each, "starts_at"))
    return cells
