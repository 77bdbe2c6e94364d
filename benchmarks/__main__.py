"""`make bench`: run every benchmark on fresh databases, print the table and write it to `benchmarks/results.md`."""

import asyncio
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("PICCOLO_CONF", "marketplace.piccolo_conf")
os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "0" * 24)

from benchmarks import bookings, desk, invoicing, register, search, series, statements, timetables
from benchmarks.bookings import Row
from marketplace.kernel.embedded_postgres import ensure_running, stop
from marketplace.kernel.migrate import migrate

RESULTS = Path(__file__).with_name("results.md")
BENCHMARKS: dict[str, Callable[[str], list[Row]]] = {
    "bookings": bookings.run,
    "search": search.run,
    "desk": desk.run,
    "statements": statements.run,
    "series": series.run,
    "timetables": timetables.run,
    "register": register.run,
    "invoicing": invoicing.run,
}


def _machine() -> str:
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"


def _told(load: list[float]) -> str:
    return ", ".join(f"{each:.1f}" for each in load)


def _table(rows: list[Row]) -> str:
    lines = ["| what | ours | floor | ours ÷ floor |", "|---|---|---|---|"]
    lines += [f"| {row.name} | {row.ours} | {row.floor} | {row.ratio:.2f} |" for row in rows]
    return "\n".join(lines)


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all."""
    rows: list[Row] = []
    load = [os.getloadavg()[0]]
    for name, run in BENCHMARKS.items():
        if names and name not in names:
            continue
        var_dir = Path(tempfile.mkdtemp(prefix="fairday-bench-"))
        try:
            dsn = ensure_running(var_dir)
            asyncio.run(migrate(dsn))
            rows += run(dsn)
        finally:
            stop(var_dir)
            shutil.rmtree(var_dir, ignore_errors=True)
        load.append(os.getloadavg()[0])
    told = (
        "# Benchmarks\n\nMade by `make bench`. Bookings: requests a second, higher is better; "
        "search, desk, series and register: milliseconds, lower is better; "
        "statements: funds a second, higher is better; "
        "timetables, invoicing: seconds, lower is better.\n"
        "Both sides of a line were measured in turn in one run, so compare the ratio, not runs with each other.\n\n"
        f"{datetime.now(UTC):%d %B %Y}, {_machine()}, PostgreSQL embedded, commits durable. "
        f"Load of the machine before and after each benchmark, ours included: {_told(load)}.\n\n{_table(rows)}\n"
    )
    print(told)
    if not names:
        RESULTS.write_text(told)


main(sys.argv[1:])
