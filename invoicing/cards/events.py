"""Webhooks: a signed message is only a reason to ask Stripe; its content decides nothing."""

from datetime import timedelta
from enum import StrEnum

from invoicing.cards.disputes import settle_disputes
from invoicing.cards.gateway import gateway
from invoicing.cards.giving_back import settle_refunds
from invoicing.cards.settling import settle
from invoicing.connect import commands as connect
from invoicing.connect import payouts
from invoicing.stripe_values import WebhookEvent
from marketplace.kernel import clock, db


class About(StrEnum):
    """What a kind of message is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    ACCOUNT = "account"
    LEAVING = "leaving"
    PAYOUT = "payout"


_KINDS = (
    ("checkout.session.", About.PAYMENT),
    ("payment_intent.", About.PAYMENT),
    ("charge.dispute.", About.DISPUTE),
    ("charge.refund", About.REFUND),
    ("refund.", About.REFUND),
    ("account.application.deauthorized", About.LEAVING),
    ("account.updated", About.ACCOUNT),
    ("capability.updated", About.ACCOUNT),
    ("payout.", About.PAYOUT),
)


def about(event_type: str) -> About | None:
    """What a kind of message is about; None for kinds that nothing here follows from."""
    return next((what for start, what in _KINDS if event_type.startswith(start)), None)


async def take_event(payload: bytes, signature: str | None) -> None:
    """Take one delivery of a webhook; the same event again changes nothing once it was handled.

    What fails stays unhandled and raises, so that Stripe sends it again; what is about nothing known here is kept for
    the operators to see. Raises WebhookRefused, CardPaymentOff, CardPaymentUnavailable.
    """
    event = await gateway().verify_webhook(payload, signature)
    if await _known(event):
        return
    outcome = await _follow(event)
    nothing = "about nothing of ours" if about(event.type) else "a kind from which nothing follows"
    await db.execute(
        "UPDATE stripe_event SET handled = $2, detail = $3 WHERE id = $1",
        event.id,
        outcome is not None,
        outcome or nothing,
    )


async def _known(event: WebhookEvent) -> bool:
    """Note that the event came; whether an earlier delivery was handled."""
    return bool(
        await db.fetch_value(
            "INSERT INTO stripe_event AS e (id, type, account, object_id, received_at, handled, detail)"
            " VALUES ($1, $2, $3, $4, $5, false, '') ON CONFLICT (id) DO UPDATE SET type = e.type RETURNING handled",
            event.id,
            event.type[:80],
            event.account[:60] if event.account else None,
            str(event.object.get("id", ""))[:120] or None,
            clock.now(),
        )
    )


async def _follow(event: WebhookEvent) -> str | None:
    """Do what a message gives reason for and answer what came of it; None when it is about nothing known here."""
    match about(event.type):
        case None:
            return None
        case About.ACCOUNT | About.LEAVING | About.PAYOUT as what:
            return await _follow_account(event, what)
        case what:
            return await _follow_payment(event, what)


async def _follow_account(event: WebhookEvent, what: About) -> str | None:
    account = event.account
    known = "SELECT EXISTS (SELECT 1 FROM connected_account WHERE id = $1)"
    if account is None or not await db.fetch_value(known, account):
        return None
    if what is About.PAYOUT:
        return "changed" if await payouts.follow(account) else "as it was"
    changed = await (connect.leave(account) if what is About.LEAVING else connect.ask(account))
    return "changed" if changed else "as it was"


async def _follow_payment(event: WebhookEvent, what: About) -> str | None:
    payment = await _payment_of(event)
    if payment is None:
        return None
    # In any order: a refund or a dispute may be told of before the payment itself.
    settled = await settle(payment["checkout_id"], payment["connected_account"])
    if what is About.REFUND:
        await settle_refunds(payment["id"])
    elif what is About.DISPUTE:
        await settle_disputes(payment["id"])
    return str(settled)


async def _payment_of(event: WebhookEvent) -> db.Row | None:
    # The account must be the one that we sent the payer to: another seller cannot speak about this one's bookings.
    return await db.fetch_one(
        "SELECT id, checkout_id, connected_account FROM card_payment"
        " WHERE connected_account IS NOT DISTINCT FROM $1 AND checkout_id IS NOT NULL"
        " AND (checkout_id = $2 OR payment_intent = $3 OR booking_id = $4) LIMIT 1",
        event.account,
        event.checkout_id,
        event.payment_intent,
        event.booking_id,
    )


async def unhandled() -> list[db.Row]:
    """For the operators: messages of the last 30 days that nothing followed from, the newest first."""
    return await db.fetch_all(
        "SELECT * FROM stripe_event WHERE NOT handled AND received_at > $1 ORDER BY received_at DESC, id",
        clock.now() - timedelta(days=30),
    )
