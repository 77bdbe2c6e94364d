"""Statements as PDF: one when somebody asks for it, or a whole month on all processors, for those who post them.

Nothing printed is kept: the frozen document gives the same bytes again.
"""

from collections.abc import AsyncIterator
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from isf.statements.document import StatementDocument, thawed
from isf.statements.easy import easy_title, easy_words
from isf.statements.words import statement_words, title
from marketplace.kernel import db
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.processes import in_processes
from marketplace.kernel.typesetting import typeset_here

BATCH: Final = 32
"""How many statements a process gets at a time: few enough that memory stays flat, many enough to be worth sending."""


class Form(StrEnum):
    """How a statement is printed."""

    FULL = "full"
    EASY_READ = "easy_read"


def printed(told: StatementDocument, form: Form) -> bytes:
    """The statement as a tagged PDF. It keeps a processor busy for some 10 ms: handlers call it in a thread."""
    if form is Form.EASY_READ:
        return typeset_here("easy_read.typ", easy_words(told), title=easy_title(told), made_on=told.made_on)
    return typeset_here("statement.typ", statement_words(told), title=title(told), made_on=told.made_on)


def file_name(told: StatementDocument, form: Form) -> str:
    """`statement-PN-7F3K2M-2026-10.pdf`: the person by reference, because downloads are left lying about."""
    kind = "" if form is Form.FULL else "-easy-read"
    return f"statement-{told.person_reference}-{told.month:%Y-%m}-{told.number}{kind}.pdf"


async def print_month(month: date, folder: Path, council_id: UUID | None = None) -> int:
    """Print every statement of a month (its first day) into a folder; answers how many.

    Each is printed in the form that its person likes. Processes share the work; whatever the number of statements, a
    few batches are in memory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return await in_processes(partial(_print_batch, folder=folder), _stored(month, council_id))


async def _stored(month: date, council_id: UUID | None) -> AsyncIterator[list[str]]:
    last = NOBODY
    while True:
        rows = await db.fetch_all(
            "SELECT s.id, s.document::text AS document FROM statement s JOIN fund f ON f.id = s.fund_id"
            " WHERE s.month = $1 AND s.id > $2 AND ($3::uuid IS NULL OR f.council_id = $3) ORDER BY s.id LIMIT $4",
            month,
            last,
            council_id,
            BATCH,
        )
        if not rows:
            return
        yield [row["document"] for row in rows]
        last = rows[-1]["id"]


def _print_batch(documents: list[str], folder: Path) -> int:
    for stored in documents:
        told = thawed(stored)
        form = Form.EASY_READ if told.prefers_easy_read else Form.FULL
        (folder / file_name(told, form)).write_bytes(printed(told, form))
    return len(documents)
