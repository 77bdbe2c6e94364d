"""Writing the invoices of a run: any number of them by a few statements, inside one unit of work."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from invoicing import rules
from invoicing.bank_details.queries import to_print
from invoicing.documents import to_stored
from invoicing.invoice_document import NOTHING_OFF, BankDetails, InvoiceDocument, Standing
from invoicing.rules import Heading, InvoiceState
from invoicing.runs.issued import Issued
from invoicing.runs.parties import Parties, parties_of
from invoicing.runs.rules import Between, Draft, Scope
from invoicing.self_billing.series import prefix_of
from invoicing.series import letters_of
from marketplace.kernel import audit, clock, db, formats, outbox
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import Mail
from marketplace.kernel.settings import settings


@dataclass(frozen=True, slots=True)
class Made:
    """An invoice that is being written."""

    id: UUID
    draft: Draft
    document: InvoiceDocument

    @property
    def issued(self) -> Issued:
        """What the run tells of it."""
        return Issued(
            self.id,
            self.document.number,
            self.document.payer.name,
            len(self.draft.delivered),
            self.document.vat.gross,
        )


async def write_invoices(
    who: audit.Who, scope: Scope, drafts: Sequence[Draft], run_id: UUID | None
) -> list[Issued]:
    """Number, freeze and keep invoices whose bookings are claimed; the payers are told by letter."""
    parties = await parties_of(drafts)
    banks = {each: await to_print(each) for each in {draft.between.provider_id for draft in drafts}}
    # As late as can be: from here on every other invoice of these providers waits, so numbers have no gaps.
    numbers = await _take_numbers(drafts)
    made = [
        Made(new_id(), draft, _document(scope, draft, number, parties, banks[draft.between.provider_id]))
        for draft, number in zip(drafts, numbers, strict=True)
    ]
    await _insert(made, run_id)
    await _insert_lines(made)
    await audit.record_all(
        who,
        "invoice.issued",
        "invoice",
        {
            each.id: {
                "number": each.document.number,
                "gross_pence": each.document.vat.gross.pence,
                "lines": len(each.draft.delivered),
            }
            for each in made
        },
    )
    await outbox.enqueue_mails([letter for each in made if (letter := _letter(each))])
    return [each.issued for each in made]


def _letter(made: Made) -> Mail | None:
    document = made.document
    if document.self_billed:
        return _letter_to_supplier(made)
    if not document.payer.email:
        return None
    return Mail(
        new_id(),
        document.payer.email,
        f"Invoice {document.number} from {document.supplier.name}",
        f"{document.supplier.name} sends you invoice {document.number} for {document.vat.gross}, for support in "
        f"{Scope(document.period_starts, document.period_ends).words}. "
        f"It is due on {formats.full_date(document.due_on)}.\n\n"
        f"Read it, or mark it paid: {settings().base_url}/invoices/{made.id}\n",
    )


def _letter_to_supplier(made: Made) -> Mail | None:
    document = made.document
    if not document.supplier.email:
        return None
    return Mail(
        new_id(),
        document.supplier.email,
        f"{document.payer.name} wrote your invoice {document.number}",
        f"{document.payer.name} wrote invoice {document.number} for you, for {document.vat.gross}, by agreement "
        f"{document.self_billed}. It is due on {formats.full_date(document.due_on)}. Write no invoice of your own.\n\n"
        f"Read it, and say if something is wrong: {settings().base_url}/invoices/{made.id}\n",
    )


# --- The document -----------------------------------------------------------------------------------------------------


def _document(
    scope: Scope, draft: Draft, number: str, parties: Parties, bank: BankDetails | None
) -> InvoiceDocument:
    supplier, made_up = parties[draft.between.provider_id]
    payer_id = draft.between.payer_organisation_id or draft.between.payer_user_id
    assert payer_id is not None  # noqa: S101 - a fund has a holder
    payer, payer_made_up = parties[payer_id]
    heading = Heading(
        number=number,
        period_starts=scope.starts_on,
        period_ends=scope.ends_on,
        issued_on=draft.own.issued_on if draft.own else clock.today(),
        received_on=draft.own.received_on if draft.own else None,
        supplier=replace(supplier, vat_number=draft.vat_number),
        payer=payer,
        standing=Standing.DEMONSTRATION if made_up or payer_made_up else Standing.REAL,
        purchase_order=draft.order.number if draft.order else None,
        bank=bank,
        self_billed=draft.between.agreement_reference,
    )
    return rules.compose(heading, draft.delivered)


# --- Numbers ----------------------------------------------------------------------------------------------------


async def _take_numbers(drafts: Sequence[Draft]) -> list[str]:
    """The next numbers of each series, in the order of the drafts; a rollback gives them back: no gaps.

    The counters are locked in one order until the transaction ends.
    """
    counted = [draft for draft in drafts if draft.own is None]
    wanted = Counter(draft.between.series for draft in counted)
    sellers = {draft.between.series: draft.between for draft in counted}
    prefixes = {series: await _prefix_of(sellers[series]) for series in sorted(wanted)}
    rows = await db.fetch_all(
        "INSERT INTO counter AS c (scope, last) SELECT w.series, w.count"
        "   FROM unnest($1::text[], $2::bigint[]) AS w (series, count) ORDER BY 1"
        "     ON CONFLICT (scope) DO UPDATE SET last = c.last + excluded.last RETURNING scope, last",
        list(wanted),
        list(wanted.values()),
    )
    following = {row["scope"]: row["last"] - wanted[row["scope"]] for row in rows}
    numbers = []
    for draft in drafts:
        if draft.own:
            numbers.append(draft.own.number)
            continue
        series = draft.between.series
        following[series] += 1
        numbers.append(rules.invoice_number(prefixes[series], clock.today(), following[series]))
    return numbers


async def _prefix_of(between: Between) -> str:
    own = await letters_of(between.provider_id)
    payer = between.payer_organisation_id
    if between.agreement_id is None or payer is None:
        return own
    return await prefix_of(payer, between.payer_name, between.provider_id, own)


# --- Rows -------------------------------------------------------------------------------------------------------


async def _insert(made: Sequence[Made], run_id: UUID | None) -> None:
    documents = [each.document for each in made]
    await db.execute(
        "INSERT INTO invoice (id, number, provider_id, payer_organisation_id, payer_user_id, period_starts,"
        " period_ends, issued_on, due_on, net_pence, vat_pence, gross_pence, document, state, issued_at, run_id,"
        " purchase_order_id, self_billing_id, received_on)"
        " SELECT i.id, i.number, i.provider, i.organisation, i.payer, i.starts_on, i.ends_on, i.issued_on, i.due_on,"
        " i.net, i.vat, i.gross, i.document::jsonb, $14, $15, $16, i.bought_by, i.agreed_by, i.came_on"
        " FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::date[], $7::date[], $8::date[],"
        " $9::date[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $17::uuid[], $18::uuid[], $19::date[])"
        " AS i (id, number, provider, organisation, payer, starts_on, ends_on, issued_on, due_on, net, vat, gross,"
        " document, bought_by, agreed_by, came_on)",
        [each.id for each in made],
        [each.number for each in documents],
        [each.draft.between.provider_id for each in made],
        [each.draft.between.payer_organisation_id for each in made],
        [each.draft.between.payer_user_id for each in made],
        [each.period_starts for each in documents],
        [each.period_ends for each in documents],
        [each.issued_on for each in documents],
        [each.due_on for each in documents],
        [each.vat.taxable.pence for each in documents],
        [each.vat.vat.pence for each in documents],
        [each.vat.gross.pence for each in documents],
        [to_stored(each) for each in documents],
        str(InvoiceState.ISSUED),
        clock.now(),
        run_id,
        [each.draft.order.id if each.draft.order else None for each in made],
        [each.draft.between.agreement_id for each in made],
        [each.received_on or each.issued_on for each in documents],
    )


async def _insert_lines(made: Sequence[Made]) -> None:
    """The lines of any number of invoices, with the in-house facts of their bookings, in one statement."""
    lines = [
        (each.id, place, delivered, line)
        for each in made
        for place, (delivered, line) in enumerate(
            zip(each.draft.delivered, each.document.lines, strict=True), start=1
        )
    ]
    await db.execute(
        """INSERT INTO invoice_line (id, invoice_id, position, booking_id, part, fund_id, council_id, route,
                                     owner_council_id, description, service_on, net_pence, gross_pence,
                                     vat_category, vat_rate_basis_points, allowance_net_pence,
                                     allowance_gross_pence, allowance_because)
           SELECT gen_random_uuid(), l.invoice, l.position, b.id, l.part, b.fund_id, b.council_id, b.route,
                  b.owner_council_id, l.description, b.service_on, l.net, l.gross, l.category, l.rate,
                  l.off_net, l.off_gross, l.off_because
             FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::text[],
                         $8::integer[], $9::text[], $10::bigint[], $11::bigint[], $12::text[])
                  AS l (invoice, position, booking_id, description, net, gross, category, rate, part,
                        off_net, off_gross, off_because)
             JOIN booking b ON b.id = l.booking_id""",
        [invoice_id for invoice_id, _, _, _ in lines],
        [place for _, place, _, _ in lines],
        [delivered.booking_id for _, _, delivered, _ in lines],
        [line.description for _, _, _, line in lines],
        [line.net.pence for _, _, _, line in lines],
        [line.gross.pence for _, _, _, line in lines],
        [line.vat_category.value for _, _, _, line in lines],
        [line.vat_rate_basis_points for _, _, _, line in lines],
        [delivered.part.value for _, _, delivered, _ in lines],
        [(line.allowance or NOTHING_OFF).net.pence for _, _, _, line in lines],
        [(line.allowance or NOTHING_OFF).gross.pence for _, _, _, line in lines],
        [(line.allowance or NOTHING_OFF).because for _, _, _, line in lines],
    )
