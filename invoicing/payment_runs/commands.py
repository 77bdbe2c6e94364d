"""Leaving a payee out of a run, approving it, sending it, withdrawing it: two people, never one."""

from uuid import UUID

from invoicing.payment_runs.letters import tell_payees
from invoicing.payment_runs.making import enter_in_books, lock_invoices_of
from invoicing.payment_runs.netting import take_off
from invoicing.payment_runs.proposing import own_organisation
from invoicing.payment_runs.rules import (
    PAYMENT_TRANSITIONS,
    RUN_TRANSITIONS,
    NothingToPay,
    NotOwedAnyMore,
    NotTheProposer,
    PaymentState,
    RunState,
)
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, NotFound, StateConflict
from marketplace.kernel.reasons import check_reason
from marketplace.kernel.states import transition, transition_each

db.explain_constraint("payment_run_two_people", NotTheProposer())

_LEFT = "SELECT id FROM payment WHERE payment_run_id = $1 AND state = 'proposed' ORDER BY id FOR UPDATE"

# Whose lines are not owed as they were proposed, or whose account is another one now.
_CHANGED = """
    SELECT DISTINCT pr.name FROM payment p JOIN provider pr ON pr.id = p.provider_id
      JOIN payment_item t ON t.payment_id = p.id JOIN invoice_line l ON l.id = t.invoice_line_id
     WHERE p.payment_run_id = $1 AND p.state = 'proposed'
       AND (provider_on_hold(p.provider_id) OR line_queried(l.id)
            OR t.amount_pence > line_open_pence(l.id))
     ORDER BY 1
"""
_OTHER_ACCOUNT = """
    SELECT pr.name FROM payment p JOIN provider pr ON pr.id = p.provider_id
     WHERE p.payment_run_id = $1 AND p.state = 'proposed'
       AND p.details_id IS DISTINCT FROM bank_details_in_force(pr.organisation_id, 'into', $2) ORDER BY 1
"""


async def own_run(actor: Actor, run_id: UUID) -> db.Row:
    """A run of the actor's organisation, locked; only inside a unit of work. Raises Forbidden, NotFound."""
    row = await db.fetch_one(
        "SELECT id, reference, state, proposed_by, pay_on, organisation_id FROM payment_run"
        " WHERE id = $1 AND organisation_id = $2 FOR UPDATE",
        run_id,
        own_organisation(actor),
    )
    if row is None:
        raise NotFound
    return row


async def leave_out(actor: Actor, run_id: UUID, payment_id: UUID, because: str) -> None:
    """Take a payee out of a run before it is approved; their lines are open for the next one.

    Raises NotFound, Invalid without a reason, StateConflict once it is approved.
    """
    because = check_reason(because)
    async with db.unit_of_work():
        run = await own_run(actor, run_id)
        payment = await db.fetch_one(
            "SELECT id, state FROM payment WHERE id = $1 AND payment_run_id = $2 FOR UPDATE",
            payment_id,
            run_id,
        )
        if payment is None:
            raise NotFound
        if run["state"] != RunState.PROPOSED:
            raise StateConflict(
                "You cannot leave anybody out now, because the payment run is decided already."
            )
        await transition(
            actor, "payment", payment_id, PaymentState(payment["state"]), PaymentState.LEFT_OUT, PAYMENT_TRANSITIONS,
            action="payment.left_out", because=because,
            also={"decided_by": actor.user_id, "decided_at": clock.now(), "because": because},
        )  # fmt: skip


async def approve_run(actor: Actor, run_id: UUID) -> None:
    """Approve what another person proposed.

    Raises NotFound, NotTheProposer, NotOwedAnyMore, StateConflict, and Conflict without an account to pay from.
    """
    async with db.unit_of_work():
        run = await own_run(actor, run_id)
        if run["state"] == RunState.PROPOSED and run["proposed_by"] == actor.user_id:
            raise NotTheProposer
        if not await db.fetch_all(_LEFT, run_id) and run["state"] == RunState.PROPOSED:
            raise NothingToPay("You cannot approve this, because everybody is left out. You can withdraw it.")
        await _check_still_owed(run_id)
        details_id = await db.fetch_value(
            "SELECT bank_details_in_force($1, 'from', $2)", run["organisation_id"], clock.now()
        )
        if details_id is None:
            raise Conflict(
                "You cannot approve this, because no account is in use from which you pay. "
                "You can propose one, and have it confirmed."
            )
        await _move(
            actor, run, RunState.APPROVED, "payment_run.approved",
            {"approved_by": actor.user_id, "approved_at": clock.now(), "details_id": details_id},
        )  # fmt: skip


async def _check_still_owed(run_id: UUID) -> None:
    changed = [row["name"] for row in await db.fetch_all(_CHANGED, run_id)]
    if changed:
        raise NotOwedAnyMore(", ".join(changed))
    others = [row["name"] for row in await db.fetch_all(_OTHER_ACCOUNT, run_id, clock.now())]
    if others:
        raise Conflict(
            f"You cannot do this, because {', '.join(others)} has another account since this was proposed. "
            "You can leave the payee out, or withdraw the payment run and propose another."
        )


async def send_run(actor: Actor, run_id: UUID) -> None:
    """Make the file for the bank and enter it in the books, all at once; again changes nothing.

    The file can be taken to the bank only after this, so nothing moves that the books do not have. Raises NotFound,
    NotOwedAnyMore, Conflict, StateConflict when it is not approved.
    """
    async with db.unit_of_work():
        run = await own_run(actor, run_id)
        if run["state"] == RunState.SENT:
            return
        payments = [row["id"] for row in await db.fetch_all(_LEFT, run_id)]
        await lock_invoices_of(payments)
        await _check_still_owed(run_id)
        now, paid_on = clock.now(), max(run["pay_on"], clock.today())
        await _move(actor, run, RunState.SENT, "payment_run.sent", {"sent_by": actor.user_id, "sent_at": now})
        await transition_each(
            actor, "payment", payments, PaymentState.PROPOSED, PaymentState.SENT, PAYMENT_TRANSITIONS,
            action="payment.sent", also={"paid_on": paid_on, "sent_at": now},
        )  # fmt: skip
        await tell_payees(payments)
        await enter_in_books(actor, payments, paid_on, run["reference"])
        await take_off(actor, payments, paid_on)


async def withdraw_run(actor: Actor, run_id: UUID, because: str) -> None:
    """Withdraw a run that is not sent: everything in it is open again. Raises NotFound, Invalid, StateConflict."""
    because = check_reason(because, "withdrawn_because")
    async with db.unit_of_work():
        run = await own_run(actor, run_id)
        payments = [row["id"] for row in await db.fetch_all(_LEFT, run_id)]
        now = clock.now()
        await _move(
            actor, run, RunState.WITHDRAWN, "payment_run.withdrawn",
            {"withdrawn_by": actor.user_id, "withdrawn_at": now, "because": because},
        )  # fmt: skip
        await transition_each(
            actor, "payment", payments, PaymentState.PROPOSED, PaymentState.WITHDRAWN, PAYMENT_TRANSITIONS,
            action="payment.withdrawn", because=because,
            also={"decided_by": actor.user_id, "decided_at": now, "because": because},
        )  # fmt: skip


async def _move(actor: Actor, run: db.Row, to: RunState, action: str, also: dict[str, object]) -> None:
    await transition(
        actor, "payment_run", run["id"], RunState(run["state"]), to, RUN_TRANSITIONS,
        action=action, also=also, because=str(also.get("because", "")),
    )  # fmt: skip
