"""More booked than the budget gives: what becomes free goes back first, in the same transaction (`rules.md` 19).

`commands.release`, `deliver` and `refund_by_card` call `take_first` after they have posted: the fund's books are locked
then, and nobody books the freed money in between. Each taking names the journal that freed the money; when that one
is reversed, what was taken comes back and is missing again.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, opposite, transfer
from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.states import transition


class OverState(StrEnum):
    """Whether more is booked than the budget gives."""

    OPEN = "open"
    SETTLED = "settled"
    HONOURED = "honoured"


OVER_TRANSITIONS: Mapping[OverState, frozenset[OverState]] = {
    OverState.OPEN: frozenset({OverState.SETTLED, OverState.HONOURED}),
    # A register that is corrected uses again what was free.
    OverState.SETTLED: frozenset({OverState.OPEN}),
    OverState.HONOURED: frozenset({OverState.OPEN}),
}


class OverKind(StrEnum):
    """Why more is booked than the budget gives."""

    REDUCTION = "reduction"
    ENDED = "ended"
    """The fund ends, or goes to another holder: every booking from that day on has to go."""
    RETURNED = "returned"
    """A payment came back, and what was taken off it for a credit is booked again."""


async def open_over_commitment(
    who: audit.Who,
    fund_id: UUID,
    budget_id: UUID,
    kind: OverKind,
    starts_on: date,
    shortfall: Money,
    because: str,
) -> UUID:
    """Say that a fund has `shortfall` more booked than its budget gives it from a day on."""
    over_id = new_id()
    await db.execute(
        "INSERT INTO over_commitment (id, fund_id, budget_id, kind, starts_on, shortfall_pence, still_to_take_pence,"
        " because, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
        over_id,
        fund_id,
        budget_id,
        str(kind),
        starts_on,
        shortfall.pence,
        because,
        clock.now(),
    )
    await audit.record(
        who, "over_commitment.opened", "over_commitment", over_id,
        after={"fund": fund_id, "budget": budget_id, "starts_on": starts_on, "shortfall": shortfall}, because=because,
    )  # fmt: skip
    return over_id


async def take_first(who: audit.Who, fund_id: UUID, freed: Money, on: date, source: UUID | None) -> None:
    """Take freed money for what the budget does not give any more; one cheap query where nothing is missing.

    `source` is the journal that freed it: taken once for each.
    """
    waiting = await _open(fund_id)
    if not waiting:
        return
    missing = sum(row["still_to_take_pence"] for row in waiting)
    if source is not None and freed.pence > 0 and missing:
        if await db.fetch_value("SELECT true FROM journal WHERE reference = $1", taking_reference(source)):
            return
        taken = Money(min(freed.pence, missing))
        await post(
            who, fund_id, Movement.REDUCTION, taking_reference(source),
            transfer(Account.AVAILABLE, Account.PROMISED, taken),
            on=on, subject_id=waiting[0]["id"], because="The budget does not give this any more",
        )  # fmt: skip
        await cover(who, fund_id, taken)
    else:
        await cover(who, fund_id, ZERO)


def taking_reference(source: UUID) -> str:
    """The reference of what was taken out of the money that a journal freed."""
    return f"taken:{source}"


async def cover(who: audit.Who, fund_id: UUID, amount: Money) -> Money:
    """Count an amount towards what a fund's budget does not give, the oldest first; answers how much it covered.

    Settles what has nothing left to take; where the fund ended, only when nothing is booked after its end.
    """
    left = amount.pence
    for row in await _open(fund_id):
        part = min(left, row["still_to_take_pence"])
        left -= part
        if part:
            await db.execute(
                "UPDATE over_commitment SET still_to_take_pence = still_to_take_pence - $2 WHERE id = $1",
                row["id"],
                part,
            )
        if part == row["still_to_take_pence"] and not await _booked_from(row):
            await transition(
                who, "over_commitment", row["id"], OverState.OPEN, OverState.SETTLED, OVER_TRANSITIONS,
                action="over_commitment.settled", also={"settled_at": clock.now()},
            )  # fmt: skip
    return Money(amount.pence - left)


async def give_back(who: audit.Who, source: UUID, because: str) -> None:
    """A journal that freed money is reversed: what was taken of it comes back, and is missing again."""
    taking = await db.fetch_one(
        "SELECT j.id, j.fund_id, j.occurred_on, j.subject_id, e.amount_pence FROM journal j"
        "  JOIN entry e ON e.journal_id = j.id AND e.account = 'promised' WHERE j.reference = $1"
        "   AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id)",
        taking_reference(source),
    )
    if taking is None:
        return
    amount = Money(taking["amount_pence"])
    await post(
        who, taking["fund_id"], Movement.REVERSAL, f"reversal:{taking['id']}",
        opposite(transfer(Account.AVAILABLE, Account.PROMISED, amount)),
        on=taking["occurred_on"], subject_id=taking["subject_id"], because=because, reverses_id=taking["id"],
    )  # fmt: skip
    await _miss_again(who, taking["fund_id"], amount)


async def _miss_again(who: audit.Who, fund_id: UUID, amount: Money) -> None:
    left = amount.pence
    rows = await db.fetch_all(
        "SELECT id, state, shortfall_pence - still_to_take_pence - honoured_pence AS covered FROM over_commitment"
        " WHERE fund_id = $1 AND shortfall_pence > still_to_take_pence + honoured_pence"
        " ORDER BY opened_at DESC, id DESC",
        fund_id,
    )
    for row in rows:
        part = min(left, row["covered"])
        left -= part
        if not part:
            continue
        if row["state"] != OverState.OPEN:
            await transition(
                who, "over_commitment", row["id"], OverState(row["state"]), OverState.OPEN, OVER_TRANSITIONS,
                action="over_commitment.opened_again", also={"settled_at": None},
            )  # fmt: skip
        await db.execute(
            "UPDATE over_commitment SET still_to_take_pence = still_to_take_pence + $2 WHERE id = $1",
            row["id"],
            part,
        )


async def _open(fund_id: UUID) -> list[db.Row]:
    return await db.fetch_all(
        "SELECT id, fund_id, kind, starts_on, still_to_take_pence FROM over_commitment"
        " WHERE fund_id = $1 AND state = 'open' ORDER BY opened_at, id",
        fund_id,
    )


async def _booked_from(row: db.Row) -> bool:
    """Whether bookings are left that have to go because the fund has ended by then."""
    if row["kind"] != OverKind.ENDED:
        return False
    return await booked_after_the_end(row["fund_id"])


async def booked_after_the_end(fund_id: UUID) -> bool:
    """Whether something is booked from a fund for a day on which it does not run any more."""
    left: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM booking b JOIN fund f ON f.id = b.fund_id WHERE f.id = $1"
        " AND (b.service_on >= f.ends_on OR f.state = 'closed') AND b.state IN ('held', 'confirmed'))",
        fund_id,
    )
    return left
