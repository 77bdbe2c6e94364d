"""Lines of invoices and credit notes for a ledger: a row for each, what is credited below zero (row V4)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from litestar import Response

from invoicing.queries import sides_of
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.spreadsheets import csv_file
from marketplace.kernel.vat import VatCategory

HEADS: Final = (
    "Invoice", "Credit note", "Date", "Due date", "State", "Supplier", "Payer", "Purchase order", "Line",
    "Service date", "Description", "Booking", "Person", "Fund", "VAT category", "VAT rate", "Price net",
    "Allowance net", "Allowance reason", "Net", "VAT", "Gross",
)  # fmt: skip

_TOLD: Final = (
    "number", "credit_note", "issued_on", "due_on", "state", "supplier", "payer", "purchase_order", "position",
    "service_on", "description", "booking", "person", "fund_id",
)  # fmt: skip

_LINE: Final = """
           l.position, l.service_on, l.description, b.reference AS booking, p.reference AS person, l.fund_id,
           l.vat_category, l.vat_rate_basis_points, l.net_pence, l.gross_pence, l.allowance_net_pence,
           l.allowance_because
"""
_PARTIES: Final = """
      JOIN provider pr ON pr.id = i.provider_id LEFT JOIN organisation o ON o.id = i.payer_organisation_id
      LEFT JOIN app_user u ON u.id = i.payer_user_id
      JOIN booking b ON b.id = l.booking_id JOIN person p ON p.id = b.person_id
     WHERE (pr.organisation_id = $1 OR i.payer_organisation_id = $2 OR i.payer_user_id = $3)
"""
_INVOICED: Final = f"""
    SELECT i.number, NULL AS credit_note, i.issued_on, i.due_on, i.state, pr.name AS supplier,
           coalesce(o.name, u.name) AS payer, i.document ->> 'purchase_order' AS purchase_order, 1 AS sign, {_LINE}
      FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id {_PARTIES}
"""
_CREDITED: Final = f"""
    SELECT i.number, n.number AS credit_note, n.issued_on, NULL::date AS due_on, '' AS state, pr.name AS supplier,
           coalesce(o.name, u.name) AS payer, n.document ->> 'purchase_order' AS purchase_order, -1 AS sign, {_LINE}
      FROM credit_note n JOIN invoice i ON i.id = n.invoice_id JOIN credit_note_line l ON l.credit_note_id = n.id
      {_PARTIES}
"""


async def of_invoice(actor: Actor, invoice_id: UUID, number: str) -> Response[str]:
    """The lines of an invoice as a file."""
    return await _file(actor, f"{number}.csv", f"{_INVOICED} AND i.id = $4", invoice_id)


async def of_credit_note(actor: Actor, credit_note_id: UUID, number: str) -> Response[str]:
    """The lines of a credit note as a file."""
    return await _file(actor, f"{number}.csv", f"{_CREDITED} AND n.id = $4", credit_note_id)


async def of_days(actor: Actor, name: str, first: date, last: date) -> Response[str]:
    """Every line of what was issued on some days (both included), on either side of the actor, as a file."""
    issued = "issued_on BETWEEN $4 AND $5"
    return await _file(
        actor, name, f"{_INVOICED} AND i.{issued} UNION ALL {_CREDITED} AND n.{issued}", first, last
    )


async def _file(actor: Actor, name: str, statement: str, *values: object) -> Response[str]:
    sides = sides_of(actor)
    rows = await db.fetch_all(
        f"{statement} ORDER BY issued_on, number, credit_note NULLS FIRST, position",
        sides.seller_organisation,
        sides.payer_organisation,
        sides.payer_user,
        *values,
    )
    return csv_file(name, HEADS, [_row(row) for row in rows])


def _row(row: db.Row) -> Sequence[object]:
    """Pounds with two decimals, days as YYYY-MM-DD; people by their reference."""

    def pounds(pence: int) -> Decimal:
        # A number: what begins with a minus is a formula only as a text.
        return Decimal(row["sign"] * pence).scaleb(-2)

    return [
        *(row[name] for name in _TOLD),
        VatCategory(row["vat_category"]).code,
        Decimal(row["vat_rate_basis_points"]).scaleb(-2),
        pounds(row["net_pence"] + row["allowance_net_pence"]),
        pounds(row["allowance_net_pence"]),
        row["allowance_because"],
        pounds(row["net_pence"]),
        pounds(row["gross_pence"] - row["net_pence"]),
        pounds(row["gross_pence"]),
    ]
