"""Settling: what Stripe says became of a payment page, done once, whoever asks and however often.

The page that the payer comes back to, every webhook and the job that looks after holds all end here. Nobody is
believed but Stripe, asked now; so the order and the number of messages do not matter (`rules.md` 22; hard case 7).
"""

from enum import StrEnum
from uuid import UUID

from invoicing.cards import letters
from invoicing.cards.gateway import gateway
from invoicing.cards.rules import TRANSITIONS, CardState, RefundCause
from invoicing.stripe_values import CardPaymentNotFound, CheckoutState, CheckoutStatus
from isf.ledger import commands as ledger
from marketplace.bookings import commands as bookings
from marketplace.bookings.queries import booking_for_change
from marketplace.bookings.rules import BookingState
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM, record
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition


class Settled(StrEnum):
    """How a payment stands after Stripe was asked."""

    PAID = "paid"
    """The booking is confirmed."""
    OPEN = "open"
    """Nothing has been paid yet, and it still can be."""
    LAPSED = "lapsed"
    """Nothing was paid, and the place is free again."""
    REFUND = "refund"
    """Money was paid and goes back, or has gone back."""


_SETTLED = {
    CardState.STARTED: Settled.OPEN,
    CardState.PAID: Settled.PAID,
    CardState.EXPIRED: Settled.LAPSED,
    CardState.REFUND_DUE: Settled.REFUND,
    CardState.REFUNDED: Settled.REFUND,
    CardState.REFUND_FAILED: Settled.REFUND,
    CardState.CHARGED_BACK: Settled.REFUND,
}


async def settle(checkout_id: str, account: str | None) -> Settled:
    """Ask Stripe about a payment page and do what follows, in one transaction; safe to repeat and to run in parallel.

    Paid: the booking is claimed for the card and confirmed, the fund's money is *paid*, the payer gets a receipt.
    Paid too late, with another amount, to a relative, or for what an invoice has claimed: the whole is to
    go back. Closed: the place and the money are free.
    Raises CardPaymentNotFound, CardPaymentUnavailable, CardPaymentOff.
    """
    return await _apply(await gateway().retrieve_checkout(checkout_id, account), account)


async def close(checkout_id: str, account: str | None) -> Settled:
    """Close a payment page at Stripe and settle; when the payer was quicker, it is paid. Raises as `settle`."""
    return await _apply(await gateway().expire_checkout(checkout_id, account), account)


async def _apply(told: CheckoutState, account: str | None) -> Settled:
    async with db.unit_of_work():
        # Locked first, before session, booking and fund: only card payments are locked by nobody else.
        payment = await db.fetch_one(
            "SELECT * FROM card_payment WHERE checkout_id = $1 AND connected_account IS NOT DISTINCT FROM $2"
            " FOR UPDATE",
            told.id,
            account,
        )
        if payment is None:
            raise CardPaymentNotFound
        state = CardState(payment["state"])
        if told.is_paid and state in (CardState.STARTED, CardState.EXPIRED):
            return await _take(payment, told)
        if told.status is CheckoutStatus.EXPIRED and state is CardState.STARTED:
            await lapse(payment["id"], payment["booking_id"], "the payment page was closed unpaid")
            return Settled.LAPSED
    return _SETTLED[state]


async def lapse(payment_id: UUID, booking_id: UUID, because: str) -> None:
    """A started payment, locked by the caller, is over unpaid: the place is free again."""
    await move(payment_id, CardState.STARTED, CardState.EXPIRED, because=because)
    booking = await booking_for_change(booking_id)
    if booking["state"] == BookingState.HELD:
        await bookings.let_go(SYSTEM, booking_id, because)


