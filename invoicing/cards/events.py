"""Webhooks: a signed message is only a reason to ask Stripe; its content decides nothing."""

from invoicing.cards.gateway import gateway
from invoicing.cards.settling import settle
from invoicing.stripe_values import WebhookEvent
from marketplace.kernel import clock, db


async def take_event(payload: bytes, signature: str | None) -> None:
    """Take one delivery of a webhook; the same event again changes nothing once it was handled.

    What fails stays unhandled and raises, so that Stripe sends it again. Raises WebhookRefused, CardPaymentOff,
    CardPaymentUnavailable.
    """
    event = await gateway().verify_webhook(payload, signature)
    if await _known(event):
        return
    payment = await _payment_of(event)
    if payment is None:
        await db.execute("UPDATE stripe_event SET detail = 'about nothing of ours' WHERE id = $1", event.id)
        return
    settled = await settle(payment["checkout_id"], payment["connected_account"])
    await db.execute(
        "UPDATE stripe_event SET handled = true, detail = $2 WHERE id = $1", event.id, str(settled)
    )


async def _known(event: WebhookEvent) -> bool:
    """Note that the event came; whether an earlier delivery was handled."""
    return bool(
        await db.fetch_value(
            "INSERT INTO stripe_event AS e (id, type, object_id, received_at, handled, detail)"
            " VALUES ($1, $2, $3, $4, false, '') ON CONFLICT (id) DO UPDATE SET type = e.type RETURNING handled",
            event.id,
            event.type[:80],
            str(event.object.get("id", ""))[:120] or None,
            clock.now(),
        )
    )


async def _payment_of(event: WebhookEvent) -> db.Row | None:
    # The account must be the one that we sent the payer to: another seller cannot speak about this one's bookings.
    return await db.fetch_one(
        "SELECT checkout_id, connected_account FROM card_payment"
        " WHERE connected_account IS NOT DISTINCT FROM $1 AND checkout_id IS NOT NULL"
        " AND (checkout_id = $2 OR payment_intent = $3 OR booking_id = $4) LIMIT 1",
        event.account,
        event.checkout_id,
        event.payment_intent,
        event.booking_id,
    )
