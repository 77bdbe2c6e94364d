"""Invoices as files, a whole month on all processors: for those who post or archive them.

Nothing printed is kept: the frozen document gives the same bytes again.
"""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from invoicing import rules
from invoicing.documents import from_stored, print_with_ubl
from marketplace.kernel import db
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.processes import in_processes

BATCH: Final = 16
"""How many invoices a process gets at a time: few enough that memory stays flat, many enough to be worth sending."""


async def print_issued(month: date, folder: Path) -> int:
    """Print every invoice issued in a month (its first day) into a folder, as PDF and UBL; answers how many.

    What the e-invoice standard cannot express has no UBL beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return await in_processes(partial(_print_batch, folder=folder), _stored(month))


async def _stored(month: date) -> AsyncIterator[list[str]]:
    last = NOBODY
    while True:
        rows = await db.fetch_all(
            "SELECT id, document::text AS document FROM invoice WHERE issued_on BETWEEN $1 AND $2 AND id > $3"
            " ORDER BY id LIMIT $4",
            month,
            rules.last_day(month),
            last,
            BATCH,
        )
        if not rows:
            return
        yield [row["document"] for row in rows]
        last = rows[-1]["id"]


def _print_batch(documents: list[str], folder: Path) -> int:
    for stored in documents:
        document = from_stored(msgspec.json.decode(stored))
        pdf, ubl = print_with_ubl(document)
        (folder / f"{document.number}.pdf").write_bytes(pdf)
        if ubl is not None:
            (folder / f"{document.number}.xml").write_text(ubl, encoding="utf-8")
    return len(documents)
