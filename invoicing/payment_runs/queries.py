"""Reads of payment runs, for the payer’s finance, and of payments, for both sides; each takes the actor."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from invoicing.bank_details.rules import Account
from invoicing.payment_runs.making import PAYABLE
from invoicing.payment_runs.pain001 import Order, Transfer
from invoicing.payment_runs.proposing import own_organisation
from invoicing.payment_runs.remittance import Remittance, gather
from invoicing.payment_runs.rules import PaymentState, RunState
from invoicing.queries import sides_of
from marketplace.identity.access import Actor, record_view
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.money import Money

PAGE_SIZE: Final = 50


class RunHead(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its sums in pence: what goes to the bank, and what the books have of it."""

    id: UUID
    reference: str
    due_until: date
    pay_on: date
    state: RunState
    proposed_by: UUID
    proposed_by_name: str
    proposed_at: datetime
    approved_by_name: str
    approved_at: datetime | None
    sent_by_name: str
    sent_at: datetime | None
    withdrawn_by_name: str
    because: str
    account: str
    payees: int
    amount_pence: int
    left_out: int
    returned: int
    ledger_pence: int


_HEAD: Final = """
    SELECT r.id, r.reference, r.due_until, r.pay_on, r.state, r.proposed_by, a.name AS proposed_by_name, r.proposed_at,
           coalesce(b.name, '') AS approved_by_name, r.approved_at, coalesce(c.name, '') AS sent_by_name, r.sent_at,
           coalesce(w.name, '') AS withdrawn_by_name, r.because,
           coalesce(d.account_name || ', ending ' || right(d.account_number, 4), '') AS account, s.*
      FROM payment_run r JOIN app_user a ON a.id = r.proposed_by LEFT JOIN app_user b ON b.id = r.approved_by
      LEFT JOIN app_user c ON c.id = r.sent_by LEFT JOIN app_user w ON w.id = r.withdrawn_by
      LEFT JOIN bank_details d ON d.id = r.details_id
      CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE p.state <> 'left_out') AS payees,
                 coalesce(sum(p.amount_pence) FILTER (WHERE p.state <> 'left_out'), 0)::bigint AS amount_pence,
                 count(*) FILTER (WHERE p.state = 'left_out') AS left_out,
                 count(*) FILTER (WHERE p.state = 'returned') AS returned,
                 coalesce(sum((SELECT sum(e.amount_pence) FROM journal j JOIN entry e ON e.journal_id = j.id
                                WHERE j.subject_id = p.id AND e.account = 'paid')), 0)::bigint
                   - coalesce(sum((SELECT sum(c.amount_pence) FROM credit_settlement c
                                    WHERE c.reference IN ('payment:' || p.id, 'returned:' || p.id))), 0)::bigint
                     AS ledger_pence
            FROM payment p WHERE p.payment_run_id = r.id) s
"""


async def runs(actor: Actor, page: int = 1, page_size: int = PAGE_SIZE) -> list[RunHead]:
    """The runs of the actor's organisation: those that wait for somebody first, then the newest."""
    rows = await db.fetch_all(
        _HEAD + " WHERE r.organisation_id = $1 ORDER BY r.state IN ('sent', 'withdrawn'), r.proposed_at DESC"
        " LIMIT $2 OFFSET $3",
        own_organisation(actor),
        page_size,
        (page - 1) * page_size,
    )
    return [msgspec.convert(row, RunHead) for row in rows]


async def run(actor: Actor, run_id: UUID) -> RunHead:
    """One run. Raises Forbidden, NotFound for another's."""
    row = await db.fetch_one(
        _HEAD + " WHERE r.organisation_id = $1 AND r.id = $2", own_organisation(actor), run_id
    )
    if row is None:
        raise NotFound
    return msgspec.convert(row, RunHead)


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as lists show it. `paid_on` is the day on which it leaves the payer's account."""

    id: UUID
    reference: str
    payer: str
    payee: str
    account: str
    state: PaymentState
    lines: int
    invoices: int
    gross_pence: int
    netted_pence: int
    amount_pence: int
    paid_on: date | None
    because: str


