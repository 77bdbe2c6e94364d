"""Disputes: the payer's bank asks the money of a card payment back (decision 39).

Nothing moves in the books until it is decided. Lost: the money is with the payer again, so *paid → left*; the
attendance stays claimed, so no invoice bills it anew. Won on appeal: the opposite. Evidence is given at Stripe.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from invoicing.cards import letters, rules
from invoicing.cards.gateway import gateway
from invoicing.cards.rules import CardState
from invoicing.cards.settling import change, lock, was_claimed
from invoicing.stripe_values import Dispute, DisputeStatus
from isf.ledger import commands as ledger
from isf.ledger.posting import Overdrawn
from marketplace.bookings.queries import booking_for_change
from marketplace.kernel import audit, clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import FundExhausted
from marketplace.kernel.money import ZERO, Money

_Won = Callable[[db.Row, Dispute, UUID | None], Awaitable[None]]


async def settle_disputes(payment_id: UUID) -> int:
    """Ask Stripe for every dispute about a payment and follow it; answers how many are new or have moved.

    Safe to repeat, in any order. Raises CardPaymentNotFound, CardPaymentUnavailable, CardPaymentOff.
    """
    row = await db.fetch_one(
        "SELECT payment_intent, connected_account FROM card_payment WHERE id = $1", payment_id
    )
    if row is None or row["payment_intent"] is None:
        return 0
    asked_at = clock.now()
    told = await gateway().disputes(row["connected_account"], payment_intent=row["payment_intent"])
    moved = 0
    for dispute in reversed(told):
        try:
            moved += await _enter(payment_id, dispute, asked_at, _win_back)
        except (FundExhausted, Overdrawn):
            # Won on appeal, and the fund has used the money meanwhile: the books stay, and the worklist says so.
            moved += await _enter(payment_id, dispute, asked_at, _leave)
    return moved


async def _enter(payment_id: UUID, dispute: Dispute, asked_at: datetime, won: _Won) -> int:
    async with db.unit_of_work():
        payment = await lock(payment_id)
        known = await db.fetch_one("SELECT * FROM card_dispute WHERE id = $1", dispute.id)
        # Whoever asked later knows better, whoever is entered later.
        if known is not None and (known["status"] == dispute.status or known["asked_at"] > asked_at):
            return 0
        await _note(payment_id, dispute, asked_at)
        await audit.record(
            SYSTEM, f"card_dispute.{dispute.status}", "card_payment", payment_id,
            before={"status": known["status"] if known else None},
            after={"dispute": dispute.id, "status": str(dispute.status), "amount_pence": dispute.amount.pence},
        )  # fmt: skip
        lost = Money(known["lost_pence"]) if known else ZERO
        if dispute.status.lost and not lost:
            await _lose(payment, dispute)
        elif lost and dispute.status is DisputeStatus.WON and known is not None:
            await won(payment, dispute, known["journal_id"])
        if known is None or not dispute.status.open:
            await letters.disputed(await booking_for_change(payment["booking_id"]), dispute)
    return 1


async def _note(payment_id: UUID, dispute: Dispute, asked_at: datetime) -> None:
    await db.execute(
        "INSERT INTO card_dispute (id, card_payment_id, amount_pence, status, reason, answer_by, lost_pence, asked_at,"
        "  created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $8)"
        " ON CONFLICT (id) DO UPDATE SET status = $4, answer_by = $6, asked_at = $7, updated_at = $8",
        dispute.id,
        payment_id,
        dispute.amount.pence,
        str(dispute.status),
        dispute.reason[:80],
        dispute.answer_by,
        asked_at,
        clock.now(),
    )


async def _lose(payment: db.Row, dispute: Dispute) -> None:
    """The money is with the payer: what had not gone back to the card by a refund is left again."""
    booking = await booking_for_change(payment["booking_id"])
    kept = Money(payment["amount_pence"] - payment["refunded_pence"])
    lost = min(dispute.amount, kept)
    await change(payment, CardState.CHARGED_BACK, because=f"dispute {dispute.id} was lost")
    journal_id = None
    if lost and await was_claimed(payment["booking_id"]):
        journal_id = await ledger.refund_by_card(
            SYSTEM, booking["fund_id"], booking["id"], lost, booking["service_on"], refund=dispute.id,
            because="the payer’s bank took it back",
        )  # fmt: skip
    await db.execute(
        "UPDATE card_dispute SET lost_pence = $2, journal_id = $3 WHERE id = $1",
        dispute.id,
        lost.pence,
        journal_id,
    )


async def _win_back(payment: db.Row, dispute: Dispute, journal_id: UUID | None) -> None:
    """An appeal was won: the seller has the money again, and the payer has not."""
    state = rules.state_after(
        due=Money(payment["refund_due_pence"]),
        refunded=Money(payment["refunded_pence"]),
        failed=ZERO,
        otherwise=CardState.PAID,
    )
    await change(payment, state, because=f"dispute {dispute.id} was won on appeal")
    if journal_id is not None:
        await ledger.reverse(SYSTEM, journal_id, f"dispute {dispute.id} was won on appeal")
    await db.execute("UPDATE card_dispute SET lost_pence = 0, journal_id = NULL WHERE id = $1", dispute.id)


async def _leave(payment: db.Row, dispute: Dispute, journal_id: UUID | None) -> None:
    """The books stay: what the payer had back is used already."""
