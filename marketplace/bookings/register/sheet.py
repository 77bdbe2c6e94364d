"""A week's register as a spreadsheet: written, read back, and what would become of each row. Values in, values out."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

import msgspec

from marketplace.bookings.commands import Times
from marketplace.bookings.register.commands import Mark
from marketplace.bookings.rules import Outcome
from marketplace.kernel import formats
from marketplace.kernel.errors import Invalid

COLUMNS = ("booking", "day", "from", "to", "activity", "person", "outcome", "came", "left", "note")
MOST_ROWS = 2000
_WORDS = {"": None, "attended": Outcome.ATTENDED, "absent": Outcome.ABSENT, "did not come": Outcome.ABSENT}


class KnownRow(msgspec.Struct, frozen=True, kw_only=True):
    """A booking on the provider's registers, as it stands."""

    booking_id: UUID
    reference: str
    name: str
    title: str
    starts_at: datetime
    ends_at: datetime
    service_on: date
    state: str
    outcome: Outcome | None
    arrived_at: time | None
    left_at: time | None
    note: str
    billed: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a row of the sheet (its number as the spreadsheet shows it); `mark` is None when nothing does."""

    number: int
    reference: str
    who: str
    words: str
    refused: bool = False
    booking_id: UUID | None = None
    mark: Mark | None = None


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def written(rows: Iterable[KnownRow]) -> str:
    """The sheet; a late cancel writes itself, so only the others are here."""
    told = io.StringIO()
    writer = csv.writer(told)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            [
                row.reference,
                formats.iso(row.service_on),
                formats.clock_time(row.starts_at),
                formats.clock_time(row.ends_at),
                safe(row.title),
                safe(row.name),
                str(row.outcome or ""),
                _clock(row.arrived_at),
                _clock(row.left_at),
                safe(row.note),
            ]
        )
    return told.getvalue()


def _clock(value: time | None) -> str:
    return formats.clock_time(value) if value else ""


def lines_of(text: str) -> list[dict[str, str]]:
    """The rows of a sheet by column. Raises Invalid when it is none of ours, or too long."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    if missing := [name for name in ("booking", "outcome") if name not in names]:
        raise Invalid({"sheet": f"The first line must name the columns: {' and '.join(missing)} is missing"})
    reader.fieldnames = names
    lines = [
        {name: (value or "").strip() for name, value in row.items() if isinstance(value, str | None)}
        for row in reader
    ]
    if len(lines) > MOST_ROWS:
        raise Invalid({"sheet": f"Use {MOST_ROWS:,} rows or fewer in one sheet"})
    return lines


def references_of(lines: Iterable[Mapping[str, str]]) -> list[str]:
    """The bookings that a sheet names."""
    return [line.get("booking", "").upper() for line in lines]


def fates(lines: Iterable[Mapping[str, str]], known: Mapping[str, KnownRow], today: date) -> list[Fate]:
    """What becomes of each row, in the order of the sheet; a booking that comes twice is refused the second time."""
    told: list[Fate] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=2):
        reference = line.get("booking", "").upper()
        row = known.get(reference)
        if row is None:
            told.append(_refused(number, reference, "", "There is no such booking on your registers"))
        elif reference in seen:
            told.append(_refused(number, reference, row.name, "This booking is in the sheet twice"))
        else:
            told.append(_fate(number, line, row, today))
        seen.add(reference)
    return told


def _refused(number: int, reference: str, who: str, words: str) -> Fate:
    return Fate(number, reference, who, words, refused=True)


def _fate(number: int, line: Mapping[str, str], row: KnownRow, today: date) -> Fate:
    try:
        mark = _mark(line, row)
    except ValueError as wrong:
        return _refused(number, row.reference, row.name, str(wrong))
    if mark is None:
        return Fate(number, row.reference, row.name, "Nothing is recorded: no outcome")
    if words := _why_not(row, mark, today):
        return _refused(number, row.reference, row.name, words)
    now = (row.outcome, row.note, Times(row.arrived_at, row.left_at))
    if now == (mark.outcome, mark.note, mark.times):
        return Fate(number, row.reference, row.name, "Nothing changes")
    shown = "attended" if mark.outcome is Outcome.ATTENDED else "did not come"
    words = f"{_what(row, mark)}: {shown}"
    return Fate(number, row.reference, row.name, words, booking_id=row.booking_id, mark=mark)


def _mark(line: Mapping[str, str], row: KnownRow) -> Mark | None:
    """What the row says, what it does not name as it is now. Raises ValueError in words."""
    typed = line.get("outcome", "").lower()
    if typed not in _WORDS:
        raise ValueError("The outcome must be attended or absent")
    outcome = _WORDS[typed]
    if outcome is None:
        return None
    times = Times(
        _time(line["came"]) if "came" in line else row.arrived_at,
        _time(line["left"]) if "left" in line else row.left_at,
    )
    note = line["note"].removeprefix("'")[:500] if "note" in line else row.note
    return Mark(outcome, note, times)


def _why_not(row: KnownRow, mark: Mark, today: date) -> str:
    if row.state not in ("confirmed", "delivered", "missed"):
        return "There is no place any more, so nothing can be recorded"
    if row.service_on > today:
        return f"It is on {formats.full_date(row.service_on)}: not before that day"
    if row.billed and mark.outcome is not row.outcome:
        return "It is on an invoice: it is corrected by a credit note"
    return ""


def _what(row: KnownRow, mark: Mark) -> str:
    if row.outcome is None:
        return "Recorded"
    return "Note or times change" if mark.outcome is row.outcome else "Corrected"


def _time(text: str) -> time | None:
    if not text:
        return None
    try:
        return time.fromisoformat(text.replace(".", ":").rjust(5, "0"))
    except ValueError:
        raise ValueError("A time must be written like 10:05") from None
