"""An invoice as a file: printed, as an e-invoice, or for a spreadsheet. Pages and API give the same bytes."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import anyio
from litestar import Response

from invoicing import rules
from invoicing.documents import render_invoice
from invoicing.queries import InvoiceView, sides_of
from invoicing.ubl.writer import ubl_invoice
from invoicing.ubl.xml import decimal_of
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.spreadsheets import csv_file
from marketplace.kernel.vat import VatCategory

LINE_HEADS: Final = (
    "Invoice", "Invoice date", "Due date", "State", "Supplier", "Payer", "Purchase order", "Line", "Service date",
    "Description", "Booking", "Person", "Fund", "VAT category", "VAT rate", "Price net",
    "Allowance net", "Allowance reason", "Net", "VAT", "Gross",
)  # fmt: skip

_LINES: Final = """
    SELECT i.number, i.issued_on, i.due_on, i.state, pr.name AS supplier, coalesce(o.name, u.name) AS payer,
           i.document ->> 'purchase_order' AS purchase_order, l.position, l.service_on, l.description,
           b.reference AS booking, p.reference AS person, l.fund_id, l.vat_category, l.vat_rate_basis_points,
           l.net_pence, l.gross_pence, l.allowance_net_pence, l.allowance_because
      FROM invoice i JOIN provider pr ON pr.id = i.provider_id
      LEFT JOIN organisation o ON o.id = i.payer_organisation_id LEFT JOIN app_user u ON u.id = i.payer_user_id
      JOIN invoice_line l ON l.invoice_id = i.id JOIN booking b ON b.id = l.booking_id
      JOIN person p ON p.id = b.person_id
     WHERE (pr.organisation_id = $1 OR i.payer_organisation_id = $2 OR i.payer_user_id = $3)
"""
_ORDER: Final = " ORDER BY i.issued_on, i.number, l.position"


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
    invoice_id: UUID = view.row["id"]
    rows = await _lines(actor, "AND i.id = $4", invoice_id)
    return csv_file(f"{view.document.number}.csv", LINE_HEADS, rows)


_FORMS: Final[Mapping[str, Callable[[Actor, InvoiceView], Awaitable[Response[Any]]]]] = {
    ".pdf": _pdf,
    ".xml": _xml,
    ".csv": _csv,
}


async def month_file(actor: Actor, month: date | None) -> Response[Any]:
    """Every line of the invoices issued in a month, on either side of the actor. Raises NotFound without a month."""
    if month is None:
        raise NotFound("There is no such month. Go back and choose one.")
    rows = await _lines(actor, "AND i.issued_on BETWEEN $4 AND $5", month, rules.last_day(month))
    return csv_file(f"invoice-lines-{month:%Y-%m}.csv", LINE_HEADS, rows)


async def _lines(actor: Actor, where: str, *values: object) -> list[list[object]]:
    """Pounds with two decimals, days as YYYY-MM-DD; people by their reference."""
    sides = sides_of(actor)
    mine = (sides.seller_organisation, sides.payer_organisation, sides.payer_user)
    rows = await db.fetch_all(f"{_LINES} {where} {_ORDER}", *mine, *values)
    return [_line(row) for row in rows]


def _line(row: db.Row) -> list[object]:
    vat = row["gross_pence"] - row["net_pence"]
    told = (
        "number", "issued_on", "due_on", "state", "supplier", "payer", "purchase_order", "position", "service_on",
        "description", "booking", "person", "fund_id",
    )  # fmt: skip
    return [
        *(row[name] for name in told),
        VatCategory(row["vat_category"]).code,
        decimal_of(row["vat_rate_basis_points"]),
        decimal_of(row["net_pence"] + row["allowance_net_pence"]),
        decimal_of(row["allowance_net_pence"]),
        row["allowance_because"],
        *(decimal_of(pence) for pence in (row["net_pence"], vat, row["gross_pence"])),
    ]
