"""Issuing credit notes, receiving what they owe, and billing anew: each one transaction (row V3, rules 22 and 23)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import msgspec

from invoicing.credits import queries, rules
from invoicing.credits.document import CreditNoteDocument, to_stored
from invoicing.credits.rules import Credited, NotCreditedWhole, NothingLeft
from invoicing.credits.settling import lock_credit_note, settle_credit
from invoicing.invoice_document import NOTHING_OFF
from invoicing.line_queries.commands import settle_by_credit
from invoicing.queries import InvoiceView, is_payer
from invoicing.series import letters_of
from invoicing.standing import restate
from isf.ledger import commands as ledger
from marketplace.bookings.checks.commands import hold_back_disputed
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats, outbox
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings

db.explain_constraint("credit_note_line_within", NothingLeft())
db.explain_constraint("bill_again_when_credited", NotCreditedWhole())
db.explain_constraint(
    "invoice_line_each_part_once", Conflict("You cannot bill this, because it is on an invoice already.")
)
db.explain_constraint(
    "invoice_line_replaced_once",
    Conflict("Somebody billed this a moment ago. Look at it again before you go on."),
)


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """How much of which lines is credited, and why. The same `id` again is the same credit note."""

    amounts: Mapping[UUID, Money]
    because: str
    id: UUID = field(default_factory=new_id)


class IssuedCredit(msgspec.Struct, frozen=True):
    """A credit note that was issued."""

    id: UUID
    number: str
    invoice_id: UUID
    gross_pence: int
    owed_back_pence: int


async def issue_credit_note(actor: Actor, invoice_id: UUID, draft: CreditDraft) -> IssuedCredit:
    """Credit lines of an invoice, whole or in part, for ever (`rules.md` 23); by who sent it.

    What was not paid is left again in its fund at once; what was paid is owed by the provider until it is back. Raises
    NotFound, Forbidden, Invalid (`rules.check_credit`), NothingLeft when somebody was quicker.
    """
    require(actor, Permission.INVOICE_ISSUE)
    async with db.unit_of_work():
        await db.execute("SELECT 1 FROM invoice WHERE id = $1 FOR NO KEY UPDATE", invoice_id)
        view = await queries.invoice_of_seller(actor, invoice_id)
        known = await db.fetch_one("SELECT document FROM credit_note WHERE id = $1", draft.id)
        if known is not None:
            return _issued(await queries.credit_note(actor, draft.id))
        await db.execute(
            "SELECT 1 FROM invoice_line WHERE invoice_id = $1 ORDER BY id FOR NO KEY UPDATE", invoice_id
        )
        credited = rules.check_credit(await queries.creditable(invoice_id), draft.amounts, draft.because)
        # From here on every other credit note of this provider waits: so numbers have no gaps.
        number = await _take_number(view)
        document = rules.compose(number, clock.today(), view.document, credited, draft.because)
        await _write(actor, view, draft.id, document, credited)
        await settle_by_credit(actor, [each.line.id for each in credited], number)
        await restate(actor, invoice_id, because=number)
        await _tell_payer(view, draft.id, document)
        return _issued(await queries.credit_note(actor, draft.id))


def _issued(view: queries.CreditNoteView) -> IssuedCredit:
    return IssuedCredit(
        id=view.row["id"],
        number=view.row["number"],
        invoice_id=view.row["invoice_id"],
        gross_pence=view.row["gross_pence"],
        owed_back_pence=view.document.owed_back.pence,
    )


async def _take_number(view: InvoiceView) -> str:
    """The next number beside the series of the invoice: the supplier's own, or the payer's for it by self-billing."""
    provider_id, payer_id = view.row["provider_id"], view.row["payer_organisation_id"]
    if view.document.self_billed:
        prefix = await db.fetch_value(
            "SELECT prefix FROM self_billing_series WHERE provider_id = $1 AND payer_organisation_id = $2",
            provider_id,
            payer_id,
        )
        series = f"credit:{payer_id}:{provider_id}"
    else:
        prefix = await letters_of(provider_id)
        series = f"credit:{provider_id}"
    count = await db.fetch_value("SELECT next_number($1)", series)
    return rules.credit_number(prefix, clock.today(), count)


async def _write(
    actor: Actor,
    view: InvoiceView,
    credit_note_id: UUID,
    document: CreditNoteDocument,
    credited: list[Credited],
) -> None:
    row = view.row
    await db.execute(
        "INSERT INTO credit_note (id, number, invoice_id, provider_id, payer_organisation_id, payer_user_id, issued_on,"
        " net_pence, vat_pence, gross_pence, because, document, issued_by, issued_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14)",
        credit_note_id,
        document.number,
        row["id"],
        row["provider_id"],
        row["payer_organisation_id"],
        row["payer_user_id"],
        document.issued_on,
        document.vat.taxable.pence,
        document.vat.vat.pence,
        document.vat.gross.pence,
        document.because,
        to_stored(document),
        actor.user_id,
        clock.now(),
    )
    await db.execute(
        """INSERT INTO credit_note_line (id, credit_note_id, position, invoice_line_id, booking_id, part, fund_id,
                council_id, route, owner_council_id, description, service_on, net_pence, gross_pence, vat_category,
                vat_rate_basis_points, allowance_net_pence, allowance_gross_pence, allowance_because)
           SELECT gen_random_uuid(), $1, c.position, l.id, l.booking_id, l.part, l.fund_id, l.council_id, l.route,
                  l.owner_council_id, c.description, l.service_on, c.net, c.gross, l.vat_category,
                  l.vat_rate_basis_points, c.off_net, c.off_gross, c.off_because
             FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])
                  WITH ORDINALITY AS c(line, description, net, gross, off_net, off_gross, off_because, position)
             JOIN invoice_line l ON l.id = c.line ORDER BY l.id""",
        credit_note_id,
        [each.line.id for each in credited],
        [each.description for each in credited],
        [each.net.pence for each in credited],
        [each.gross.pence for each in credited],
        [(each.allowance or NOTHING_OFF).net.pence for each in credited],
        [(each.allowance or NOTHING_OFF).gross.pence for each in credited],
        [(each.allowance or NOTHING_OFF).because for each in credited],
    )
    told = {"number": document.number, "invoice": row["number"], "gross_pence": document.vat.gross.pence}
    await audit.record(
        actor, "credit_note.issued", "credit_note", credit_note_id, after=told, because=document.because
    )


async def _tell_payer(view: InvoiceView, credit_note_id: UUID, document: CreditNoteDocument) -> None:
    owed = f" {document.owed_back} of it was paid already and is owed to you." if document.owed_back else ""
    await outbox.enqueue_mail(
        document.payer.email or "",
        f"Credit note {document.number} from {document.supplier.name}",
        f"{document.supplier.name} credits {document.vat.gross} of invoice {document.invoice_number}.{owed}\n\n"
        f"Why: {document.because}\n\nRead it: {settings().base_url}/credit-notes/{credit_note_id}\n",
    )


async def receive_credit(actor: Actor, credit_note_id: UUID, reference: str, on: date) -> Money:
    """The payer says that the provider paid back what a credit note owed; answers how much that was.

    The same reference again moves nothing. Raises NotFound, Forbidden for others than the payer, Invalid.
    """
    require(actor, Permission.INVOICE_PAY)
    async with db.unit_of_work():
        await lock_credit_note(credit_note_id)
        view = await queries.credit_note(actor, credit_note_id)
        _check_receipt(actor, view, reference.strip(), on)
        back = await settle_credit(
            actor,
            credit_note_id,
            Money(view.row["owed_pence"]),
            on,
            kind="received",
            reference=f"received:{reference.strip()}",
        )
        if back:
            await restate(actor, view.row["invoice_id"], because=view.row["number"])
            await audit.record(
                actor,
                "credit_note.received",
                "credit_note",
                credit_note_id,
                after={"pence": back.pence, "on": on, "reference": reference.strip()},
            )
    return back


def _check_receipt(actor: Actor, view: queries.CreditNoteView, reference: str, on: date) -> None:
    if not is_payer(actor, view.row):
        raise Forbidden(
            "You cannot say that this is back, because only its payer can; you can tell the payer."
        )
    wrong = {}
    if not 0 < len(reference) <= 100:
        wrong["reference"] = "Enter the reference as your bank shows it, in 100 characters or fewer"
    if not view.row["issued_on"] <= on <= clock.today():
        wrong["received_on"] = (
            f"Enter a day from {formats.full_date(view.row['issued_on'])} to today, {formats.full_date(clock.today())}"
        )
    if wrong:
        raise Invalid(wrong)


async def bill_again(actor: Actor, booking_id: UUID, because: str) -> None:
    """Open a visit that was credited whole: its register can be corrected, and what is owed is billed anew.

    The claim stays the one it was (`rules.md` 22). What the fund got back is to be paid again until the register says
    otherwise. Opening twice changes nothing. What is disputed waits until that is settled.
    Raises NotFound, NotCreditedWhole, FundExhausted when the money was used.
    """
    require(actor, Permission.INVOICE_ISSUE)
    async with db.unit_of_work():
        lines = await db.fetch_all(
            "SELECT l.id, l.fund_id, l.service_on, l.gross_pence, pr.organisation_id AS seller FROM invoice_line l"
            "  JOIN booking b ON b.id = l.booking_id JOIN provider pr ON pr.id = b.provider_id"
            " WHERE l.booking_id = $1 ORDER BY l.id FOR NO KEY UPDATE OF l",
            booking_id,
        )
        if not lines or lines[0]["seller"] != actor.organisation_id:
            raise NotFound
        if await db.fetch_value("SELECT billable_again($1)", booking_id):
            return
        await _open(actor, booking_id, lines, because.strip())
        await hold_back_disputed(booking_id)
        await audit.record(actor, "booking.billed_again", "booking", booking_id, because=because.strip())


async def _open(actor: Actor, booking_id: UUID, lines: list[db.Row], because: str) -> None:
    freed = await db.fetch_all(
        "SELECT s.journal_id, s.amount_pence FROM credit_settlement s"
        "  JOIN credit_note_line c ON c.id = s.credit_note_line_id WHERE c.booking_id = $1",
        booking_id,
    )
    # What came back of earlier lines was charged again when they were opened.
    before: int = await db.fetch_value(
        "SELECT coalesce(sum(amount_pence), 0)::bigint FROM bill_again WHERE booking_id = $1", booking_id
    )
    amount = Money(sum(row["amount_pence"] for row in freed) - before)
    opened = new_id()
    await db.execute(
        "INSERT INTO bill_again (id, booking_id, lines_before, amount_pence, because, opened_by, opened_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        opened,
        booking_id,
        len(lines),
        amount.pence,
        because,
        actor.user_id,
        clock.now(),
    )
    await ledger.charge_again(
        actor,
        lines[0]["fund_id"],
        booking_id,
        amount,
        lines[0]["service_on"],
        reference=f"again:{opened}",
        freed_by=[row["journal_id"] for row in freed],
        because=because,
    )
