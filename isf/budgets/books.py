"""What a new version of a budget moves in the books of one fund: the difference, and nothing that is booked.

What cannot be taken back, because it is booked, opens an over-commitment (`rules.md` 19).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from isf.ledger import commands as ledger
from isf.ledger.overcommitted import OverKind, booked_after_the_end, cover, open_over_commitment
from marketplace.kernel import audit, db
from marketplace.kernel.money import Money


class Change(Protocol):
    """What the books need to know of the next version."""

    @property
    def id(self) -> UUID: ...

    @property
    def starts_on(self) -> date: ...

    @property
    def because(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FundEffect:
    """What a change does to one fund. Money that is not taken back because it is booked is `missing`."""

    fund_id: UUID
    amount_before: Money
    amount_after: Money
    left_before: Money
    left_after: Money
    missing: Money
    over_commitment_id: UUID | None


_BOOKS = """
    SELECT f.id, f.route, f.holder_user_id, f.holder_organisation_id, f.starts_on, f.ends_on, f.amount_pence, f.state,
           max(a.balance_pence) FILTER (WHERE a.kind = 'available') AS left_pence,
           -max(a.balance_pence) FILTER (WHERE a.kind = 'top_up') AS top_up_pence
      FROM fund f JOIN account a ON a.fund_id = f.id WHERE f.id = ANY ($1) GROUP BY f.id ORDER BY f.id
"""


async def lock_books(fund_ids: Sequence[UUID]) -> dict[UUID, db.Row]:
    """Lock funds and then their books, each in the order of their ids; answers how they stand."""
    await db.execute(
        "SELECT 1 FROM (SELECT id FROM fund WHERE id = ANY ($1) ORDER BY id FOR UPDATE) AS locked", fund_ids
    )
    await db.execute(
        "SELECT 1 FROM (SELECT fund_id FROM ledger_head WHERE fund_id = ANY ($1) ORDER BY fund_id FOR UPDATE) AS books",
        fund_ids,
    )
    return await read_books(fund_ids)


async def read_books(fund_ids: Sequence[UUID]) -> dict[UUID, db.Row]:
    """Amount, dates and what is left of funds, by id."""
    return {row["id"]: row for row in await db.fetch_all(_BOOKS, fund_ids)}


async def move(who: audit.Who, was: db.Row, now: db.Row, budget_id: UUID, change: Change) -> FundEffect:
    """Move in a fund's books only the difference, so that what is booked is not touched."""
    fund_id = was["id"]
    more = now["amount_pence"] - was["amount_pence"]
    missing = Money(0)
    if more > 0:
        covered = await cover(who, fund_id, Money(more))
        await ledger.promise(
            who,
            fund_id,
            Money(more) - covered,
            change.starts_on,
            budget_id=budget_id,
            change_id=change.id,
        )
    elif more < 0:
        # The person's own money that is left is theirs: the council takes back no more than its budget gave.
        left = max(was["left_pence"] - was["top_up_pence"], 0)
        taken = Money(min(-more, left))
        missing = Money(-more) - taken
        await ledger.take_back_promise(
            who, fund_id, taken, change.starts_on,
            reference=f"fund:{fund_id}:reduction:{change.id}", subject_id=budget_id, because=change.because,
        )  # fmt: skip
    if now["ends_on"] > was["ends_on"]:
        await cover(who, fund_id, Money(0))  # What was booked after the old end may lie before the new one.
    over = await _over_commitment(who, was, now, budget_id, change, missing)
    await audit.record(
        who,
        "fund.changed",
        "fund",
        fund_id,
        before={"amount": Money(was["amount_pence"]), "ends_on": was["ends_on"], "state": was["state"]},
        after={"amount": Money(now["amount_pence"]), "ends_on": now["ends_on"], "state": now["state"]},
        because=change.because,
    )
    left_after = await db.fetch_value(
        "SELECT balance_pence FROM account WHERE fund_id = $1 AND kind = 'available'", fund_id
    )
    return FundEffect(
        fund_id, Money(was["amount_pence"]), Money(now["amount_pence"]), Money(was["left_pence"]),
        Money(left_after), missing, over,
    )  # fmt: skip


async def _over_commitment(
    who: audit.Who, was: db.Row, now: db.Row, budget_id: UUID, change: Change, missing: Money
) -> UUID | None:
    """Open the worklist where more is booked than there is, or where bookings lie after the fund's new end."""
    ends_on = change.starts_on if now["state"] == "closed" else now["ends_on"]
    ends_earlier = now["state"] == "closed" or now["ends_on"] < was["ends_on"]
    booked_after = ends_earlier and await booked_after_the_end(was["id"])
    if booked_after:
        return await open_over_commitment(
            who, was["id"], budget_id, OverKind.ENDED, ends_on, missing, change.because
        )
    if missing:
        return await open_over_commitment(
            who, was["id"], budget_id, OverKind.REDUCTION, change.starts_on, missing, change.because
        )
    return None
