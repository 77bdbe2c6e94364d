"""Looking at a proposal, approving it, refusing it; keeping one fund's line back. Two officers, never one."""

from uuid import UUID

from isf.payments.cycles import Schedule
from isf.payments.paying_in.posting import post_approved
from isf.payments.paying_in.rules import TRANSITIONS, LineState, PaymentState
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.reasons import check_reason
from marketplace.kernel.states import transition

ANOTHER = "Another finance officer of the council can approve it."
_NO_LONGER = Conflict("You cannot change this payment any more. Look at it again before you go on.")

db.explain_constraint(
    "payment_in_two_people",
    Forbidden(f"You cannot approve this, because you checked or proposed it. {ANOTHER}"),
)
db.explain_constraint("payment_in_frozen", _NO_LONGER)
db.explain_constraint("payment_in_line_frozen", _NO_LONGER)


async def own_payment(actor: Actor, payment_id: UUID) -> db.Row:
    """A payment of the actor's council, locked. Needs PAYMENT_IN_DECIDE; raises NotFound for another council's."""
    require(actor, Permission.PAYMENT_IN_DECIDE)
    row = await db.fetch_one(
        "SELECT id, reference, state, proposed_by, checked_by FROM payment_in"
        " WHERE id = $1 AND council_id = $2 FOR UPDATE",
        payment_id,
        actor.council_id,
    )
    if row is None:
        raise NotFound
    return row


async def check_payment(actor: Actor, payment_id: UUID) -> None:
    """Say that you looked at every line; another officer approves it. Raises StateConflict when that is done."""
    async with db.unit_of_work():
        row = await own_payment(actor, payment_id)
        await _move(
            actor,
            row,
            PaymentState.CHECKED,
            "payment_in.checked",
            also={"checked_by": actor.user_id, "checked_at": clock.now()},
        )


async def approve_payment(actor: Actor, payment_id: UUID) -> int:
    """Approve a checked payment and enter it in the books; answers how many lines were entered.

    Raises Forbidden for whoever proposed or checked it, StateConflict when somebody was quicker. What a crash leaves
    undone the job `payments-in-finish` completes.
    """
    async with db.unit_of_work():
        row = await own_payment(actor, payment_id)
        if row["state"] == PaymentState.CHECKED:
            _another_person(actor, row)
        await _move(
            actor,
            row,
            PaymentState.APPROVED,
            "payment_in.approved",
            also={"approved_by": actor.user_id, "approved_at": clock.now()},
        )
    return 0 if db.in_transaction() else await post_approved(payment_id)


def _another_person(actor: Actor, row: db.Row) -> None:
    if actor.user_id == row["checked_by"]:
        raise Forbidden(f"You cannot approve this, because you checked it. {ANOTHER}")
    if actor.user_id == row["proposed_by"]:
        raise Forbidden(f"You cannot approve this, because you proposed it. {ANOTHER}")


async def refuse_payment(actor: Actor, payment_id: UUID, because: str) -> None:
    """Refuse a payment that is not approved; what is owed comes with the next one. Raises Invalid, StateConflict."""
    because = check_reason(because)
    async with db.unit_of_work():
        row = await own_payment(actor, payment_id)
        await _move(
            actor,
            row,
            PaymentState.REFUSED,
            "payment_in.refused",
            because=because,
            also={"refused_by": actor.user_id, "refused_at": clock.now(), "because": because},
        )
        await db.execute(
            "UPDATE payment_in_line SET state = 'refused', decided_by = $2, decided_at = $3"
            " WHERE payment_in_id = $1 AND state IN ('proposed', 'held', 'nothing')",
            payment_id,
            actor.user_id,
            clock.now(),
        )


async def _move(
    actor: Actor,
    row: db.Row,
    to: PaymentState,
    action: str,
    *,
    also: dict[str, object],
    because: str = "",
) -> None:
    await transition(
        actor, "payment_in", row["id"], PaymentState(row["state"]), to, TRANSITIONS,
        action=action, because=because, also=also,
    )  # fmt: skip


