"""Reads about credit notes; each takes the actor and shows what their side of it may see."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from invoicing import queries as invoices
from invoicing.credits.document import CreditNoteDocument, from_stored
from invoicing.credits.rules import Creditable
from invoicing.invoice_document import Allowance
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.money import Money, total
from marketplace.kernel.vat import VatCategory

_SELLS: Final = "pr.organisation_id = $1"
_PAYS: Final = "(n.payer_organisation_id = $2 OR n.payer_user_id = $3)"
_OWED: Final = """
    (n.gross_pence - coalesce((SELECT sum(s.amount_pence) FROM credit_note_line c
        JOIN credit_settlement s ON s.credit_note_line_id = c.id WHERE c.credit_note_id = n.id), 0))::bigint
"""
_COLUMNS: Final = f"""
    n.id, n.number, n.invoice_id, n.provider_id, n.payer_organisation_id, n.payer_user_id, n.issued_on, n.net_pence,
    n.vat_pence, n.gross_pence, n.because, {_OWED} AS owed_pence, i.number AS invoice_number,
    pr.name AS provider_name, pr.organisation_id AS seller, coalesce(o.name, u.name) AS payer_name
"""
_FROM: Final = """
      FROM credit_note n JOIN invoice i ON i.id = n.invoice_id JOIN provider pr ON pr.id = n.provider_id
      LEFT JOIN organisation o ON o.id = n.payer_organisation_id LEFT JOIN app_user u ON u.id = n.payer_user_id
"""


@dataclass(frozen=True, slots=True)
class CreditNotes:
    """Credit notes of one's sides, the newest first, and what is owed of them."""

    rows: list[db.Row]
    total: int

    @property
    def owed(self) -> Money:
        """What providers owe of those shown."""
        return total(Money(row["owed_pence"]) for row in self.rows)


@dataclass(frozen=True, slots=True)
class CreditNoteView:
    """A credit note as the actor may see it."""

    row: db.Row
    document: CreditNoteDocument
    settled: list[db.Row]
    sells: bool
    may_receive: bool


async def credit_notes(actor: Actor, page: int = 1, page_size: int = invoices.PAGE_SIZE) -> CreditNotes:
    """Every credit note that the actor sent or got, the newest first. Raises Forbidden."""
    sides = _sides(actor)
    where = f"{_FROM} WHERE {_SELLS} OR {_PAYS}"
    rows = await db.fetch_all(
        f"SELECT {_COLUMNS} {where} ORDER BY n.issued_on DESC, n.number DESC LIMIT $4 OFFSET $5",
        *sides,
        page_size,
        (page - 1) * page_size,
    )
    return CreditNotes(rows, await db.fetch_value(f"SELECT count(*) {where}", *sides))


