"""The sheet of timetables and dates: its columns, read from whatever a spreadsheet saves, and written."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from marketplace.bookings.register.sheet import safe
from marketplace.kernel.errors import Invalid

COLUMNS: Final = (
    *("activity", "rule", "first_day", "last_day", "start", "minutes", "places", "place"),
    *("except", "extra", "bank_holidays", "terms", "terms_of"),
)
"""A row with a rule is a timetable, one without is a single date on its first day."""
_NEEDED: Final = ("activity", "first_day", "start", "minutes")

MOST_BYTES: Final = 256 * 1024
MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it was typed, with the number that the spreadsheet shows."""

    number: int
    cells: Mapping[str, str]

    def cell(self, name: str) -> str:
        """A cell without spaces, and without the mark that keeps a spreadsheet from calculating."""
        value = self.cells.get(name, "").strip()
        return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@") else value


def text_of(content: bytes) -> str:
    """The text of a file, in whichever way a spreadsheet saved it. Raises Invalid at `sheet`."""
    if not content.strip():
        raise Invalid({"sheet": "This file is empty. Choose another one"})
    if len(content) > MOST_BYTES:
        raise Invalid({"sheet": f"This file is too big. Choose one of {MOST_BYTES // 1024} KB or less"})
    coding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for each in (coding, "cp1252"):
        try:
            text = content.decode(each)
        except (UnicodeDecodeError, UnicodeError):
            continue
        if "\x00" not in text:
            return text
    raise Invalid({"sheet": "This file is no text. Save the sheet as CSV and choose that"})


def lines_of(text: str) -> list[Line]:
    """The rows of a sheet, empty ones left out. Raises Invalid at `sheet` when it is none of ours, or too long."""
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=mark, strict=True))
    except csv.Error as wrong:
        raise Invalid({"sheet": f"This file cannot be read as a table: {wrong}"}) from None
    names = [name.strip().lower().replace(" ", "_") for name in rows[0]] if rows else []
    if missing := [name for name in _NEEDED if name not in names]:
        raise Invalid({"sheet": f"The first line must name the columns. Missing: {', '.join(missing)}"})
    if unknown := [name for name in names if name and name not in COLUMNS]:
        raise Invalid({"sheet": f"These columns are not known: {', '.join(unknown)[:100]}. Take them out"})
    lines = [
        Line(number, dict(zip(names, row, strict=False)))
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    if not lines:
        raise Invalid({"sheet": "There is no row below the first line"})
    if len(lines) > MOST_ROWS:
        raise Invalid({"sheet": f"Use {MOST_ROWS} rows or fewer in one sheet"})
    return lines


def written(rows: Iterable[Sequence[str]]) -> str:
    """The sheet; nothing in it is taken for a formula."""
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow(COLUMNS)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return told.getvalue()


def day(text: str) -> date | None:
    """A day as it is typed, `2026-11-24` or `24/11/2026`; None for an empty cell. Raises ValueError in words."""
    if not text:
        return None
    british = re.fullmatch(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", text)
    try:
        if british is None:
            return date.fromisoformat(text)
        return date(int(british[3]), int(british[2]), int(british[1]))
    except ValueError:
        raise ValueError(f"“{text[:20]}” is no day. Write it like 2026-11-24 or 24/11/2026") from None


def days(text: str) -> frozenset[date]:
    """Several days, with `;` or spaces between. Raises ValueError in words."""
    return frozenset(found for item in re.split(r"[;\s]+", text) if (found := day(item)) is not None)


def clock(text: str) -> time:
    """A time of day, `10:00`, `9.30` or `10:00:00`. Raises ValueError in words."""
    try:
        at = time.fromisoformat(text.replace(".", ":").rjust(5, "0"))
    except ValueError:
        raise ValueError(f"“{text[:20]}” is no time. Write it like 10:00") from None
    return at.replace(second=0, microsecond=0, tzinfo=None)


def whole(text: str, name: str) -> int:
    """A whole number. Raises ValueError in words."""
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise ValueError(f"“{text[:20]}” is no number of {name}")
    return int(text)
