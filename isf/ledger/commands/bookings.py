"""The money of a booking: held, given back, owed for what was delivered (`rules.md` 11, 14, 22)."""

from datetime import date
from uuid import UUID

from isf.ledger.commands.correcting import next_reference, reverse, standing
from isf.ledger.overcommitted import take_first
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, delivery, netting, transfer
from marketplace.kernel import audit
from marketplace.kernel.money import Money


async def hold(who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date) -> UUID | None:
    """Left → booked. `place_booking` in the database does this itself, with the same reference.

    Raises FundExhausted when less is left.
    """
    entries = transfer(Account.AVAILABLE, Account.COMMITTED, amount)
    reference = await next_reference(booking_id, Movement.HOLD)
    return await post(who, fund_id, Movement.HOLD, reference, entries, on=on, subject_id=booking_id)


async def hold_on_another_day(
    who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date, *, because: str
) -> None:
    """The service of a booking has another day: what is held for it belongs to that day (`rules.md` 11).

    The old hold is reversed and the new one posted in one go, so that nobody, not even a cut, can take what is free
    between them. Joins the open unit of work.
    """
    current = await standing(booking_id, Movement.HOLD)
    if current is not None:
        await reverse(who, current, because)
        await hold(who, fund_id, booking_id, amount, on)


async def release(
    who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date, *, because: str = ""
) -> UUID | None:
    """Booked → left: the booking was cancelled without charge, or its card payment never came.

    What the budget does not give any more is taken out of it first (`rules.md` 19).
    """
    entries = transfer(Account.COMMITTED, Account.AVAILABLE, amount)
    reference = await next_reference(booking_id, Movement.RELEASE)
    posted = await post(
        who, fund_id, Movement.RELEASE, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, amount, on, posted)
    return posted


async def waive(
    who: audit.Who, fund_id: UUID, booking_id: UUID, charge: Money, on: date, *, because: str
) -> UUID | None:
    """To be paid → left: what was owed for a place given up late is not owed. Once for each booking.

    Straight back, because the rest of the price may be booked for something else by now. What the budget does not
    give any more is taken out of it first. Raises Overdrawn when it is paid already.
    """
    entries = transfer(Account.PAYABLE, Account.AVAILABLE, charge)
    reference = await next_reference(booking_id, Movement.RELEASE)
    posted = await post(
        who, fund_id, Movement.RELEASE, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, charge, on, posted)
    return posted


async def deliver(
    who: audit.Who,
    fund_id: UUID,
    booking_id: UUID,
    price: Money,
    charge: Money,
    on: date,
    *,
    because: str = "",
) -> UUID | None:
    """Booked → to be paid for the charge, and the rest is left again: one journal.

    `price` is what the booking holds. Not for card bookings, whose money is paid already. What the budget does not
    give any more is taken out of the rest first. Raises ValueError when the charge is more than the price.
    """
    entries = delivery(price, charge)
    reference = await next_reference(booking_id, Movement.DELIVER)
    posted = await post(
        who, fund_id, Movement.DELIVER, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, price - charge, on, posted)
    return posted


async def net(
    who: audit.Who,
    fund_id: UUID,
    booking_id: UUID,
    price: Money,
    charge: Money,
    on: date,
    *,
    because: str = "",
) -> UUID | None:
    """Booked → promised for the charge: the council gave it as support, so its next payment is that much less.

    For a one-off session of the council's own service (`rules.md` 2), for which nobody is paid. Otherwise as `deliver`.
    """
    entries = netting(price, charge)
    reference = await next_reference(booking_id, Movement.NETTING)
    posted = await post(
        who, fund_id, Movement.NETTING, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, price - charge, on, posted)
    return posted


async def undo_delivery(who: audit.Who, booking_id: UUID, because: str) -> UUID | None:
    """Reverse the delivery or netting of a booking that stands now; None when none does (a free one moves nothing).

    Afterwards the price is booked again: deliver it anew, or release it. Raises Overdrawn when it is paid already.
    """
    current = await standing(booking_id, Movement.DELIVER, Movement.NETTING)
    return None if current is None else await reverse(who, current, because)
