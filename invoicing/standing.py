"""Where an invoice stands, by what was paid and credited of its lines (rows V3, V5)."""

from uuid import UUID

from invoicing.credits.settling import settle_unpaid
from invoicing.rules import TRANSITIONS, InvoiceState, state_by
from marketplace.kernel import audit, db
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition


async def restate(who: audit.Who, invoice_id: UUID, *, because: str = "") -> InvoiceState:
    """Bring an invoice to the state that its lines tell, and answer it; only inside a unit of work.

    Call it after every payment, returned payment and credit: what was credited and is not paid leaves *to be paid* too.
    Locks the invoice's row, so that two of them never miss
    each other's pennies. A paid invoice carries the day and the reference of its last payment.
    """
    row = await db.fetch_one("SELECT id, state FROM invoice WHERE id = $1 FOR NO KEY UPDATE", invoice_id)
    assert row is not None  # noqa: S101 - the caller has read it
    await settle_unpaid(who, invoice_id)
    sums = await db.fetch_one(
        "SELECT coalesce(sum(line_open_pence(id)), 0)::bigint AS open,"
        " coalesce(sum(line_paid_pence(id)), 0)::bigint AS paid"
        "  FROM invoice_line WHERE invoice_id = $1",
        invoice_id,
    )
    assert sums is not None  # noqa: S101 - an aggregate always answers
    frm, to = InvoiceState(row["state"]), state_by(still_open=Money(sums["open"]), paid=Money(sums["paid"]))
    if frm is not to:
        told = await _last_payment(invoice_id) if to is InvoiceState.PAID else {}
        also = {"paid_on": told.get("paid_on"), "payment_reference": told.get("reference", "")}
        await transition(
            who,
            "invoice",
            invoice_id,
            frm,
            to,
            TRANSITIONS,
            action=f"invoice.{to}",
            because=because,
            also=also,
        )
    return to


async def _last_payment(invoice_id: UUID) -> db.Row:
    row = await db.fetch_one("SELECT paid_on, reference FROM invoice_last_payment($1)", invoice_id)
    assert row is not None  # noqa: S101 - something of it is paid
    return row
