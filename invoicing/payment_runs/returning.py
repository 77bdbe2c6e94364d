"""A payment that a bank returned: its lines are open again, and the books say so (`rules.md` 23)."""

from datetime import date
from uuid import UUID

from invoicing.payment_runs.letters import tell_returned
from invoicing.payment_runs.making import lock_invoices_of
from invoicing.payment_runs.netting import owe_again
from invoicing.payment_runs.rules import PAYMENT_TRANSITIONS, PaymentState
from invoicing.standing import restate
from isf.ledger import commands as ledger
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.reasons import check_reason
from marketplace.kernel.states import transition

# The journals of a payment that stand; before there were payments they named the invoice.
_JOURNALS = """
    SELECT j.id FROM journal j
     WHERE j.kind = 'settle'
       AND (j.subject_id = $1 OR j.subject_id IN (
            SELECT t.invoice_id FROM payment_item t WHERE t.payment_id = $1))
       AND j.fund_id IN (SELECT t.fund_id FROM payment_item t WHERE t.payment_id = $1)
       AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id)
     ORDER BY j.fund_id, j.sequence
"""


async def return_payment(actor: Actor, payment_id: UUID, returned_on: date, because: str) -> None:
    """The payer says that a payment came back. Raises Forbidden, NotFound for another's, Invalid, StateConflict."""
    require(actor, Permission.INVOICE_PAY)
    known = await db.fetch_value(
        "SELECT true FROM payment WHERE id = $1 AND (payer_organisation_id = $2 OR payer_user_id = $3)",
        payment_id,
        actor.organisation_id,
        actor.user_id,
    )
    if not known:
        raise NotFound
    await payment_came_back(actor, payment_id, returned_on, because)


async def payment_came_back(who: audit.Who, payment_id: UUID, returned_on: date, because: str) -> bool:
    """Open again what a payment paid; answers whether it was not known before: a second time changes nothing.

    The journals are reversed on the day on which the money came back, the invoices stand where their lines say, and
    the payee is told. For the bank's statement, too: whether `who` may is asked by the caller. Raises Invalid,
    StateConflict when it was never sent.
    """
    because = check_reason(because)
    async with db.unit_of_work():
        await lock_invoices_of([payment_id])
        payment = await db.fetch_one(
            "SELECT id, state, paid_on FROM payment WHERE id = $1 FOR UPDATE", payment_id
        )
        if payment is None:
            raise NotFound
        if payment["state"] == PaymentState.RETURNED:
            return False
        if payment["state"] != PaymentState.SENT:
            raise StateConflict("You cannot enter this as returned, because it was never sent.")
        if not payment["paid_on"] <= returned_on <= max(clock.today(), payment["paid_on"]):
            raise Invalid({"returned_on": "Enter a day from the payment’s own day until today"})
        await transition(
            who, "payment", payment_id, PaymentState.SENT, PaymentState.RETURNED, PAYMENT_TRANSITIONS,
            action="payment.returned", because=because,
            also={"decided_by": who.user_id, "decided_at": clock.now(), "because": because, "returned_on": returned_on},
        )  # fmt: skip
        invoices = await db.fetch_all(
            "SELECT DISTINCT invoice_id FROM payment_item WHERE payment_id = $1 ORDER BY 1", payment_id
        )
        await tell_returned(payment_id, because)
        await owe_again(who, payment_id, returned_on, because)
        for row in await db.fetch_all(_JOURNALS, payment_id):
            await ledger.reverse(who, row["id"], because, on=returned_on)
        # After the books: what was credited of it meanwhile is owed to nobody, and leaves *to be paid* again.
        for row in invoices:
            await restate(who, row["invoice_id"], because=because)
    return True
