"""What went back to a card, entered once for each refund, whoever sent it and however often Stripe tells of it.

A refund only ever moves on: under way, done, failed. Failed ones are the seller's money again, which it owes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from invoicing.cards import letters, rules
from invoicing.cards.gateway import gateway
from invoicing.cards.rules import CardState
from invoicing.cards.settling import change, lock, was_claimed
from invoicing.stripe_values import Refund, RefundStatus
from isf.ledger import commands as ledger
from isf.ledger.posting import Overdrawn
from marketplace.bookings.queries import booking_for_change
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import FundExhausted
from marketplace.kernel.money import ZERO, Money

_STEP: Final[Mapping[RefundStatus, int]] = {
    RefundStatus.PENDING: 0,
    RefundStatus.REQUIRES_ACTION: 0,
    RefundStatus.SUCCEEDED: 1,
    RefundStatus.FAILED: 2,
    RefundStatus.CANCELED: 2,
}

_Undo = Callable[[Refund, UUID | None], Awaitable[None]]
"""How the books follow a refund that failed."""


async def settle_refunds(payment_id: UUID) -> int:
    """Ask Stripe for every refund of a payment and enter what is new; answers how many. Safe to repeat, in any order.

    Raises CardPaymentNotFound, CardPaymentUnavailable, CardPaymentOff.
    """
    row = await db.fetch_one(
        "SELECT payment_intent, connected_account FROM card_payment WHERE id = $1", payment_id
    )
    if row is None or row["payment_intent"] is None:
        return 0
    told = await gateway().refunds(row["connected_account"], payment_intent=row["payment_intent"])
    return await enter(payment_id, told[::-1])


async def enter(payment_id: UUID, told: Sequence[Refund]) -> int:
    """Enter refunds as Stripe told them, the oldest first; answers how many were new or had moved on."""
    try:
        return await _enter(payment_id, told, _take_back)
    except (FundExhausted, Overdrawn):
        # A refund failed whose money the fund has used meanwhile: the books stay, and the worklist says who owes it.
        return await _enter(payment_id, told, _leave)


async def _enter(
    payment_id: UUID, told: Sequence[Refund], undo: Callable[[Refund, UUID | None], Awaitable[None]]
) -> int:
    entered = 0
    async with db.unit_of_work():
        for refund in told:
            payment = await lock(payment_id)
            known = await db.fetch_one("SELECT * FROM card_refund WHERE id = $1", refund.id)
            if known is None:
                await _note(payment_id, refund)
                if refund.status.goes_back:
                    await _count(payment, refund)
                else:
                    await _failed(payment, refund)
            elif _STEP[refund.status] > _STEP[RefundStatus(known["state"])]:
                await _move_on(refund)
                if not refund.status.goes_back:
                    await undo(refund, known["journal_id"])
                    await _failed(payment, refund, counted=refund.amount)
            else:
                continue
            entered += 1
    return entered


async def _note(payment_id: UUID, refund: Refund) -> None:
    await db.execute(
        "INSERT INTO card_refund (id, card_payment_id, amount_pence, state, failure, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6)",
        refund.id,
        payment_id,
        refund.amount.pence,
        str(refund.status),
        refund.failure[:80],
        clock.now(),
    )


async def _move_on(refund: Refund) -> None:
    await db.execute(
        "UPDATE card_refund SET state = $2, failure = $3, updated_at = $4 WHERE id = $1",
        refund.id,
        str(refund.status),
        refund.failure[:80],
        clock.now(),
    )


async def _count(payment: db.Row, refund: Refund) -> None:
    """The money is on its way back to the card, and the payer is told."""
    booking, kept = await count(payment, refund)
    await letters.refunded(booking, refund.amount, kept)


async def count(payment: db.Row, refund: Refund) -> tuple[db.Row, Money]:
    """The money goes back: *paid → left*, once for each refund, and only what the books say was paid.

    `payment` is locked and `refund` noted by the caller. Answers the booking and what stays with the seller.
    """
    booking = await booking_for_change(payment["booking_id"])
    refunded = Money(payment["refunded_pence"]) + refund.amount
    due = max(Money(payment["refund_due_pence"]), refunded)
    state = rules.state_after(due=due, refunded=refunded, failed=ZERO, otherwise=CardState(payment["state"]))
    await change(
        payment, state, because=f"refund {refund.id}",
        refund_id=refund.id, refunded_pence=refunded.pence, refund_due_pence=due.pence,
    )  # fmt: skip
    kept = ZERO
    if await was_claimed(payment["booking_id"]):
        await _into_the_books(payment, booking, refund)
        kept = Money(payment["amount_pence"]) - refunded
    return booking, kept


async def _into_the_books(payment: db.Row, booking: db.Row, refund: Refund) -> None:
    # A refund sent again for one that failed, on whose money the fund counted all along, is in the books already.
    journal_id = await db.fetch_value(
        "UPDATE card_refund SET journal_id = NULL WHERE id = (SELECT id FROM card_refund WHERE card_payment_id = $1"
        "   AND state IN ('failed', 'canceled') AND journal_id IS NOT NULL AND amount_pence = $2 LIMIT 1)"
        " RETURNING (SELECT o.journal_id FROM card_refund o WHERE o.id = card_refund.id)",
        payment["id"],
        refund.amount.pence,
    )
    if journal_id is None:
        journal_id = await ledger.refund_by_card(
            SYSTEM, booking["fund_id"], booking["id"], refund.amount, booking["service_on"], refund=refund.id,
            because=booking["cancelled_because"],
        )  # fmt: skip
    await db.execute("UPDATE card_refund SET journal_id = $2 WHERE id = $1", refund.id, journal_id)


async def _failed(payment: db.Row, refund: Refund, counted: Money = ZERO) -> None:
    """It came back to the seller, who owes it still: on the worklist of the seller and of the council."""
    booking = await booking_for_change(payment["booking_id"])
    refunded = Money(payment["refunded_pence"]) - counted
    due = max(Money(payment["refund_due_pence"]), refunded + refund.amount)
    await change(
        payment, CardState.REFUND_FAILED, because=f"refund {refund.id}: {refund.failure or refund.status}",
        refunded_pence=refunded.pence, refund_due_pence=due.pence,
    )  # fmt: skip
    await letters.refund_failed(booking, refund.amount)


async def _take_back(refund: Refund, journal_id: UUID | None) -> None:
    """The books follow a refund that failed: *left → paid*. Raises FundExhausted when it is used already."""
    if journal_id is not None:
        await ledger.reverse(SYSTEM, journal_id, f"the refund {refund.id} failed")
        await db.execute("UPDATE card_refund SET journal_id = NULL WHERE id = $1", refund.id)


async def _leave(refund: Refund, journal_id: UUID | None) -> None:
    """The books stay: the entry of the refund that failed stands until the seller has paid."""
