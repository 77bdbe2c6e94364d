"""Reads about card payments. Who may see one is asked of the person it pays for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from invoicing.cards.rules import HOLD_FOR, CardState
from marketplace.bookings.rules import BookingState
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money

_PAYMENT = """
    SELECT p.id, p.booking_id, p.state, p.amount_pence, p.fee_pence, p.refund_due_pence, p.refunded_pence,
           p.connected_account, p.checkout_id, p.checkout_url, b.state AS booking_state, b.reference,
           b.person_id, b.held_until, b.starts_at, b.ends_at, s.activity_id, a.title, pr.name AS provider_name, u.email
      FROM card_payment p
      JOIN booking b ON b.id = p.booking_id
      JOIN activity_session s ON s.id = b.activity_session_id
      JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = b.provider_id
      LEFT JOIN app_user u ON u.id = b.booked_by
"""


@dataclass(frozen=True, slots=True)
class CardPaymentFacts:
    """A card payment with the booking that it is for. `email` is the payer's, who took the place."""

    id: UUID
    booking_id: UUID
    state: CardState
    amount: Money
    fee: Money
    refund_due: Money
    refunded: Money
    connected_account: str | None
    checkout_id: str | None
    checkout_url: str
    booking_state: BookingState
    reference: str
    person_id: UUID
    held_until: datetime | None
    starts_at: datetime
    ends_at: datetime
    activity_id: UUID
    title: str
    provider_name: str
    email: str | None


def _facts(row: db.Row | None) -> CardPaymentFacts | None:
    if row is None:
        return None
    told = dict(row)
    amount, fee, due, refunded = (
        Money(told.pop(name)) for name in ("amount_pence", "fee_pence", "refund_due_pence", "refunded_pence")
    )
    state, booking_state = CardState(told.pop("state")), BookingState(told.pop("booking_state"))
    return CardPaymentFacts(
        **told,
        state=state,
        booking_state=booking_state,
        amount=amount,
        fee=fee,
        refund_due=due,
        refunded=refunded,
    )


async def standing_payment(fund_id: UUID, activity_session_id: UUID) -> CardPaymentFacts | None:
    """The payment that somebody has begun for a session from a fund and neither finished nor given up."""
    return _facts(
        await db.fetch_one(
            _PAYMENT
            + " WHERE b.fund_id = $1 AND b.activity_session_id = $2 AND b.state = $3 AND p.state = $4",
            fund_id,
            activity_session_id,
            str(BookingState.HELD),
            str(CardState.STARTED),
        )
    )


async def payment_of_checkout(actor: Actor, checkout_id: str) -> CardPaymentFacts:
    """The payment of a page at Stripe, for those who may see the person. Raises NotFound."""
    return await _seen(
        actor, Scope.SEE, await db.fetch_one(_PAYMENT + " WHERE p.checkout_id = $1", checkout_id)
    )


async def payment_of_booking(actor: Actor, booking_id: UUID) -> CardPaymentFacts:
    """The payment of a booking, for those who may pay for the person. Raises NotFound, Forbidden."""
    return await _seen(
        actor, Scope.PAY, await db.fetch_one(_PAYMENT + " WHERE p.booking_id = $1", booking_id)
    )


async def _seen(actor: Actor, scope: Scope, row: db.Row | None) -> CardPaymentFacts:
    require(actor, Permission.CARD_PAY)
    facts = _facts(row)
    if facts is None:
        raise NotFound
    await require_person(actor, facts.person_id, scope)
    return facts


@dataclass(frozen=True, slots=True)
class Seller:
    """Who is paid for a session, and where; `takes_cards` while its account at Stripe can."""

    activity_id: UUID
    provider_name: str
    stripe_account: str | None
    takes_cards: bool


async def seller_of(activity_session_id: UUID) -> Seller:
    """The seller of a session. Raises NotFound."""
    row = await db.fetch_one(
        "SELECT s.activity_id, pr.name AS provider_name, pr.stripe_account,"
        " coalesce(c.charges_enabled, false) AS takes_cards FROM activity_session s"
        " JOIN provider pr ON pr.id = s.provider_id"
        " LEFT JOIN connected_account c ON c.id = pr.stripe_account WHERE s.id = $1",
        activity_session_id,
    )
    if row is None:
        raise NotFound
    return Seller(**row)


@dataclass(frozen=True, slots=True)
class LapsedHold:
    """A card payment that nobody finished while the place was kept. `state` is the payment's, if there is one."""

    booking_id: UUID
    held_until: datetime
    state: str | None
    checkout_id: str | None
    connected_account: str | None


# The second part is for places that were let go by others (a change of ownership) while the page was still open.
_LAPSED = """
    SELECT b.id AS booking_id, b.held_until, p.state, p.checkout_id, p.connected_account
      FROM booking b LEFT JOIN card_payment p ON p.booking_id = b.id
     WHERE b.state = 'held' AND b.payment = 'card' AND b.held_until < $1
       AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id)
    UNION ALL
    SELECT b.id, coalesce(b.held_until, p.created_at), p.state, p.checkout_id, p.connected_account
      FROM card_payment p JOIN booking b ON b.id = p.booking_id
     WHERE p.state = 'started' AND p.created_at < $2 AND b.state <> 'held'
     ORDER BY held_until LIMIT $3
"""


async def lapsed_holds(now: datetime, most: int = 200) -> list[LapsedHold]:
    """Card payments whose time is over and that were neither paid nor closed; not those that an invoice has claimed."""
    rows = await db.fetch_all(_LAPSED, now, now - HOLD_FOR, most)
    return [LapsedHold(**row) for row in rows]
