"""An invoice as a file: printed, as an e-invoice, or for a spreadsheet. Pages and API give the same bytes."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final

import anyio
from litestar import Response

from invoicing import ledger_lines, rules
from invoicing.documents import render_invoice
from invoicing.queries import InvoiceView
from invoicing.ubl.writer import ubl_invoice
from marketplace.identity.access import Actor
from marketplace.kernel.errors import NotFound


def form_of(name: str) -> tuple[str, str | None]:
    """`3f….pdf` is that id and `.pdf`; an id alone asks for no file."""
    for form in _FORMS:
        if name.endswith(form):
            return name.removesuffix(form), form
    return name, None


async def as_file(actor: Actor, view: InvoiceView, form: str) -> Response[Any]:
    """The invoice in a form that `form_of` found. Raises MixedScope for an e-invoice that cannot be."""
    return await _FORMS[form](actor, view)


async def _pdf(_actor: Actor, view: InvoiceView) -> Response[Any]:
    # Typst keeps a processor busy, so it works in a thread.
    printed = await anyio.to_thread.run_sync(render_invoice, view.document)
    return file_answer(printed, "application/pdf", f'inline; filename="{view.document.number}.pdf"')


async def _xml(_actor: Actor, view: InvoiceView) -> Response[Any]:
    name = f'attachment; filename="{view.document.number}.xml"'
    return file_answer(ubl_invoice(view.document), "application/xml", name)


def file_answer(content: bytes, media_type: str, disposition: str) -> Response[Any]:
    """A file that nobody between keeps."""
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)


async def _csv(actor: Actor, view: InvoiceView) -> Response[Any]:
    return await ledger_lines.of_invoice(actor, view.row["id"], view.document.number)


_FORMS: Final[Mapping[str, Callable[[Actor, InvoiceView], Awaitable[Response[Any]]]]] = {
    ".pdf": _pdf,
    ".xml": _xml,
    ".csv": _csv,
}


async def month_file(actor: Actor, month: date | None) -> Response[Any]:
    """Every line of the invoices and credit notes issued in a month, on either side of the actor. Raises NotFound."""
    if month is None:
        raise NotFound("There is no such month. Go back and choose one.")
    name = f"invoice-lines-{month:%Y-%m}.csv"
    return await ledger_lines.of_days(actor, name, month, rules.last_day(month))
