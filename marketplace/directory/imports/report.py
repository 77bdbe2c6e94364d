"""What an import did: the table that it closes with, and the rows that could not be used."""

import csv
import json
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final

from marketplace.directory.imports.records import Rejected

_COLUMNS: Final = ("row", "source id", "reason", "raw")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class Outcome(StrEnum):
    """What happened to one thing."""

    ADDED = "added"
    UPDATED = "updated"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(slots=True)
class ImportReport:
    """Counted while an import runs. Things are counted under their plural noun ("services", "sessions")."""

    title: str
    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)

    def count(self, things: str, outcome: Outcome, number: int = 1) -> None:
        """Something was added, updated, removed or left as it was."""
        self.counts[things, outcome] += number

    def skip(self, reason: str, number: int = 1) -> None:
        """Something was fine, but there was nothing to do with it, for a reason."""
        self.skipped[reason] += number

    def note(self, *reasons: str) -> None:
        """Something was used, but a part of it was left out, for a reason."""
        self.noted.update(reasons)

    def reject(self, rejected: Rejected) -> None:
        """Something could not be used: it goes into the file of rejected rows."""
        self.rejected.append(rejected)

    @property
    def added(self) -> int:
        """How many things of all kinds are new."""
        return self._total(Outcome.ADDED)

    @property
    def updated(self) -> int:
        """How many things of all kinds changed."""
        return self._total(Outcome.UPDATED)

    @property
    def removed(self) -> int:
        """How many things of all kinds went away."""
        return self._total(Outcome.REMOVED)

    @property
    def unchanged(self) -> int:
        """How many things of all kinds were the same already."""
        return self._total(Outcome.UNCHANGED)

    def table(self, rejected_file: Path | None = None) -> str:
        """The closing table, for a terminal: what was done, then what was not, and why."""
        things = list(dict.fromkeys(thing for thing, _ in self.counts))
        wide = max(map(len, things), default=0)
        lines = [self.title, "", "  ".join([" " * wide, *(f"{outcome:>9}" for outcome in Outcome)])]
        lines += [
            "  ".join([f"{thing:<{wide}}", *(f"{self.counts[thing, outcome]:>9,}" for outcome in Outcome)])
            for thing in things
        ]
        if not things:
            lines.append("Nothing was added, updated, removed or found unchanged.")
        reasons = Counter(rejected.reason for rejected in self.rejected)
        lines += _reasons("Skipped", self.skipped)
        lines += _reasons("Left out of what was used", self.noted)
        lines += _reasons("Rejected", reasons)
        if rejected_file and self.rejected:
            lines += ["", f"The rejected rows are in {rejected_file}"]
        return "\n".join(line.rstrip() for line in lines)

    def write_rejected(self, path: Path) -> int:
        """Write the rejected rows as CSV (row, source id, reason, raw JSON), and say how many.

        The file is replaced as a whole, so that it always speaks of the latest import; without rejected rows
        it has only its headings.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.part")
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for row in self.rejected:
                writer.writerow(
                    [row.row_number, _cell(row.source_id or ""), _cell(row.reason), _raw(row.raw)]
                )
        unfinished.replace(path)
        return len(self.rejected)

    def _total(self, outcome: Outcome) -> int:
        return sum(number for (_, counted), number in self.counts.items() if counted is outcome)


def _reasons(heading: str, reasons: Counter[str]) -> list[str]:
    if not reasons:
        return []
    lines = [f"{number:>9,}  {reason}" for reason, number in reasons.most_common()]
    return ["", f"{heading}: {reasons.total():,}", *lines]


def _cell(text: str) -> str:
    # A spreadsheet would run what starts like a formula; the publisher's text is not ours to trust.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _raw(raw: object) -> str:
    text = json.dumps(raw, default=_number, separators=(",", ":"))  # ASCII, so that lone surrogates survive
    return _cell(text)


def _number(value: object) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)
