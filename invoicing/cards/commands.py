"""Paying by card, and giving up halfway: hold first, then Stripe, never both at once (rows Y1, V9)."""

from dataclasses import dataclass
from uuid import UUID

from invoicing.cards import queries, rules
from invoicing.cards.gateway import gateway
from invoicing.cards.queries import CardPaymentFacts
from invoicing.cards.rules import CardState
from invoicing.cards.settling import Settled, close, lapse, settle
from invoicing.stripe_values import (
    SHORTEST_CHECKOUT,
    CardPaymentOff,
    CardPaymentUnavailable,
    Checkout,
    CheckoutRequest,
    is_on,
)
from marketplace.bookings.commands import Hold, book
from marketplace.bookings.queries import AS_USUAL, Wish, booking_facts
from marketplace.bookings.rules import check_bookable
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.ids import BookingId, new_id
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that was begun: send the payer to `url`. Without one nothing is left to pay."""

    booking_id: UUID
    url: str | None


async def pay(actor: Actor, activity_session_id: UUID, fund_id: UUID, wish: Wish = AS_USUAL) -> Started:
    """Keep a place from a direct payment and open a payment page for it; free ones are booked at once (row Y1).

    Again while the page is open gives the same page. When Stripe does not answer, the place is let go and nothing has
    happened. Raises what `book` raises (InHouseBlocked before anything else), NotByCard, CardPaymentOff,
    CardAmountRefused, CardPaymentUnavailable; Forbidden without the scope to pay.
    """
    require(actor, Permission.CARD_PAY)
    facts = await booking_facts(actor, activity_session_id, fund_id, Scope.PAY, wish)
    check_bookable(facts, clock.now())
    rules.check_route(facts.route)
    if not facts.price:
        return Started((await book(actor, activity_session_id, fund_id, wish=wish)).id, None)
    if not is_on(settings()):
        raise CardPaymentOff
    standing = await queries.standing_payment(fund_id, activity_session_id)
    if standing is not None and (again := await _again(standing)) is not None:
        return again
    return await _open(await _hold(actor, activity_session_id, fund_id, wish))


async def _hold(actor: Actor, session_id: UUID, fund_id: UUID, wish: Wish) -> CardPaymentFacts:
    """Take the place and note the payment, in one transaction of its own, before Stripe hears of it."""
    seller = await queries.seller_of(session_id)
    account = rules.check_account(seller.provider_name, seller.stripe_account, takes_cards=seller.takes_cards)
    try:
        async with db.unit_of_work():
            booked = await book(
                actor, session_id, fund_id, hold=Hold(clock.now() + rules.HOLD_FOR), wish=wish
            )
            await _note(actor, booked.id, account, booked.price_pence)
    except Conflict:
        # The same button was pressed twice, and the other press has the place: both go to its page.
        if await queries.standing_payment(fund_id, session_id) is None:
            raise
    standing = await queries.standing_payment(fund_id, session_id)
    if standing is None:  # Given up again by somebody at the same moment.
        raise CardPaymentUnavailable
    return standing


async def _note(actor: Actor, booking_id: UUID, account: str, amount_pence: int) -> None:
    payment_id = new_id()
    now = settings()
    fee = rules.fee_of(
        Money(amount_pence),
        basis_points=now.card_fee_basis_points,
        fixed=Money(now.card_fee_fixed_pence),
    )
    await db.execute(
        "INSERT INTO card_payment (id, booking_id, fund_id, council_id, route, owner_council_id, connected_account,"
        "  amount_pence, fee_pence, state, created_at, updated_at)"
        " SELECT $1, b.id, b.fund_id, b.council_id, b.route, b.owner_council_id, $3, $4, $5, $6, $7, $7"
        "   FROM booking b WHERE b.id = $2",
        payment_id,
        booking_id,
        account,
        amount_pence,
        fee.pence,
        str(CardState.STARTED),
        clock.now(),
    )
    await audit.record(
        actor,
        "card_payment.started",
        "card_payment",
        payment_id,
        after={"booking": booking_id, "amount_pence": amount_pence, "fee_pence": fee.pence},
    )


async def _again(standing: CardPaymentFacts) -> Started | None:
    """Go on with a payment that was begun; None when it is over and the place is free again."""
    if standing.checkout_id is None:
        request = _request(standing)
        if request.expires_at - clock.now() >= SHORTEST_CHECKOUT:
            return await _open(standing)
        # Too late to open the page that was meant, and nobody has seen its address.
        await give_up(standing.id, "the payment page was never opened")
        return None
    match await settle(standing.checkout_id, standing.connected_account):
        case Settled.OPEN:
            return Started(standing.booking_id, standing.checkout_url)
        case Settled.PAID:
            return Started(standing.booking_id, None)
        case _:
            return None


async def _open(payment: CardPaymentFacts) -> Started:
    """Ask Stripe for the page of a held place. The same payment gives the same page, also after a lost answer."""
    if payment.checkout_url:
        return Started(payment.booking_id, payment.checkout_url)
    try:
        checkout = await gateway().create_checkout(_request(payment))
    except DomainError:
        await give_up(payment.id, "the payment page could not be opened")
        raise
    kept = await db.execute(
        "UPDATE card_payment SET checkout_id = $2, checkout_url = $3, updated_at = $4 WHERE id = $1 AND state = $5",
        payment.id,
        checkout.id,
        checkout.url,
        clock.now(),
        str(CardState.STARTED),
    )
    if kept != "UPDATE 1":
        await _shut(checkout, payment.connected_account)
        raise CardPaymentUnavailable
    return Started(payment.booking_id, checkout.url)


async def _shut(checkout: Checkout, account: str | None) -> None:
    """Nobody may pay on a page whose place was let go while it was being opened."""
    await gateway().expire_checkout(checkout.id, account)


def _request(payment: CardPaymentFacts) -> CheckoutRequest:
    # Only from what is kept, so that asking again is the same request to the letter.
    if payment.held_until is None:
        raise CardPaymentUnavailable
    base = settings().base_url
    return CheckoutRequest(
        booking_id=BookingId(payment.booking_id),
        reference=payment.reference,
        description=f"{payment.title}, {formats.when(payment)}",
        amount=payment.amount,
        connected_account=payment.connected_account,
        success_url=f"{base}/card/return?checkout={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{base}/card/back?booking={payment.booking_id}",
        expires_at=rules.page_closes_at(payment.held_until),
        customer_email=payment.email,
        fee=payment.fee,
    )


async def give_up(payment_id: UUID, because: str) -> None:
    """Let the place of a payment go whose page nobody has; nothing when the page was opened meanwhile."""
    async with db.unit_of_work():
        payment = await db.fetch_one(
            "SELECT id, booking_id FROM card_payment WHERE id = $1 AND state = $2 AND checkout_id IS NULL FOR UPDATE",
            payment_id,
            str(CardState.STARTED),
        )
        if payment is not None:
            await lapse(payment["id"], payment["booking_id"], because)


async def abandon(actor: Actor, booking_id: UUID) -> Settled:
    """The payer came back without paying: close the page and let the place go; what was paid after all is paid.

    Safe to repeat. Raises NotFound, Forbidden, CardPaymentUnavailable (then the place is free when its hold ends).
    """
    payment = await queries.payment_of_booking(actor, booking_id)
    if payment.checkout_id is not None:
        return await close(payment.checkout_id, payment.connected_account)
    await give_up(payment.id, "the payer went back")
    return Settled.LAPSED


async def book_by_transfer(
    actor: Actor, activity_session_id: UUID, fund_id: UUID, wish: Wish = AS_USUAL
) -> UUID:
    """Book at once, to be paid by bank transfer; answers the booking. A card payment begun for it is given up first.

    Raises what `book` raises, and CardPaymentUnavailable when the begun payment cannot be closed now.
    """
    standing = await queries.standing_payment(fund_id, activity_session_id)
    if (
        standing is not None
        and Permission.CARD_PAY in actor.permissions
        and await abandon(actor, standing.booking_id) is Settled.PAID
    ):
        return standing.booking_id
    return (await book(actor, activity_session_id, fund_id, wish=wish)).id
