"""Saying what a line of a bank statement is, where it did not explain itself (row V7)."""

from uuid import UUID

from invoicing.reconciliation import queries
from invoicing.reconciliation.rules import TRANSITIONS, LineState
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.reasons import check_reason
from marketplace.kernel.states import transition


async def set_aside(actor: Actor, line_id: UUID, because: str) -> None:
    """The line is nothing that is kept here, such as a charge of the bank; the reason says what.

    Raises Forbidden, NotFound, Invalid without a reason, StateConflict when somebody was quicker.
    """
    reason = check_reason(because, ask="Say what this is, for example a charge of the bank")
    async with db.unit_of_work():
        row = await queries.line(actor, line_id)
        await transition(
            actor, "bank_line", line_id, LineState(row["state"]), LineState.SET_ASIDE, TRANSITIONS,
            action="bank_line.set_aside", because=reason,
            also={"because": reason, "decided_by": actor.user_id, "decided_at": clock.now()},
        )  # fmt: skip
