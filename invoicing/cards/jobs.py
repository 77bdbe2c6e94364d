"""What the clock does for card payments: lets unpaid places go, and sends money back."""

import logging

from invoicing.cards import queries, refunds, rules
from invoicing.cards.queries import LapsedHold
from invoicing.cards.reconciling import reconcile
from invoicing.cards.rules import CardState
from invoicing.cards.settling import Settled, close, lapse
from invoicing.stripe_values import is_on
from marketplace.bookings import commands as bookings
from marketplace.bookings.rules import BookingState
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import DomainError
from marketplace.kernel.formats import count
from marketplace.kernel.jobs import Job
from marketplace.kernel.settings import settings

log = logging.getLogger("fairday.cards")


async def release_holds() -> str:
    """Let go the places whose hold is over, after asking Stripe; one that was paid meanwhile is confirmed."""
    freed = paid = waiting = 0
    for hold in await queries.lapsed_holds(clock.now()):
        try:
            settled = await _end(hold)
        except DomainError as refusal:
            log.warning("the hold of booking %s waits: %s", hold.booking_id, refusal.code)
            settled = Settled.OPEN
        freed += settled in (Settled.LAPSED, Settled.REFUND)
        paid += settled is Settled.PAID
        waiting += settled is Settled.OPEN
    return f"{count(freed, 'payment')} ended unpaid or too late, {paid} paid after all, {waiting} waiting for Stripe"


async def _end(hold: LapsedHold) -> Settled:
    if hold.state == CardState.STARTED and hold.checkout_id is not None:
        try:
            return await close(hold.checkout_id, hold.connected_account)
        except DomainError:
            if clock.now() - hold.held_until < rules.SILENCE_ENDS_AFTER:
                raise
    # Nobody was sent to a page; or Stripe is silent for so long that the page closed by itself long ago.
    await _let_go(hold)
    return Settled.LAPSED


async def _let_go(hold: LapsedHold) -> None:
    because = "the card payment never came"
    async with db.unit_of_work():
        payment = await db.fetch_one(
            "SELECT id, state FROM card_payment WHERE booking_id = $1 FOR UPDATE", hold.booking_id
        )
        if payment is not None and payment["state"] == CardState.STARTED:
            await lapse(payment["id"], hold.booking_id, because)
        elif await _still_held(hold):
            await bookings.let_go(SYSTEM, hold.booking_id, because)


async def _still_held(hold: LapsedHold) -> bool:
    state = await db.fetch_value("SELECT state FROM booking WHERE id = $1", hold.booking_id)
    return bool(state == BookingState.HELD)


async def send_refunds() -> str:
    """Send back what cancelled and doubtful card payments are owed."""
    noted = await refunds.note_due()
    if not is_on(settings()):
        return f"{count(noted, 'refund')} noted; card payment is off, so none is sent"
    sent, waiting = await refunds.send_due()
    return f"{count(sent, 'refund')} sent, {waiting} waiting"


EVERY_MINUTE = {"minute": "*"}

CARD_JOBS = (
    Job("card-holds", "Let go the places that nobody paid for by card", EVERY_MINUTE, release_holds),
    Job("card-refunds", "Send money back to cards after cancelling", EVERY_MINUTE, send_refunds),
    Job("card-reconciliation", "Ask Stripe what no message told, and mend it", {"minute": 17}, reconcile),
)