async def credit_note(actor: Actor, credit_note_id: UUID) -> CreditNoteView:
    """One credit note. Raises NotFound when the actor is on neither side of it."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS}, n.document {_FROM} WHERE n.id = $4 AND ({_SELLS} OR {_PAYS})",
        *_sides(actor),
        credit_note_id,
    )
    if row is None:
        raise NotFound
    stored: dict[str, Any] = msgspec.json.decode(row.pop("document"))
    sells = Permission.INVOICE_ISSUE in actor.permissions and row["seller"] == actor.organisation_id
    pays = invoices.is_payer(actor, row)
    return CreditNoteView(
        row, from_stored(stored), await _settled(credit_note_id), sells, pays and row["owed_pence"] > 0
    )


async def of_invoice(invoice_id: UUID) -> list[db.Row]:
    """The credit notes of an invoice, the oldest first; whether it may be seen was asked before."""
    return await db.fetch_all(
        f"SELECT {_COLUMNS} {_FROM} WHERE n.invoice_id = $1 ORDER BY n.issued_at, n.id", invoice_id
    )


async def creditable(invoice_id: UUID) -> list[Creditable]:
    """The lines of an invoice with what is left of each, in its order; whether it may be seen was asked before."""
    rows = await db.fetch_all(
        """SELECT l.id, l.position, l.booking_id, b.reference AS booking_reference, p.reference AS person_reference,
                  l.part, l.service_on, l.description, l.vat_category, l.vat_rate_basis_points,
                  l.net_pence, l.gross_pence, line_open_pence(l.id) AS open_pence,
                  l.allowance_net_pence, l.allowance_gross_pence, l.allowance_because,
                  coalesce(c.net, 0)::bigint AS credited_net, coalesce(c.gross, 0)::bigint AS credited_gross
             FROM invoice_line l JOIN booking b ON b.id = l.booking_id JOIN person p ON p.id = b.person_id
             LEFT JOIN LATERAL (SELECT sum(net_pence) AS net, sum(gross_pence) AS gross FROM credit_note_line
                                 WHERE invoice_line_id = l.id) c ON true
            WHERE l.invoice_id = $1 ORDER BY l.position""",
        invoice_id,
    )
    return [_creditable(row) for row in rows]


def _creditable(row: db.Row) -> Creditable:
    off = Allowance(
        row.pop("allowance_because"),
        Money(row.pop("allowance_net_pence")),
        Money(row.pop("allowance_gross_pence")),
    )
    return Creditable(
        allowance=off if off.gross else None,
        net=Money(row.pop("net_pence")),
        gross=Money(row.pop("gross_pence")),
        credited_net=Money(row.pop("credited_net")),
        credited_gross=Money(row.pop("credited_gross")),
        still_open=Money(row.pop("open_pence")),
        vat_category=VatCategory(row.pop("vat_category")),
        **row,
    )


async def invoice_of_seller(actor: Actor, invoice_id: UUID) -> invoices.InvoiceView:
    """An invoice, for who issued it. Raises NotFound, and Forbidden for the other side."""
    view = await invoices.invoice(actor, invoice_id)
    if not await is_seller(actor, view.row["provider_id"]):
        raise Forbidden(
            "You cannot credit this, because only who sent the invoice can; you can ask them for it."
        )
    return view


async def is_seller(actor: Actor, provider_id: UUID) -> bool:
    """Whether the actor bills for a provider."""
    if Permission.INVOICE_ISSUE not in actor.permissions:
        return False
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", provider_id)
    return bool(organisation == actor.organisation_id)


async def rebillable(credit_note_id: UUID) -> list[db.Row]:
    """The visits of a credit note that were credited whole, with whether they can be, or are being, billed anew."""
    return await db.fetch_all(
        """SELECT b.id, b.reference, b.service_on, b.activity_session_id, billable_again(b.id) AS opened,
                  bool_and(line_credit_settled_pence(l.id, ARRAY['unpaid', 'netted', 'received']) >= l.gross_pence)
                      AS settled
             FROM booking b JOIN invoice_line l ON l.booking_id = b.id
            WHERE b.id IN (SELECT booking_id FROM credit_note_line WHERE credit_note_id = $1)
            GROUP BY b.id HAVING bool_and(line_credited_pence(l.id) = l.gross_pence)
            ORDER BY b.service_on, b.reference""",
        credit_note_id,
    )


async def _settled(credit_note_id: UUID) -> list[db.Row]:
    return await db.fetch_all(
        "SELECT s.kind, s.settled_on, s.reference, sum(s.amount_pence)::bigint AS pence"
        "  FROM credit_settlement s JOIN credit_note_line c ON c.id = s.credit_note_line_id"
        " WHERE c.credit_note_id = $1 AND s.kind <> 'unpaid' GROUP BY 1, 2, 3 ORDER BY 2, 3",
        credit_note_id,
    )


def _sides(actor: Actor) -> tuple[UUID | None, UUID | None, UUID | None]:
    sides = invoices.sides_of(actor)
    return sides.seller_organisation, sides.payer_organisation, sides.payer_user
