"""A week's table puts everything into the right part of the day."""

from datetime import UTC, datetime

import pytest

from marketplace.kernel.week_cells import week_cells


def entry(title: str, start: int, end: int, *, end_day: int = 24) -> dict[str, object]:
    """Something on 24 November (London is on UTC then)."""
    return {
        "title": title,
        "starts_at": datetime(2026, 11, 24, start, tzinfo=UTC),
        "ends_at": datetime(2026, 11, end_day, end, tzinfo=UTC),
    }


def shape(*entries: dict[str, object]) -> list[tuple[str, list[object]]]:
    """Cells as (parts, titles)."""
    return [(cell.parts, [each["title"] for each in cell.entries]) for cell in week_cells(entries)]


def test_an_empty_day_has_three_empty_cells() -> None:
    assert shape() == [("Morning", []), ("Afternoon", []), ("Evening", [])]


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [(9, 12, "Morning"), (12, 17, "Afternoon"), (17, 20, "Evening"), (10, 15, "Morning and afternoon")],
)
def test_hours_fall_into_parts_of_the_day(start: int, end: int, parts: str) -> None:
    assert (parts, ["it"]) in shape(entry("it", start, end))


def test_what_lasts_all_day_is_one_cell() -> None:
    assert shape(entry("trip", 9, 21)) == [("All day", ["trip"])]


def test_what_ends_after_midnight_ends_in_the_evening() -> None:
    assert shape(entry("stay", 18, 9, end_day=25))[-1] == ("Evening", ["stay"])


def test_what_shares_a_part_shares_a_cell_in_order_of_time() -> None:
    day = shape(entry("choir", 14, 16), entry("garden", 10, 15))
    assert day == [("Morning and afternoon", ["garden", "choir"]), ("Evening", [])]


def test_columns_always_add_up_to_three() -> None:
    cells = week_cells([entry("a", 9, 11), entry("b", 11, 13), entry("c", 13, 18)])
    assert sum(cell.span for cell in cells) == 3
    assert [e["title"] for e in cells[0].entries] == ["a", "b", "c"]
