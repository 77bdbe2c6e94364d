"""How somebody pays: the choice, the way back from the card page, and Stripe's own messages."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.response import Redirect

from invoicing.cards import commands, events, queries, view
from invoicing.cards.queries import CardPaymentFacts
from invoicing.cards.settling import Settled, settle
from invoicing.stripe_values import CardPaymentUnavailable
from isf import queries as isf_queries
from marketplace.bookings.queries import Wish, booking_facts, query_of, wish_typed
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.routes_of_money import Route

BOOKS = {"permission": Permission.BOOK}
PAYS = {"permission": Permission.CARD_PAY}
MACHINE = {"permission": Permission.MACHINE, "exclude_from_csrf": True}


class Way(StrEnum):
    """How a booking is paid from a direct payment."""

    CARD = "card"
    TRANSFER = "transfer"


@get("/people/{person_id:uuid}/pay/{session_id:uuid}", opt=BOOKS)
async def show_choice(request: AnyRequest, actor: Actor, person_id: UUID, session_id: UUID) -> Response[Any]:
    """“How do you want to pay?” for a session from a direct payment; other money goes to the booking page."""
    fund_id = _id(request.query_params.get("fund"))
    wish = wish_typed(request.query_params.get("ratio", ""), request.query_params.get("transport", ""))
    return await _choice(request, actor, person_id, session_id, fund_id, wish)


async def _choice(
    request: AnyRequest,
    actor: Actor,
    person_id: UUID,
    session_id: UUID,
    fund_id: UUID,
    wish: Wish,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    facts = await booking_facts(actor, session_id, fund_id, wish=wish)
    if facts.person_id != person_id:
        raise NotFound
    if facts.route is not Route.DIRECT_PAYMENT or not facts.price:
        return Redirect(
            f"/people/{person_id}/book/{session_id}?fund={fund_id}{query_of(wish)}", status_code=303
        )
    person = await isf_queries.person(actor, person_id)
    fund = await isf_queries.fund(actor, fund_id)
    seller = await queries.seller_of(session_id)
    standing = await queries.standing_payment(fund_id, session_id)
    return await page(
        request,
        "invoicing/card/choose.html",
        status=status,
        about=person_id,
        choice=view.choice(actor, person, fund, facts, seller, standing),
        action=request.url.path,
        wish=wish,
        form=form.values if form else {},
        errors=form.errors if form else {},
        back={
            "href": f"/people/{person_id}/book/{session_id}?fund={fund_id}{query_of(wish)}",
            "text": "Back",
        },
    )


@post("/people/{person_id:uuid}/pay/{session_id:uuid}", opt=BOOKS, status_code=200)
async def do_choose(request: AnyRequest, actor: Actor, person_id: UUID, session_id: UUID) -> Response[Any]:
    """By card: on to the card page. By bank transfer: booked at once."""
    form = await Form.read(request)
    fund_id = _id(form.text("fund"))
    wish = wish_typed(form.text("ratio"), form.text("transport"))
    way = form.choice("way", Way, required="Choose how you want to pay")
    try:
        form.check()
        if (await booking_facts(actor, session_id, fund_id)).person_id != person_id:
            raise NotFound
        if way is Way.CARD:
            started = await commands.pay(actor, session_id, fund_id, wish)
            if started.url is not None:
                return Redirect(started.url, status_code=303)
            booking_id = started.booking_id
        else:
            booking_id = await commands.book_by_transfer(actor, session_id, fund_id, wish)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _choice(request, actor, person_id, session_id, fund_id, wish, form, refusal.status)
    return await done(request, f"/bookings/{booking_id}", "The place is booked.")


@get("/card/return", opt=PAYS)
async def come_back(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The payer comes from the card page: Stripe is asked, and what it says is what happens."""
    checkout_id = request.query_params.get("checkout", "")
    payment = await queries.payment_of_checkout(actor, checkout_id)
    try:
        settled = await settle(checkout_id, payment.connected_account)
    except CardPaymentUnavailable:
        settled = Settled.OPEN
    return await _after(request, actor, payment, settled)


@get("/card/back", opt=PAYS)
async def go_back(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The payer turned back without paying: the place is free again."""
    booking_id = _id(request.query_params.get("booking"))
    payment = await queries.payment_of_booking(actor, booking_id)
    try:
        settled = await commands.abandon(actor, booking_id)
    except CardPaymentUnavailable:
        settled = Settled.OPEN
    return await _after(request, actor, payment, settled)


async def _after(
    request: AnyRequest, actor: Actor, payment: CardPaymentFacts, settled: Settled
) -> Response[Any]:
    booking, activity = f"/bookings/{payment.booking_id}", f"/activities/{payment.activity_id}"
    match settled:
        case Settled.PAID:
            words = f"You paid {payment.amount} by card. The place is booked."
            return await done(request, booking, words)
        case Settled.LAPSED:
            return await done(request, activity, "!Nothing was paid, and the place is free again.")
        case Settled.REFUND:
            # Read again: what is due was noted just now.
            payment = await queries.payment_of_checkout(actor, payment.checkout_id or "")
            return await page(
                request, "invoicing/card/refund.html", payment=payment, booking=booking, activity=activity
            )
        case Settled.OPEN:
            return await page(
                request, "invoicing/card/waiting.html", payment=payment,
                look_again=f"/card/return?checkout={payment.checkout_id}" if payment.checkout_id else None,
                give_up=f"/card/back?booking={payment.booking_id}",
            )  # fmt: skip


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise NotFound from None


@post("/webhooks/stripe", opt=MACHINE, status_code=200, include_in_schema=False)
async def stripe_webhook(request: AnyRequest) -> dict[str, bool]:
    """A signed message from Stripe; see `events.py`. Anything but 200 makes Stripe send it again."""
    await events.take_event(await request.body(), request.headers.get("stripe-signature"))
    return {"received": True}


router = Router("/", route_handlers=[show_choice, do_choose, come_back, go_back, stripe_webhook])