_PAYMENTS: Final = """
    SELECT p.id, coalesce(nullif(p.bank_reference, ''), p.reference) AS reference, coalesce(o.name, u.name) AS payer,
           pr.name AS payee, coalesce('ending ' || right(d.account_number, 4), '') AS account, p.state, t.lines,
           t.invoices, p.gross_pence, p.netted_pence, p.amount_pence, p.paid_on, p.because
      FROM payment p JOIN provider pr ON pr.id = p.provider_id
      LEFT JOIN organisation o ON o.id = p.payer_organisation_id LEFT JOIN app_user u ON u.id = p.payer_user_id
      LEFT JOIN bank_details d ON d.id = p.details_id
      CROSS JOIN LATERAL (SELECT count(*) AS lines, count(DISTINCT invoice_id) AS invoices
                            FROM payment_item WHERE payment_id = p.id) t
"""


async def payments_of_run(actor: Actor, run_id: UUID) -> list[PaymentRow]:
    """The payments of a run, by payee. Raises Forbidden; nothing of another's run."""
    rows = await db.fetch_all(
        _PAYMENTS + " JOIN payment_run r ON r.id = p.payment_run_id"
        " WHERE r.id = $1 AND r.organisation_id = $2 ORDER BY pr.name, p.reference",
        run_id,
        own_organisation(actor),
    )
    return [msgspec.convert(row, PaymentRow) for row in rows]


_SIDES: Final = " (pr.organisation_id = $1 OR p.payer_organisation_id = $2 OR p.payer_user_id = $3)"


async def payments(actor: Actor, page: int = 1, page_size: int = PAGE_SIZE) -> list[PaymentRow]:
    """What was paid, to the actor's seller and by the actor's payer, the newest first."""
    sides = sides_of(actor)
    rows = await db.fetch_all(
        _PAYMENTS + f" WHERE p.state IN ('sent', 'returned') AND {_SIDES}"
        " ORDER BY p.paid_on DESC, p.sent_at DESC, p.reference LIMIT $4 OFFSET $5",
        sides.seller_organisation,
        sides.payer_organisation,
        sides.payer_user,
        page_size,
        (page - 1) * page_size,
    )
    return [msgspec.convert(row, PaymentRow) for row in rows]


async def payments_of_invoice(invoice_id: UUID) -> list[PaymentRow]:
    """What paid an invoice, or came back; the newest first. Whoever asks may see the invoice: the caller knows."""
    rows = await db.fetch_all(
        _PAYMENTS + " WHERE p.state IN ('sent', 'returned')"
        " AND p.id IN (SELECT payment_id FROM payment_item WHERE invoice_id = $1)"
        " ORDER BY p.paid_on DESC, p.sent_at DESC",
        invoice_id,
    )
    return [msgspec.convert(row, PaymentRow) for row in rows]


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as one of its sides may see it. `pays` is whether the reader is on the payer's side and may act."""

    row: PaymentRow
    told: Remittance
    pays: bool
    run_id: UUID | None
    run_reference: str


