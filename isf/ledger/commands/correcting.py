"""Correcting by an opposite (`rules.md` 23), and the journals of a booking that stand."""

from datetime import date
from uuid import UUID

from isf.ledger.overcommitted import give_back
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, opposite
from marketplace.kernel import audit, db
from marketplace.kernel.errors import NotFound, StateConflict
from marketplace.kernel.money import Money


async def reverse(who: audit.Who, journal_id: UUID, because: str, *, on: date | None = None) -> UUID | None:
    """Post the opposite of a journal, on the same day (or on the day on which money came back); again changes nothing
    (`rules.md` 23).

    What was taken out of the money that it freed comes back first. Raises NotFound for an unknown journal,
    StateConflict for one that is itself a reversal, Overdrawn or FundExhausted when the money has moved on.
    """
    rows = await db.fetch_all(
        "SELECT j.fund_id, j.reference, j.kind, j.subject_id,"
        "       coalesce(j.service_on, j.occurred_on) AS occurred_on, e.account, e.amount_pence"
        "  FROM journal j JOIN entry e ON e.journal_id = j.id WHERE j.id = $1",
        journal_id,
    )
    if not rows:
        raise NotFound
    told = rows[0]
    if told["kind"] == Movement.REVERSAL:
        raise StateConflict("This entry is itself a correction. Enter what happened anew instead.")
    entries = opposite({Account(row["account"]): Money(row["amount_pence"]) for row in rows})
    await give_back(who, journal_id, because)
    return await post(
        who,
        told["fund_id"],
        Movement.REVERSAL,
        f"reversal:{journal_id}",
        entries,
        on=on or told["occurred_on"],
        subject_id=told["subject_id"],
        because=because,
        reverses_id=journal_id,
    )


async def standing(booking_id: UUID, *movements: Movement) -> UUID | None:
    """The journal of one of a booking's movements that no other reverses."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM journal j WHERE subject_id = $1 AND kind = ANY ($2::text[])"
        " AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id) ORDER BY sequence DESC LIMIT 1",
        booking_id,
        [str(each) for each in movements],
    )
    return found


async def next_reference(booking_id: UUID, movement: Movement) -> str:
    """The unique reference of a booking's movement: the first, or the next after reversed ones.

    So a retry finds its own journal, and a delivery that was undone can be entered again.
    """
    undone: int = await db.fetch_value(
        "SELECT count(*) FROM journal j JOIN journal r ON r.reverses_id = j.id WHERE j.subject_id = $1 AND j.kind = $2",
        booking_id,
        str(movement),
    )
    first = f"booking:{booking_id}:{movement}"
    return first if undone == 0 else f"{first}:{undone + 1}"
