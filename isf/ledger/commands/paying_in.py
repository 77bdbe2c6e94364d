"""Money that comes to a fund, and leaves it for somewhere else than a provider (`rules.md` 4, 6, 8)."""

from datetime import date
from uuid import UUID

from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.kernel import audit
from marketplace.kernel.money import Money


async def pay_in(
    who: audit.Who,
    fund_id: UUID,
    source: Account,
    amount: Money,
    on: date,
    *,
    reference: str,
    subject_id: UUID | None,
    because: str = "",
) -> UUID | None:
    """Money arrived where the fund is held: from the council (`funding`) or the person's part (`contribution`).

    It makes good on what was promised; what can be booked does not change. Raises ValueError for another source.
    """
    movement = {Account.FUNDING: Movement.FUNDING, Account.CONTRIBUTION: Movement.CONTRIBUTION}.get(source)
    if movement is None:
        raise ValueError("money is paid in by the council or by the person")
    entries = transfer(source, Account.PROMISED, amount)
    return await post(
        who, fund_id, movement, reference, entries, on=on, subject_id=subject_id, because=because
    )


async def top_up(
    who: audit.Who, fund_id: UUID, amount: Money, on: date, *, reference: str, subject_id: UUID | None
) -> UUID | None:
    """The person's own money on top of the budget: more is left, and the council can never take it (`rules.md` 6)."""
    entries = transfer(Account.TOP_UP, Account.AVAILABLE, amount)
    return await post(who, fund_id, Movement.TOP_UP, reference, entries, on=on, subject_id=subject_id)


async def give_top_up_back(
    who: audit.Who, fund_id: UUID, amount: Money, on: date, *, reference: str, subject_id: UUID | None
) -> UUID | None:
    """Left → the person: their own money goes back to them.

    Raises FundExhausted when less is left, MoreThanTheirOwn when they added less than that.
    """
    entries = transfer(Account.AVAILABLE, Account.TOP_UP, amount)
    return await post(who, fund_id, Movement.TOP_UP_BACK, reference, entries, on=on, subject_id=subject_id)


async def take_fee(
    who: audit.Who,
    fund_id: UUID,
    amount: Money,
    on: date,
    *,
    reference: str,
    subject_id: UUID | None,
    because: str = "",
) -> UUID | None:
    """Left → fee: what the holder takes by the agreement. Raises FundExhausted when less is left."""
    entries = transfer(Account.AVAILABLE, Account.FEE, amount)
    return await post(
        who, fund_id, Movement.FEE, reference, entries, on=on, subject_id=subject_id, because=because
    )


async def send_on(
    who: audit.Who,
    fund_id: UUID,
    source: Account,
    amount: Money,
    on: date,
    *,
    reference: str,
    subject_id: UUID | None,
    because: str = "",
) -> UUID | None:
    """Money left the fund for the council or the next holder: unspent (`available`) or paid in too early (`promised`).

    Raises FundExhausted when less is left, ValueError for another source.
    """
    if source not in (Account.AVAILABLE, Account.PROMISED):
        raise ValueError("only money that is left, or was paid in too early, is sent on")
    entries = transfer(source, Account.RETURNED, amount)
    return await post(
        who, fund_id, Movement.RETURN, reference, entries, on=on, subject_id=subject_id, because=because
    )


async def take_over(
    who: audit.Who,
    fund_id: UUID,
    to: Account,
    amount: Money,
    on: date,
    *,
    reference: str,
    subject_id: UUID | None,
) -> UUID | None:
    """Money came from who held it before: as what was promised (`promised`) or on top of it (`available`).

    Raises ValueError for another account.
    """
    if to not in (Account.AVAILABLE, Account.PROMISED):
        raise ValueError("money that is taken over was promised, or comes on top")
    entries = transfer(Account.FUNDING, to, amount)
    return await post(who, fund_id, Movement.TRANSFER_IN, reference, entries, on=on, subject_id=subject_id)
