"""What a card paid for a booking, and what went back to it."""

from datetime import date
from uuid import UUID

from isf.ledger.commands.correcting import next_reference
from isf.ledger.overcommitted import take_first
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.kernel import audit
from marketplace.kernel.money import Money


async def pay_by_card(
    who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date
) -> UUID | None:
    """Booked → paid: the card payment for a held booking arrived."""
    entries = transfer(Account.COMMITTED, Account.PAID, amount)
    reference = await next_reference(booking_id, Movement.CARD)
    return await post(who, fund_id, Movement.CARD, reference, entries, on=on, subject_id=booking_id)


async def refund_by_card(
    who: audit.Who,
    fund_id: UUID,
    booking_id: UUID,
    amount: Money,
    on: date,
    *,
    refund: str,
    because: str = "",
) -> UUID | None:
    """Paid → left: money went back to the card. `refund` names the refund, so that each counts once.

    What the budget does not give any more is taken out of it first.
    """
    entries = transfer(Account.PAID, Account.AVAILABLE, amount)
    reference = f"booking:{booking_id}:{Movement.CARD_REFUND}:{refund}"
    posted = await post(
        who, fund_id, Movement.CARD_REFUND, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, amount, on, posted)
    return posted