async def hold_line(actor: Actor, payment_id: UUID, line_id: UUID, because: str) -> None:
    """Keep one fund's money back, with a reason, before the payment is approved. Later lines wait with it.

    Raises NotFound, Invalid without a reason, StateConflict once it is approved.
    """
    because = check_reason(because)
    async with db.unit_of_work():
        row = await own_payment(actor, payment_id)
        line = await _line(payment_id, line_id)
        if row["state"] not in (PaymentState.PROPOSED, PaymentState.CHECKED):
            raise StateConflict("You cannot keep this back, because the payment is decided already.")
        if line["state"] != LineState.PROPOSED:
            raise StateConflict("You cannot keep this back, because nothing is proposed on this line.")
        await _set_line(actor, line, LineState.HELD, "payment_in_line.held", because)


async def let_go(actor: Actor, payment_id: UUID, line_id: UUID) -> None:
    """Stop keeping a line back. Not yet checked, it is in the payment again; otherwise the next proposal has it.

    Other lines of the fund that are kept back are let go with it. Raises NotFound, StateConflict when it is not held.
    """
    async with db.unit_of_work():
        row = await own_payment(actor, payment_id)
        line = await _line(payment_id, line_id)
        if line["state"] != LineState.HELD:
            raise StateConflict("This line is not kept back any more.")
        to = LineState.PROPOSED if row["state"] == PaymentState.PROPOSED else LineState.RELEASED
        others = await db.fetch_all(
            "SELECT id, fund_id, state, because FROM payment_in_line"
            " WHERE fund_id = $1 AND state = 'held' AND id <> $2 ORDER BY id FOR UPDATE",
            line["fund_id"],
            line_id,
        )
        await _set_line(actor, line, to, "payment_in_line.let_go", line["because"])
        for other in others:
            await _set_line(actor, other, LineState.RELEASED, "payment_in_line.let_go", other["because"])


async def _line(payment_id: UUID, line_id: UUID) -> db.Row:
    line = await db.fetch_one(
        "SELECT id, fund_id, state, because FROM payment_in_line WHERE id = $1 AND payment_in_id = $2 FOR UPDATE",
        line_id,
        payment_id,
    )
    if line is None:
        raise NotFound
    return line


async def _set_line(actor: Actor, line: db.Row, to: LineState, action: str, because: str) -> None:
    await db.execute(
        "UPDATE payment_in_line SET state = $2, because = $3, decided_by = $4, decided_at = $5 WHERE id = $1",
        line["id"],
        str(to),
        because,
        actor.user_id,
        clock.now(),
    )
    await audit.record(
        actor,
        action,
        "payment_in_line",
        line["id"],
        before={"state": line["state"]},
        after={"state": to, "fund": line["fund_id"]},
        because=because,
    )


async def set_schedule(actor: Actor, fund_id: UUID, schedule: Schedule, because: str) -> None:
    """How often one fund is paid, where it is not as usual. Needs PAYMENT_IN_DECIDE; raises NotFound, Invalid."""
    require(actor, Permission.PAYMENT_IN_DECIDE)
    because = check_reason(because)
    if schedule.weeks is not None and not 1 <= schedule.weeks <= 13:
        raise Invalid({"often": "Choose how often"})
    if not 0 <= schedule.advance_days <= 60:
        raise Invalid({"advance_days": "Enter a number of days from 0 to 60"})
    async with db.unit_of_work():
        known = await db.fetch_value(
            "SELECT true FROM fund WHERE id = $1 AND council_id = $2", fund_id, actor.council_id
        )
        if not known:
            raise NotFound
        await db.execute(
            "INSERT INTO fund_schedule (id, fund_id, weeks, advance_days, because, set_by, set_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            new_id(),
            fund_id,
            schedule.weeks,
            schedule.advance_days,
            because,
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor,
            "fund.schedule_set",
            "fund",
            fund_id,
            after={"weeks": schedule.weeks or "monthly", "advance_days": schedule.advance_days},
            because=because,
        )
