"""What every payment is made of: the lines that can be paid, the payment with its items, and the books.

Each joins the caller's unit of work. Locks: invoices by id, then their lines, then the books by fund.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from invoicing.payment_runs.netting import Netted, write_netted
from invoicing.payment_runs.rules import NotOwedAnyMore, PaidAlready, RelativeNotPaid
from invoicing.rules import InHouseInvoice
from invoicing.standing import restate
from isf.ledger import commands as ledger
from isf.ledger.commands import Settled
from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import Money

db.explain_constraint("payment_item_line_once", PaidAlready())
db.explain_constraint("payment_item_fits", NotOwedAnyMore())
db.explain_constraint("payment_still_owed", NotOwedAnyMore())
db.explain_constraint("payment_item_not_in_house", InHouseInvoice())
db.explain_constraint("payment_not_to_relative", RelativeNotPaid())

# Whether line `l` can be paid now: something is open, nobody queries it, no other payment has it in hand, and it pays
# no close relative from a direct payment.
PAYABLE: Final = (
    "line_open_pence(l.id) > 0 AND NOT line_queried(l.id) AND NOT line_in_payment(l.id)"
    " AND NOT line_to_relative(l.id)"
)


@dataclass(frozen=True, slots=True)
class Payable:
    """One line with what is open of it."""

    line_id: UUID
    invoice_id: UUID
    fund_id: UUID
    provider_id: UUID
    amount: Money


async def payable_lines(invoice_ids: Collection[UUID]) -> list[Payable]:
    """The lines of invoices that can be paid now, in the order of their ids. The caller has locked the invoices."""
    rows = await db.fetch_all(
        f"SELECT l.id AS line_id, l.invoice_id, l.fund_id, i.provider_id, line_open_pence(l.id) AS pence"  # noqa: S608
        f"  FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id WHERE l.invoice_id = ANY ($1) AND {PAYABLE}"
        " ORDER BY l.id",
        list(invoice_ids),
    )
    return [Payable(amount=Money(row.pop("pence")), **row) for row in rows]


@dataclass(frozen=True, slots=True)
class Payee:
    """Who pays whom, and by what: the run and the account, or the reference of a payment by hand."""

    provider_id: UUID
    payer_organisation_id: UUID | None
    payer_user_id: UUID | None
    run_id: UUID | None = None
    details_id: UUID | None = None
    bank_reference: str = ""
    paid_on: date | None = None


def new_reference() -> str:
    """`PY-` and ten characters: the end-to-end id that a bank carries, so that reconciliation finds it again."""
    return reference("PY") + reference("")[1:5]


async def make_payment(
    who: audit.Who, payee: Payee, lines: Sequence[Payable], netted: Sequence[Netted] = ()
) -> UUID:
    """One payment with its items and what is taken off it: sent at once when it has a day, else proposed.

    Raises PaidAlready, InHouseInvoice.
    """
    payment_id = new_id()
    gross = sum(line.amount.pence for line in lines)
    off = sum(each.amount.pence for each in netted)
    sent = payee.paid_on is not None
    await db.execute(
        "INSERT INTO payment (id, reference, payment_run_id, provider_id, payer_organisation_id, payer_user_id,"
        " details_id, gross_pence, netted_pence, amount_pence, state, bank_reference, paid_on, sent_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        payment_id,
        new_reference(),
        payee.run_id,
        payee.provider_id,
        payee.payer_organisation_id,
        payee.payer_user_id,
        payee.details_id,
        gross,
        off,
        gross - off,
        "sent" if sent else "proposed",
        payee.bank_reference,
        payee.paid_on,
        clock.now() if sent else None,
        clock.now(),
    )
    await db.execute(
        "INSERT INTO payment_item (id, payment_id, invoice_id, invoice_line_id, booking_id, fund_id, council_id, route,"
        " owner_council_id, amount_pence, live)"
        " SELECT gen_random_uuid(), $1, l.invoice_id, l.id, l.booking_id, l.fund_id, l.council_id, l.route,"
        "        l.owner_council_id, t.pence, true"
        "   FROM unnest($2::uuid[], $3::bigint[]) AS t(id, pence) JOIN invoice_line l ON l.id = t.id",
        payment_id,
        [line.line_id for line in lines],
        [line.amount.pence for line in lines],
    )
    await write_netted(payment_id, netted)
    await audit.record(
        who,
        "payment.made" if sent else "payment.proposed",
        "payment",
        payment_id,
        after={"provider": payee.provider_id, "run": payee.run_id, "gross_pence": gross, "netted_pence": off},
    )
    return payment_id


async def enter_in_books(who: audit.Who, payment_ids: Collection[UUID], on: date, because: str) -> None:
    """Bring the invoices of sent payments to where they stand, and settle each fund of each payment once.

    The books come last and by one statement: others wait for a fund as short as can be.
    """
    rows = await db.fetch_all(
        "SELECT payment_id, fund_id, sum(amount_pence)::bigint AS pence FROM payment_item WHERE payment_id = ANY ($1)"
        " GROUP BY 1, 2",
        list(payment_ids),
    )
    invoices = await db.fetch_all(
        "SELECT DISTINCT invoice_id FROM payment_item WHERE payment_id = ANY ($1) ORDER BY 1",
        list(payment_ids),
    )
    for row in invoices:
        await restate(who, row["invoice_id"], because=because)
    settled = [Settled(row["payment_id"], row["fund_id"], Money(row["pence"])) for row in rows]
    await ledger.settle(who, settled, on, because=because)


async def lock_invoices_of(payment_ids: Collection[UUID]) -> None:
    """Lock the invoices of payments, and those whose credits are taken off them, in the order that everybody keeps."""
    await db.execute(
        "SELECT 1 FROM invoice WHERE id IN ("
        "       SELECT invoice_id FROM payment_item WHERE payment_id = ANY ($1)"
        " UNION SELECT n.invoice_id FROM payment_credit k JOIN credit_note n ON n.id = k.credit_note_id"
        "        WHERE k.payment_id = ANY ($1))"
        " ORDER BY id FOR NO KEY UPDATE",
        list(payment_ids),
    )
