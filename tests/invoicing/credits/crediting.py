"""Invoices of November to credit, and short ways to credit them."""

from uuid import UUID

from invoicing.credits.commands import CreditDraft, IssuedCredit, issue_credit_note
from invoicing.runs.commands import issue_invoices
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from tests.invoicing.delivering import NOVEMBER


async def billed() -> UUID:
    """The one invoice of November."""
    (invoice,) = (await issue_invoices(SYSTEM, NOVEMBER)).invoices
    return invoice.invoice_id


async def line_of(booking: UUID) -> db.Row:
    """The line of a booking that stands last."""
    row = await db.fetch_one(
        "SELECT l.*, line_open_pence(l.id) AS open FROM invoice_line l WHERE l.booking_id = $1"
        " AND NOT EXISTS (SELECT 1 FROM invoice_line n WHERE n.replaces_id = l.id)",
        booking,
    )
    assert row is not None
    return row


async def credit_booking(
    seller: Actor, booking: UUID, amount: str | None = None, because: str = "Did not happen"
) -> IssuedCredit:
    """Credit the line of a booking: whole, or an amount of it."""
    line = await line_of(booking)
    wanted = Money(line["gross_pence"]) if amount is None else Money.parse(amount)
    return await issue_credit_note(seller, line["invoice_id"], CreditDraft({line["id"]: wanted}, because))
