"""The payer says that an invoice was paid: one payment made by hand, with every line that can be paid (rows V1, V9)."""

from datetime import date
from uuid import UUID

import msgspec

from invoicing import queries, rules
from invoicing.payment_runs.making import Payee, enter_in_books, make_payment, payable_lines
from invoicing.payment_runs.rules import NothingToPay, PaidAlready, RelativeNotPaid
from invoicing.rules import InvoiceState
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db, formats, outbox
from marketplace.kernel.errors import StateConflict
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings


class Paid(msgspec.Struct, frozen=True):
    """An invoice that is paid: in `part_paid` the lines that are queried stay open."""

    id: UUID
    number: str
    state: str
    gross_pence: int
    paid_on: date
    payment_reference: str


async def mark_paid(actor: Actor, invoice_id: UUID, payment_reference: str, paid_on: date) -> Paid:
    """Pay every line of an invoice that is open and unqueried: *to be paid → paid* in every fund on it, once.

    The same reference again gives the same answer. Raises NotFound, Forbidden (the seller cannot say it), Invalid,
    InvoiceOnHold while the provider is suspended (`rules.md` 16), RelativeNotPaid (`rules.md` 3), PaidAlready while a
    payment run has it, NothingToPay when every line is queried, StateConflict when it was paid with another reference.
    """
    require(actor, Permission.INVOICE_PAY)
    reference = payment_reference.strip()
    async with db.unit_of_work():
        row = await queries.invoice_for_payment(actor, invoice_id)
        before = await _same_payment(invoice_id, reference)
        if before is not None:
            return _paid(row, before["paid_on"], reference, row["state"])
        _check_unpaid(row)
        rules.check_payment(reference, paid_on, row["issued_on"], clock.today())
        await _check_relatives(invoice_id)
        lines = await payable_lines([invoice_id])
        if not lines:
            await _refuse_nothing(invoice_id)
        payee = Payee(
            row["provider_id"], row["payer_organisation_id"], row["payer_user_id"],
            bank_reference=reference, paid_on=paid_on,
        )  # fmt: skip
        payment_id = await make_payment(actor, payee, lines)
        await enter_in_books(actor, [payment_id], paid_on, reference)
        paid = Money(sum(line.amount.pence for line in lines))
        await _tell(row, paid, paid_on, reference)
        state = await db.fetch_value("SELECT state FROM invoice WHERE id = $1", invoice_id)
    return _paid(row, paid_on, reference, state)


async def _same_payment(invoice_id: UUID, reference: str) -> db.Row | None:
    """The payment of an invoice that stands and carries this reference."""
    return await db.fetch_one(
        "SELECT p.paid_on FROM payment p WHERE p.state = 'sent' AND $2 IN (p.bank_reference, p.reference)"
        " AND EXISTS (SELECT 1 FROM payment_item t WHERE t.payment_id = p.id AND t.invoice_id = $1) LIMIT 1",
        invoice_id,
        reference,
    )


def _check_unpaid(row: db.Row) -> None:
    if row["state"] == InvoiceState.PAID:
        raise StateConflict(
            f"You cannot mark this paid, because it was paid on {formats.full_date(row['paid_on'])} "
            f"with the reference {row['payment_reference']}. You can ask the provider what arrived."
        )
    if row["state"] == InvoiceState.CREDITED:
        raise StateConflict("You cannot mark this paid, because it was credited. Nothing is left to pay.")
    if row["on_hold"]:
        raise rules.InvoiceOnHold


async def _check_relatives(invoice_id: UUID) -> None:
    """Whole or not at all: the payer is told, and nothing is left unpaid without a word."""
    if await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM invoice_line WHERE invoice_id = $1 AND line_open_pence(id) > 0"
        " AND line_to_relative(id))",
        invoice_id,
    ):
        raise RelativeNotPaid


async def _refuse_nothing(invoice_id: UUID) -> None:
    waits = await db.fetch_value(
        "SELECT bool_or(line_in_payment(id)) FROM invoice_line WHERE invoice_id = $1", invoice_id
    )
    if waits:
        raise PaidAlready
    raise NothingToPay(
        "You cannot mark this paid, because every open line is queried. You can pay it when that is answered."
    )


async def _tell(row: db.Row, paid: Money, paid_on: date, reference: str) -> None:
    part = "" if paid.pence == row["gross_pence"] else f" {paid} of it was paid."
    await outbox.enqueue_mail(
        row["provider_email"],
        f"Paid: invoice {row['number']}",
        f"Invoice {row['number']} for {Money(row['gross_pence'])} was marked as paid on "
        f"{formats.full_date(paid_on)} with the reference {reference}.{part}\n\n"
        f"{settings().base_url}/invoices/{row['id']}\n",
    )


def _paid(row: db.Row, paid_on: date, reference: str, state: str) -> Paid:
    return Paid(row["id"], row["number"], state, row["gross_pence"], paid_on, reference)
