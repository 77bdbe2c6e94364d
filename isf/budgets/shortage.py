"""Money that is booked and turns out not to be there: the entry is made, and what lacks is told (`rules.md` 19)."""

from typing import Final
from uuid import UUID

from isf.budgets.books import lock_books
from isf.budgets.letters import tell_over_commitments
from isf.ledger import commands as ledger
from isf.ledger.overcommitted import OverKind, give_back, open_over_commitment
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.kernel import audit, clock, db
from marketplace.kernel.money import Money

_FREED: Final = """
    SELECT j.fund_id, e.amount_pence FROM journal j JOIN entry e ON e.journal_id = j.id AND e.account = 'available'
     WHERE j.id = $1 AND e.amount_pence > 0 AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id)
"""


async def reverse_though_used(who: audit.Who, journal_id: UUID, because: str) -> UUID | None:
    """Reverse a journal that made money free, also when the money is booked again meanwhile.

    What is missing then is lent by the promise and opens an over-commitment: nothing goes below zero, nothing new can
    be booked, and what becomes free goes there first. Everybody concerned is told. Again changes nothing. Raises
    NotFound for an unknown journal, StateConflict for one that is itself a reversal.
    """
    async with db.unit_of_work():
        freed = await db.fetch_one(_FREED, journal_id)
        if freed is not None:
            await lock_books([freed["fund_id"]])
            # What an earlier over-commitment took of the freed money comes back first.
            await give_back(who, journal_id, because)
            left = await _left(freed["fund_id"])
            if left < freed["amount_pence"]:
                await _lend(who, journal_id, freed["fund_id"], Money(freed["amount_pence"] - left), because)
        return await ledger.reverse(who, journal_id, because)


async def _left(fund_id: UUID) -> int:
    return int(
        await db.fetch_value(
            "SELECT balance_pence FROM account WHERE fund_id = $1 AND kind = 'available'", fund_id
        )
    )


async def _lend(who: audit.Who, journal_id: UUID, fund_id: UUID, missing: Money, because: str) -> None:
    budget_id = await db.fetch_value(
        "SELECT budget_id FROM fund_share WHERE fund_id = $1 ORDER BY starts_on DESC LIMIT 1", fund_id
    )
    today = clock.today()
    await post(
        who, fund_id, Movement.PROMISE, f"lacking:{journal_id}",
        transfer(Account.PROMISED, Account.AVAILABLE, missing),
        on=today, subject_id=budget_id, because=because,
    )  # fmt: skip
    over = await open_over_commitment(who, fund_id, budget_id, OverKind.RETURNED, today, missing, because)
    await tell_over_commitments([over])