async def payment(actor: Actor, payment_id: UUID) -> PaymentView:
    """One payment with what it pays. A seller sees it once it is sent. Raises NotFound for everybody else."""
    sides = sides_of(actor)
    row = await db.fetch_one(
        _PAYMENTS + f" WHERE p.id = $4 AND {_SIDES} AND (p.state IN ('sent', 'returned')"
        " OR p.payer_organisation_id = $2)",
        sides.seller_organisation,
        sides.payer_organisation,
        sides.payer_user,
        payment_id,
    )
    if row is None:
        raise NotFound
    about = await db.fetch_one(
        "SELECT p.payer_organisation_id, p.payer_user_id, r.id AS run_id, coalesce(r.reference, '') AS run_reference"
        "  FROM payment p LEFT JOIN payment_run r ON r.id = p.payment_run_id WHERE p.id = $1",
        payment_id,
    )
    assert about is not None  # noqa: S101 - it was found above
    (told,) = await gather([payment_id])
    await record_view(actor, "payment", payment_id)
    pays = (sides.payer_user is not None) and (
        about["payer_user_id"] == actor.user_id
        or (actor.organisation_id is not None and about["payer_organisation_id"] == actor.organisation_id)
    )
    return PaymentView(msgspec.convert(row, PaymentRow), told, pays, about["run_id"], about["run_reference"])


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed to one payee and cannot be in a run now, and why; or what can."""

    provider_id: UUID
    payee: str
    why: str
    """`ready`, `no_account`, `on_hold`, `queried` or `in_payment`."""

    lines: int
    amount_pence: int


_OWED: Final = f"""
    SELECT i.provider_id, pr.name AS payee, w.why, count(*) AS lines, sum(line_open_pence(l.id))::bigint AS amount_pence
      FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id JOIN provider pr ON pr.id = i.provider_id
      CROSS JOIN LATERAL (SELECT CASE
           WHEN line_in_payment(l.id) THEN 'in_payment' WHEN line_queried(l.id) THEN 'queried'
           WHEN provider_on_hold(i.provider_id) THEN 'on_hold'
           WHEN bank_details_in_force(pr.organisation_id, 'into', $3) IS NULL THEN 'no_account'
           WHEN {PAYABLE} THEN 'ready' END AS why) w
     WHERE i.payer_organisation_id = $1 AND i.state IN ('issued', 'part_paid') AND i.due_on <= $2
       AND line_open_pence(l.id) > 0
     GROUP BY 1, 2, 3 ORDER BY 2, 3
"""  # noqa: S608 - the condition is ours


async def owed(actor: Actor, due_until: date) -> list[Waiting]:
    """What is due by a day, payee by payee, and what stands in the way of paying it. Raises Forbidden, NotFound."""
    rows = await db.fetch_all(_OWED, own_organisation(actor), due_until, clock.now())
    return [msgspec.convert(row, Waiting) for row in rows]


async def payable_now(actor: Actor) -> bool:
    """Whether an account is in use from which the actor's organisation pays."""
    return bool(
        await db.fetch_value(
            "SELECT bank_details_in_force($1, 'from', $2) IS NOT NULL", own_organisation(actor), clock.now()
        )
    )


async def bank_order(actor: Actor, run_id: UUID) -> Order:
    """What the file of a sent run says, from what was frozen when it was sent; that it was taken is kept.

    Raises Forbidden, NotFound, and Conflict before it is sent: nothing leaves that the books do not have.
    """
    head = await run(actor, run_id)
    if head.state is not RunState.SENT or head.sent_at is None:
        raise Conflict(
            "You cannot take the file yet, because the payment run is not sent. You can send it first."
        )
    payer = await db.fetch_one(
        "SELECT d.* FROM payment_run r JOIN bank_details d ON d.id = r.details_id WHERE r.id = $1", run_id
    )
    rows = await db.fetch_all(
        "SELECT p.id, p.reference, p.amount_pence, p.paid_on, d.account_name, d.sort_code, d.account_number,"
        "       d.roll_number, (SELECT array_agg(DISTINCT i.number::text ORDER BY i.number::text) FROM payment_item t"
        "                         JOIN invoice i ON i.id = t.invoice_id WHERE t.payment_id = p.id) AS numbers"
        "  FROM payment p JOIN bank_details d ON d.id = p.details_id"
        " WHERE p.payment_run_id = $1 AND p.state IN ('sent', 'returned') AND p.amount_pence > 0 ORDER BY p.reference",
        run_id,
    )
    assert payer is not None  # noqa: S101 - a sent run was approved, and an approved one has an account
    if not rows:
        raise Conflict("There is no file, because everything was netted against what the payees owed back.")
    await record_view(actor, "payment_run", run_id)
    return Order(
        reference=head.reference,
        made_at=head.sent_at,
        pay_on=rows[0]["paid_on"],
        payer=_account(payer),
        transfers=[
            Transfer(row["reference"], Money(row["amount_pence"]), _account(row), row["numbers"])
            for row in rows
        ],
    )


def _account(row: db.Row) -> Account:
    return Account(row["account_name"], row["sort_code"], row["account_number"], row["roll_number"])
