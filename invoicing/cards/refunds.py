"""Money back to the card: first noted as due, then sent; what Stripe says of it is entered by `giving_back`."""

import logging

from invoicing.cards import giving_back, rules
from invoicing.cards.gateway import gateway
from invoicing.cards.rules import CardState, RefundCause
from invoicing.cards.settling import move
from invoicing.stripe_values import RefundRequest
from marketplace.bookings.rules import BookingState
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import Money

log = logging.getLogger("fairday.cards")

# What is owed stays; the rest goes back. A missed session waits for the next day, so that a register can be corrected.
_OWED = """
    SELECT p.id, p.booking_id, p.amount_pence, p.state, b.state AS booking_state,
           coalesce(t.charge_pence, 0) AS charge_pence
      FROM card_payment p JOIN booking b ON b.id = p.booking_id LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE p.state IN ('paid', 'refunded') AND (b.state = 'cancelled' OR b.state = 'missed' AND b.service_on < $1)
       AND p.amount_pence - coalesce(t.charge_pence, 0) > p.refund_due_pence
"""

# While a payer's bank asks for the money, Stripe sends none: it goes back once, by one way or the other.
_DUE = """
    SELECT p.* FROM card_payment p
     WHERE p.state = 'refund_due' AND NOT EXISTS (
           SELECT 1 FROM card_dispute d WHERE d.card_payment_id = p.id AND d.status = ANY ($1))
     ORDER BY p.updated_at LIMIT $2
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
    rows = await db.fetch_all(_DUE, list(rules.DISPUTE_HOLDS), most)
    sent = 0
    for row in rows:
        try:
            sent += await _send(row)
        except DomainError as refusal:
            log.warning("the refund of card payment %s waits: %s", row["id"], refusal.code)
    return sent, len(rows) - sent


async def _send(row: db.Row) -> int:
    # What Stripe has already is entered first, so that nothing goes back twice however long ago an answer was lost.
    await giving_back.settle_refunds(row["id"])
    now = await db.fetch_one(
        "SELECT p.*, (SELECT count(*) FROM card_refund r WHERE r.card_payment_id = p.id) AS refunds"
        "  FROM card_payment p WHERE p.id = $1",
        row["id"],
    )
    assert now is not None  # noqa: S101 - a payment is never deleted
    if now["state"] != CardState.REFUND_DUE:
        return int(now["state"] == CardState.REFUNDED)
    refund = await gateway().refund(
        RefundRequest(
            payment_intent=now["payment_intent"],
            amount=Money(now["refund_due_pence"] - now["refunded_pence"]),
            booking_id=BookingId(now["booking_id"]),
            attempt=rules.refund_attempt(now["refunds"]),
            connected_account=now["connected_account"],
            fee=Money(now["fee_pence"]),
        )
    )
    await giving_back.enter(now["id"], [refund])
    if not refund.status.goes_back:
        log.error("the refund %s of card payment %s came to nothing: %s", refund.id, now["id"], refund.status)
    return int(refund.status.goes_back)
