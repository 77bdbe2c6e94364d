"""What a fund that ends still owes: set aside, paid, given back (`rules.md` 18)."""

from datetime import date
from uuid import UUID

from isf.ledger.overcommitted import take_first
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.kernel import audit
from marketplace.kernel.money import Money


async def set_aside(
    who: audit.Who, fund_id: UUID, liability_id: UUID, amount: Money, on: date
) -> UUID | None:
    """Left → booked, for wages or another bill that a fund which ends still owes (`rules.md` 18).

    Raises FundExhausted when less is left.
    """
    entries = transfer(Account.AVAILABLE, Account.COMMITTED, amount)
    reference = f"liability:{liability_id}:{Movement.SET_ASIDE}"
    return await post(who, fund_id, Movement.SET_ASIDE, reference, entries, on=on, subject_id=liability_id)


async def pay_set_aside(
    who: audit.Who, fund_id: UUID, liability_id: UUID, amount: Money, on: date
) -> UUID | None:
    """Booked → paid: what was held aside was paid."""
    entries = transfer(Account.COMMITTED, Account.PAID, amount)
    reference = f"liability:{liability_id}:{Movement.SET_ASIDE_PAID}"
    return await post(
        who, fund_id, Movement.SET_ASIDE_PAID, reference, entries, on=on, subject_id=liability_id
    )


async def give_set_aside_back(
    who: audit.Who, fund_id: UUID, liability_id: UUID, amount: Money, on: date, *, because: str
) -> UUID | None:
    """Booked → left: it is not owed. What the budget does not give any more is taken out of it first."""
    entries = transfer(Account.COMMITTED, Account.AVAILABLE, amount)
    reference = f"liability:{liability_id}:{Movement.SET_ASIDE_BACK}"
    posted = await post(
        who,
        fund_id,
        Movement.SET_ASIDE_BACK,
        reference,
        entries,
        on=on,
        subject_id=liability_id,
        because=because,
    )
    await take_first(who, fund_id, amount, on, posted)
    return posted
