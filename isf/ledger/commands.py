"""The movements of money in a fund, named for what they do. Each joins the open unit of work.

Whether `who` may is asked by the use case that calls these. `on` is the day the money belongs to (for a booking the
day of the service, also when it is released), because that day decides the budget period (`rules.md` 11).
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from isf.ledger.overcommitted import give_back, take_first
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, delivery, netting, opposite, transfer
from marketplace.kernel import audit, db
from marketplace.kernel.errors import NotFound, StateConflict
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


async def hold(who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date) -> UUID | None:
    """Left → booked. `place_booking` in the database does this itself, with the same reference.

    Raises FundExhausted when less is left.
    """
    entries = transfer(Account.AVAILABLE, Account.COMMITTED, amount)
    reference = await _reference(booking_id, Movement.HOLD)
    return await post(who, fund_id, Movement.HOLD, reference, entries, on=on, subject_id=booking_id)


async def hold_on_another_day(
    who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date, *, because: str
) -> None:
    """The service of a booking has another day: what is held for it belongs to that day (`rules.md` 11).

    The old hold is reversed and the new one posted in one go, so that nobody, not even a cut, can take what is free
    between them. Joins the open unit of work.
    """
    standing = await _standing(booking_id, Movement.HOLD)
    if standing is not None:
        await reverse(who, standing, because)
        await hold(who, fund_id, booking_id, amount, on)


async def release(
    who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date, *, because: str = ""
) -> UUID | None:
    """Booked → left: the booking was cancelled without charge, or its card payment never came.

    What the budget does not give any more is taken out of it first (`rules.md` 19).
    """
    entries = transfer(Account.COMMITTED, Account.AVAILABLE, amount)
    reference = await _reference(booking_id, Movement.RELEASE)
    posted = await post(
        who, fund_id, Movement.RELEASE, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, amount, on, posted)
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
    reference = await _reference(booking_id, Movement.DELIVER)
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
    reference = await _reference(booking_id, Movement.NETTING)
    posted = await post(
        who, fund_id, Movement.NETTING, reference, entries, on=on, subject_id=booking_id, because=because
    )
    await take_first(who, fund_id, price - charge, on, posted)
    return posted


async def undo_delivery(who: audit.Who, booking_id: UUID, because: str) -> UUID | None:
    """Reverse the delivery or netting of a booking that stands now; None when none does (a free one moves nothing).

    Afterwards the price is booked again: deliver it anew, or release it. Raises Overdrawn when it is paid already.
    """
    standing = await _standing(booking_id, Movement.DELIVER, Movement.NETTING)
    return None if standing is None else await reverse(who, standing, because)


async def settle(
    who: audit.Who, invoice_id: UUID, amounts: Mapping[UUID, Money], on: date, *, because: str = ""
) -> None:
    """To be paid → paid, for every fund that an invoice is paid from. `because` can carry the payment's reference.

    Funds are locked in the order of their ids, so that two payments never wait for each other in a circle.
    """
    for fund_id in sorted(amounts):
        entries = transfer(Account.PAYABLE, Account.PAID, amounts[fund_id])
        reference = f"invoice:{invoice_id}:{fund_id}:{Movement.SETTLE}"
        await post(
            who, fund_id, Movement.SETTLE, reference, entries, on=on, subject_id=invoice_id, because=because
        )


async def pay_by_card(
    who: audit.Who, fund_id: UUID, booking_id: UUID, amount: Money, on: date
) -> UUID | None:
    """Booked → paid: the card payment for a held booking arrived."""
    entries = transfer(Account.COMMITTED, Account.PAID, amount)
    reference = await _reference(booking_id, Movement.CARD)
    return await post(who, fund_id, Movement.CARD, reference, entries, on=on, subject_id=booking_id)


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


async def reverse(who: audit.Who, journal_id: UUID, because: str) -> UUID | None:
    """Post the opposite of a journal, on the same day; again changes nothing (`rules.md` 23).

    What was taken out of the money that it freed comes back first. Raises NotFound for an unknown journal,
    StateConflict for one that is itself a reversal, Overdrawn or FundExhausted when the money has moved on.
    """
    rows = await db.fetch_all(
        "SELECT j.fund_id, j.reference, j.kind, j.subject_id, j.occurred_on, e.account, e.amount_pence"
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
        on=told["occurred_on"],
        subject_id=told["subject_id"],
        because=because,
        reverses_id=journal_id,
    )


async def _standing(booking_id: UUID, *movements: Movement) -> UUID | None:
    """The journal of one of a booking's movements that no other reverses."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM journal j WHERE subject_id = $1 AND kind = ANY ($2::text[])"
        " AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id) ORDER BY sequence DESC LIMIT 1",
        booking_id,
        [str(each) for each in movements],
    )
    return found


async def _reference(booking_id: UUID, movement: Movement) -> str:
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
