"""What a budget promises a fund, and what it takes back again (`rules.md` 5, 19)."""

from datetime import date
from uuid import UUID

from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.kernel import audit, db
from marketplace.kernel.money import Money


async def open_fund(
    who: audit.Who, fund_id: UUID, council_share: Money, contribution: Money, on: date, budget_id: UUID
) -> None:
    """Open a fund's ledger and enter what the budget promises it (`rules.md` 5). The money itself is paid in later."""
    await db.execute("SELECT open_ledger($1)", fund_id)
    await promise(who, fund_id, council_share + contribution, on, budget_id=budget_id)


async def promise(
    who: audit.Who, fund_id: UUID, amount: Money, on: date, *, budget_id: UUID, change_id: UUID | None = None
) -> UUID | None:
    """Promised → left: a version of a budget gives this much to a fund, once for each version, or for each change."""
    entries = transfer(Account.PROMISED, Account.AVAILABLE, amount)
    reference = f"fund:{fund_id}:{Movement.PROMISE}:{change_id or budget_id}"
    return await post(who, fund_id, Movement.PROMISE, reference, entries, on=on, subject_id=budget_id)


async def take_back_promise(
    who: audit.Who,
    fund_id: UUID,
    amount: Money,
    on: date,
    *,
    reference: str,
    subject_id: UUID,
    because: str = "",
) -> UUID | None:
    """Left → promised: the budget is less, or the days go another route. Raises FundExhausted when less is left."""
    entries = transfer(Account.AVAILABLE, Account.PROMISED, amount)
    return await post(
        who, fund_id, Movement.REDUCTION, reference, entries, on=on, subject_id=subject_id, because=because
    )
