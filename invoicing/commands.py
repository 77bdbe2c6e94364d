"""Issuing invoices: each one transaction, whole or not at all (rows V1, V3, V8, V9)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec

from invoicing import billing, rules
from invoicing.bank_details.queries import to_print
from invoicing.documents import to_stored
from invoicing.invoice_document import InvoiceDocument
from invoicing.rules import CannotBill, Delivered, Heading, InvoiceState
from marketplace.bookings.refills import waive_refilled
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats, outbox
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money, total
from marketplace.kernel.settings import settings

db.explain_constraint(
    "attendance_claimed",
    Conflict(
        "You cannot change this, because it is already on an invoice. You can ask for a credit note, which corrects it."
    ),
)
db.explain_constraint(
    "attendance_refunded",
    Conflict("You cannot change this, because part of the price went back to the card already."),
)
db.explain_constraint("invoice_on_hold", rules.InvoiceOnHold())
db.explain_constraint("invoice_line_not_in_house", rules.InHouseInvoice())


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice that was made."""

    invoice_id: UUID
    number: str
    payer_name: str
    lines: int
    total: Money


@dataclass(frozen=True, slots=True)
class Skipped:
    """Attendances of one payer that could not be billed, and why; they stay to be billed."""

    provider_name: str
    payer_name: str
    lines: int
    because: str


@dataclass(frozen=True, slots=True)
class IssuedRun:
    """What a run did. What others billed meanwhile is neither made nor skipped."""

    invoices: tuple[Issued, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def lines(self) -> int:
        """How many attendances were billed."""
        return sum(invoice.lines for invoice in self.invoices)

    @property
    def total(self) -> Money:
        """What the invoices come to, gross."""
        return total(invoice.total for invoice in self.invoices)

    def __add__(self, other: "IssuedRun") -> "IssuedRun":
        return IssuedRun(self.invoices + other.invoices, self.skipped + other.skipped)

    @property
    def words(self) -> str:
        """What it did, for a page or the job's log."""
        made = "There was nothing to bill."
        if self.invoices:
            invoices = formats.count(len(self.invoices), "invoice")
            made = f"{invoices} made: {formats.count(self.lines, 'line')}, {self.total} in all."
        reasons = (f"Left out for {each.payer_name}: {each.because}" for each in self.skipped)
        return " ".join([made if self.invoices or not self.skipped else "", *reasons]).strip()


async def issue_own_invoices(actor: Actor, month: date) -> IssuedRun:
    """Bill what the actor's own provider delivered in a month. Raises Forbidden, NotFound, Invalid."""
    require(actor, Permission.INVOICE_ISSUE)
    provider_id = await db.fetch_value(
        "SELECT id FROM provider WHERE organisation_id = $1", actor.organisation_id
    )
    if provider_id is None:
        raise NotFound
    return await issue_invoices(actor, month, provider_id=provider_id)


async def issue_invoices(who: audit.Who, month: date, *, provider_id: UUID | None = None) -> IssuedRun:
    """Bill what was delivered in a month and is in no claim yet: one invoice per provider and payer (`rules.md` 22).

    `month` is its first day, London time. Safe to repeat and to run in parallel: an attendance is claimed once, and
    what comes late gets a further invoice when the month is run again. Each invoice is one transaction, so a run that
    is killed loses nothing. Whether `who` may is asked by the caller. Raises Invalid for a month that has not begun.
    """
    rules.check_month(month, clock.today())
    await waive_refilled(who, month, rules.last_day(month))
    run = IssuedRun()
    for batch in await billing.batches(month, provider_id):
        try:
            issued = await _issue_patiently(who, month, batch)
        except Conflict as refusal:
            skipped = Skipped(batch.provider_name, batch.payer_name, len(batch.booking_ids), refusal.message)
            run += IssuedRun(skipped=(skipped,))
        else:
            run += IssuedRun(invoices=(issued,) if issued else ())
    return run


async def _issue_patiently(who: audit.Who, month: date, batch: billing.Batch) -> Issued | None:
    """Try again when PostgreSQL gave up on a deadlock or a change of ownership came between; nothing was written."""
    for _ in range(2):
        try:
            return await _issue(who, month, batch)
        except CannotBill:
            raise
        except Conflict:
            continue
    return await _issue(who, month, batch)


async def _issue(who: audit.Who, month: date, batch: billing.Batch) -> Issued | None:
    """One invoice in one transaction; None when somebody else billed all of it first."""
    async with db.unit_of_work():
        delivered = rules.in_order(await billing.claim(batch.booking_ids))
        if not delivered:
            return None
        parties = await billing.parties(batch)
        rules.check_billable(parties.supplier, delivered)
        # Last, because from here on every other invoice of this provider waits: so numbers have no gaps.
        number = await billing.take_number(batch.provider_id, batch.provider_slug, clock.today())
        bank = await to_print(batch.provider_id)
        heading = Heading(
            number, month, clock.today(), parties.supplier, parties.payer, parties.standing, bank
        )
        document = rules.compose(heading, delivered)
        invoice_id = await _write(who, batch, document, delivered)
        await outbox.enqueue_mail(
            parties.payer.email or "",
            f"Invoice {number} from {parties.supplier.name}",
            f"{parties.supplier.name} sends you invoice {number} for {document.vat.gross}, for support in "
            f"{formats.month(month)}. It is due on {formats.full_date(document.due_on)}.\n\n"
            f"Read it, or mark it paid: {settings().base_url}/invoices/{invoice_id}\n",
        )
    return Issued(invoice_id, number, parties.payer.name, len(delivered), document.vat.gross)


async def _write(
    who: audit.Who, batch: billing.Batch, document: InvoiceDocument, delivered: list[Delivered]
) -> UUID:
    invoice_id = new_id()
    await db.execute(
        "INSERT INTO invoice (id, number, provider_id, payer_organisation_id, payer_user_id, period_starts,"
        " period_ends, issued_on, due_on, net_pence, vat_pence, gross_pence, document, state, issued_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb, $14, $15)",
        invoice_id,
        document.number,
        batch.provider_id,
        batch.payer_organisation_id,
        batch.payer_user_id,
        document.period_starts,
        document.period_ends,
        document.issued_on,
        document.due_on,
        document.vat.taxable.pence,
        document.vat.vat.pence,
        document.vat.gross.pence,
        msgspec.json.encode(to_stored(document)).decode(),
        str(InvoiceState.ISSUED),
        clock.now(),
    )
    await billing.write_lines(invoice_id, delivered, document.vat.line_nets)
    await audit.record(
        who,
        "invoice.issued",
        "invoice",
        invoice_id,
        after={"number": document.number, "gross_pence": document.vat.gross.pence, "lines": len(delivered)},
    )
    return invoice_id
