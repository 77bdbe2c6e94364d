"""The table that an import closes with, and its file of rejected rows."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from marketplace.directory.imports.records import Rejected
from marketplace.directory.imports.report import ImportReport, Outcome

pytestmark = pytest.mark.row("X2")


@pytest.fixture
def report() -> ImportReport:
    report = ImportReport("Northbeck register")
    report.count("services", Outcome.ADDED, 1200)
    report.count("services", Outcome.UNCHANGED)
    report.count("sessions", Outcome.UPDATED, 3)
    report.count("sessions", Outcome.REMOVED, 2)
    report.skip("deleted by its publisher, and never here", 4)
    report.note("name shortened", "name shortened", "no venue is named")
    report.reject(Rejected(7, "=1+1", "it has no name", {"price": Decimal("5.95"), "name": "\ud83d"}))
    report.reject(Rejected(9, None, "it has no id", {"name": "é"}))
    return report


def test_the_table_says_what_was_done_and_what_was_not_and_why(report: ImportReport) -> None:
    assert report.table(Path("rejected.csv")).splitlines() == [
        "Northbeck register",
        "",
        "              added    updated    removed  unchanged",
        "services      1,200          0          0          1",
        "sessions          0          3          2          0",
        "",
        "Skipped: 4",
        "        4  deleted by its publisher, and never here",
        "",
        "Left out of what was used: 3",
        "        2  name shortened",
        "        1  no venue is named",
        "",
        "Rejected: 2",
        "        1  it has no name",
        "        1  it has no id",
        "",
        "The rejected rows are in rejected.csv",
    ]


def test_totals_are_over_all_kinds_of_things(report: ImportReport) -> None:
    assert (report.added, report.updated, report.removed, report.unchanged) == (1200, 3, 2, 1)


def test_an_import_that_found_nothing_says_so() -> None:
    assert "Nothing was added" in ImportReport("Empty").table()


def test_rejected_rows_are_written_with_reason_and_what_stood_there(
    report: ImportReport, tmp_path: Path
) -> None:
    file = tmp_path / "imports" / "rejected.csv"
    assert report.write_rejected(file) == 2
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    assert rows[0] == ["row", "source id", "reason", "raw"]
    assert rows[1][:3] == ["7", "'=1+1", "it has no name"]  # no spreadsheet runs a publisher's formula
    assert json.loads(rows[1][3]) == {"price": 5.95, "name": "\ud83d"}
    assert rows[2][:3] == ["9", "", "it has no id"]


def test_a_later_import_replaces_the_file(report: ImportReport, tmp_path: Path) -> None:
    file = tmp_path / "rejected.csv"
    report.write_rejected(file)
    assert ImportReport("Clean").write_rejected(file) == 0
    assert file.read_text() == "row,source id,reason,raw\n"
    assert list(tmp_path.iterdir()) == [file]
