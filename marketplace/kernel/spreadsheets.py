"""Rows as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from litestar import Response


def cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula; nothing is an empty cell."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def csv_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Response[str]:
    """The answer that gives rows as comma-separated values to save under a name."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([cell(value) for value in row] for row in rows)
    return Response(
        out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
