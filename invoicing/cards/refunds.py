"""Money back to the card: first noted as due, then sent, then entered in the books; each step safe to repeat."""

import logging
from uuid import UUID

from invoicing.cards import letters, rules
from invoicing.cards.gateway import gateway
from invoicing.cards.rules import CardState, RefundCause
from invoicing.cards.settling import move
from invoicing.stripe_values import Refund, RefundRequest, RefundStatus
from isf.ledger import commands as ledger
from marketplace.bookings.queries import booking_for_change
from marketplace.bookings.rules import BookingState
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import ZERO, Money

log = logging.getLogger("fairday.cards")

# What is owed stays; the rest goes back. A missed session waits for the next day, so that a register can be corrected.
_OWED = """
    SELECT p.id, p.booking_id, p.amount_pence, p.state, b.state AS booking_state,
           coalesce(t.charge_pence, 0) AS charge_pence
      FROM card_payment p JOIN booking b ON b.id = p.booking_id LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE p.state IN ('paid', 'refunded') AND (b.state = 'cancelled' OR b.state = 'missed' AND b.service_on < $1)
       AND p.amount_pence - coalesce(t.charge_pence, 0) > p.refund_due_pence
"""


async def note_due(most: int = 200) -> int:
    """Note what is to go back of bookings paid by card and given up since (`rules.md` 14, 15); answers how many."""
    noted = 0
    for row in await db.fetch_all(_OWED + " ORDER BY p.updated_at LIMIT $2", clock.today(), most):
        async with db.unit_of_work():
            await db.execute("SELECT 1 FROM card_payment WHERE id = $1 FOR UPDATE", row["id"])
            now = await db.fetch_one(_OWED + " AND p.id = $2", clock.today(), row["id"])
            if now is None:
                continue
            due = rules.refund_due(Money(now["amount_pence"]), Money(now["charge_pence"]))
            cancelled = now["booking_state"] == BookingState.CANCELLED
            await move(
                now["id"], CardState(now["state"]), CardState.REFUND_DUE,
                because=str(RefundCause.CANCELLED if cancelled else RefundCause.MISSED), refund_due_pence=due.pence,
            )  # fmt: skip
            noted += 1
    return noted


async def send_due(most: int = 200) -> tuple[int, int]:
    """Send every refund that is due; answers how many went and how many wait for another try."""
    rows = await db.fetch_all(
        "SELECT * FROM card_payment WHERE state = $1 ORDER BY updated_at LIMIT $2",
        str(CardState.REFUND_DUE),
        most,
    )
    sent = 0
    for row in rows:
        try:
            sent += await _send(row)
        except DomainError as refusal:
            log.warning("the refund of card payment %s waits: %s", row["id"], refusal.code)
    return sent, len(rows) - sent


async def _send(row: db.Row) -> int:
    already = Money(row["refunded_pence"])
    refund = await gateway().refund(
        RefundRequest(
            payment_intent=row["payment_intent"],
            amount=Money(row["refund_due_pence"]) - already,
            booking_id=BookingId(row["booking_id"]),
            attempt=rules.refund_attempt(already),
            connected_account=row["connected_account"],
            fee=ZERO,
        )
    )
    if refund.status in (RefundStatus.FAILED, RefundStatus.CANCELED):
        log.error("the refund %s of card payment %s came to nothing: %s", refund.id, row["id"], refund.status)
        return 0
    await _enter(row["id"], row["booking_id"], already, refund)
    return 1


async def _enter(payment_id: UUID, booking_id: UUID, already: Money, refund: Refund) -> None:
    """The money is on its way: *paid → left*, once for each refund, and only what the books say was paid."""
    async with db.unit_of_work():
        payment = await db.fetch_one(
            "SELECT * FROM card_payment WHERE id = $1 AND state = $2 AND refunded_pence = $3 FOR UPDATE",
            payment_id,
            str(CardState.REFUND_DUE),
            already.pence,
        )
        if payment is None:  # Another process sent the same refund, and Stripe gave it the same answer.
            return
        booking = await booking_for_change(booking_id)
        await move(
            payment_id, CardState.REFUND_DUE, CardState.REFUNDED, because=f"refund {refund.id}",
            refund_id=refund.id, refunded_pence=(already + refund.amount).pence,
        )  # fmt: skip
        kept = ZERO
        if await _was_claimed(booking_id):
            await ledger.refund_by_card(
                SYSTEM, booking["fund_id"], booking_id, refund.amount, booking["service_on"], refund=refund.id,
                because=booking["cancelled_because"],
            )  # fmt: skip
            kept = Money(payment["amount_pence"]) - already - refund.amount
        await letters.refunded(booking, refund.amount, kept)


async def _was_claimed(booking_id: UUID) -> bool:
    # Money that came too late never reached the fund's books, so nothing is taken back there.
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM claim WHERE booking_id = $1 AND kind = 'card')", booking_id
        )
    )
