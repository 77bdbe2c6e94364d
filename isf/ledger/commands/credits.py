"""What providers credit: money of an invoice that comes back to its fund (`rules.md` 23).

Each movement is about one booking, on the day of its service. `reference` names what it settles, so that each counts
once. What the budget does not give any more is taken out of the money first, as of all that becomes free.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from isf.ledger.overcommitted import give_back, take_first
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.kernel import audit
from marketplace.kernel.money import Money


async def credit(
    who: audit.Who,
    fund_id: UUID,
    booking_id: UUID,
    amount: Money,
    on: date,
    *,
    reference: str,
    because: str = "",
) -> UUID | None:
    """To be paid → left: it was billed, not paid yet, and is not owed."""
    return await _free(
        who, fund_id, booking_id, Account.PAYABLE, Movement.CREDIT, amount, on, reference, because
    )


async def pay_credit_back(
    who: audit.Who,
    fund_id: UUID,
    booking_id: UUID,
    amount: Money,
    on: date,
    *,
    reference: str,
    because: str = "",
) -> UUID | None:
    """Paid → left: what was paid and then credited came back, by itself or off another payment."""
    return await _free(
        who, fund_id, booking_id, Account.PAID, Movement.CREDIT_BACK, amount, on, reference, because
    )


async def charge_again(
    who: audit.Who,
    fund_id: UUID,
    booking_id: UUID,
    amount: Money,
    on: date,
    *,
    reference: str,
    freed_by: Iterable[UUID],
    because: str = "",
) -> UUID | None:
    """Left → to be paid: what was credited is corrected and billed anew. `freed_by` are the journals of the credit.

    What was taken out of their money comes back first. Raises FundExhausted when the rest was used meanwhile.
    """
    for journal_id in freed_by:
        await give_back(who, journal_id, because)
    entries = transfer(Account.AVAILABLE, Account.PAYABLE, amount)
    return await post(
        who, fund_id, Movement.CHARGE_AGAIN, reference, entries, on=on, subject_id=booking_id, because=because
    )


async def _free(
    who: audit.Who,
    fund_id: UUID,
    booking_id: UUID,
    source: Account,
    movement: Movement,
    amount: Money,
    on: date,
    reference: str,
    because: str,
) -> UUID | None:
    entries = transfer(source, Account.AVAILABLE, amount)
    posted = await post(
        who, fund_id, movement, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, amount, on, posted)
    return posted