async def _take(payment: db.Row, told: CheckoutState) -> Settled:
    booking = await booking_for_change(payment["booking_id"])
    cause = await _why_not(payment, booking, told)
    if cause is not None:
        await _owe_back(payment, booking, told, cause)
        return Settled.REFUND
    amount = Money(payment["amount_pence"])
    row = await bookings.confirm_held(SYSTEM, booking["id"])
    await ledger.pay_by_card(SYSTEM, row["fund_id"], row["id"], amount, row["service_on"])
    await move(
        payment["id"], CardState.STARTED, CardState.PAID, because="Stripe says paid",
        payment_intent=told.payment_intent,
    )  # fmt: skip
    await letters.receipt(row, amount)
    return Settled.PAID


async def _why_not(payment: db.Row, booking: db.Row, told: CheckoutState) -> RefundCause | None:
    """Why money that came cannot pay the booking; None when it does, and then the booking is claimed for the card."""
    if booking["state"] != BookingState.HELD:
        return RefundCause.LATE
    if told.amount_total.pence != payment["amount_pence"]:
        return RefundCause.OTHER_AMOUNT
    if booking["relative_bars"]:
        return RefundCause.CLOSE_RELATIVE
    # The insert decides: an invoice run at the same moment waits for us here, or we for it.
    claimed = await db.fetch_value(
        "INSERT INTO claim (booking_id, kind, claimed_at) VALUES ($1, 'card', $2)"
        " ON CONFLICT (booking_id) DO NOTHING RETURNING booking_id",
        booking["id"],
        clock.now(),
    )
    return None if claimed is not None else RefundCause.CLAIMED_BY_INVOICE


async def _owe_back(payment: db.Row, booking: db.Row, told: CheckoutState, cause: RefundCause) -> None:
    # What Stripe took is what goes back, even when it is not what was asked.
    await move(
        payment["id"], CardState(payment["state"]), CardState.REFUND_DUE, because=str(cause),
        payment_intent=told.payment_intent, amount_pence=told.amount_total.pence,
        refund_due_pence=told.amount_total.pence,
    )  # fmt: skip
    if cause in (RefundCause.OTHER_AMOUNT, RefundCause.CLOSE_RELATIVE):
        await bookings.let_go(SYSTEM, booking["id"], str(cause))
    await letters.refund_to_come(booking, told.amount_total, cause)


async def move(payment_id: UUID, frm: CardState, to: CardState, *, because: str, **columns: object) -> None:
    """Move a payment from state to state with the columns given, audited. Raises StateConflict."""
    await transition(
        SYSTEM, "card_payment", payment_id, frm, to, TRANSITIONS,
        action=f"card_payment.{to}", because=because, also={**columns, "updated_at": clock.now()},
    )  # fmt: skip


async def lock(payment_id: UUID) -> db.Row:
    """A payment as it is now, locked: before session, booking and fund. Only inside a unit of work."""
    payment = await db.fetch_one("SELECT * FROM card_payment WHERE id = $1 FOR UPDATE", payment_id)
    if payment is None:
        raise CardPaymentNotFound
    return payment


async def change(payment: db.Row, to: CardState, *, because: str, **columns: object) -> None:
    """Set columns of a locked payment and move it, where it is to move; audited either way. Raises StateConflict."""
    state = CardState(payment["state"])
    if to is not state:
        await move(payment["id"], state, to, because=because, **columns)
        return
    sets = "".join(f', "{name}" = ${index}' for index, name in enumerate(columns, start=3))
    await db.execute(
        f"UPDATE card_payment SET updated_at = $2{sets} WHERE id = $1",  # noqa: S608 - names are ours
        payment["id"],
        clock.now(),
        *columns.values(),
    )
    await record(
        SYSTEM, "card_payment.changed", "card_payment", payment["id"],
        before={name: payment[name] for name in columns}, after=columns, because=because,
    )  # fmt: skip


async def was_claimed(booking_id: UUID) -> bool:
    """Whether the card's money reached the fund's books: what came too late never did, and is taken back nowhere."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM claim WHERE booking_id = $1 AND kind = 'card')", booking_id
        )
    )
