"""A seller's cards: its account at Stripe, what was paid by card, what needs an answer, and what came to its bank."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.response import Redirect

from invoicing.cards import by_transfer, watching
from invoicing.connect import commands, payouts, queries, rules
from invoicing.stripe_values import CardPaymentOff, is_on
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError, StateConflict
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings

ISSUES = {"permission": Permission.INVOICE_ISSUE}
SEES = {"permission": Permission.INVOICE_SEE}


@get("/provider/money/cards", opt=ISSUES)
async def show_cards(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Whether cards are taken, what Stripe asks, what this site keeps, and every card payment."""
    account = await queries.own_account(actor)
    heading, words = rules.STANDING_WORDS[account.standing]
    now = settings()
    return await page(
        request,
        "invoicing/connect/cards.html",
        account=account,
        heading=heading,
        words=words if is_on(now) else CardPaymentOff().message,
        asked=rules.asked_words(account.state.due) if account.state else [],
        can_go_on=is_on(now) and account.standing in rules.CAN_GO_ON,
        fee=rules.fee_words(now.card_fee_basis_points, Money(now.card_fee_fixed_pence)),
        not_paid_out=await payouts.came_back(actor),
        came_back=await watching.came_back(actor),
        disputes=await watching.disputes_of_seller(actor),
        taken=await watching.taken(actor),
    )


@post("/provider/money/cards/open", opt=ISSUES, status_code=303)
async def do_open(request: AnyRequest, actor: Actor) -> Response[Any]:
    """To Stripe's own page, on which the seller tells about itself."""
    return await _to_stripe(request, actor)


@get("/provider/money/cards/again", opt=ISSUES)
async def go_again(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Stripe sends the seller here when a way to its page was used or is too old: to a new one."""
    return await _to_stripe(request, actor)


async def _to_stripe(request: AnyRequest, actor: Actor) -> Response[Any]:
    try:
        return Redirect(await commands.begin(actor), status_code=303)
    except DomainError as refusal:
        if refusal.status != 503:
            raise
        off = isinstance(refusal, CardPaymentOff)
        words = refusal.message if off else "Stripe did not answer. You can try again in a few minutes."
        return await done(request, commands.PAGE, f"!{words}")


@get("/provider/money/cards/back", opt=ISSUES)
async def come_back(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The seller comes from Stripe's page: Stripe is asked what the account can do now."""
    account = await queries.own_account(actor)
    if account.account_id is not None:
        try:
            await commands.ask(account.account_id)
        except DomainError:
            words = (
                "!Stripe did not answer. What you told it is kept there; look here again in a few minutes."
            )
            return await done(request, commands.PAGE, words)
    return await done(request, commands.PAGE)


@post("/provider/money/cards/payments/{card_payment_id:uuid}/again", opt=ISSUES, status_code=303)
async def do_send_again(request: AnyRequest, actor: Actor, card_payment_id: UUID) -> Response[Any]:
    """Send a refund again that the card's bank did not take."""
    await watching.send_again(actor, card_payment_id)
    return await done(request, commands.PAGE, "The refund is sent again, to the card that paid.")


@get("/provider/money/cards/payments/{card_payment_id:uuid}/transfer", opt=ISSUES)
async def show_transfer(request: AnyRequest, actor: Actor, card_payment_id: UUID) -> Response[Any]:
    """The form to enter that a failed refund was paid into the payer's bank account."""
    return await _transfer_page(request, actor, card_payment_id, Form({}))


@post("/provider/money/cards/payments/{card_payment_id:uuid}/transfer", opt=ISSUES, status_code=200)
async def do_transfer(request: AnyRequest, actor: Actor, card_payment_id: UUID) -> Response[Any]:
    """Enter it; what was typed stays when something is wrong."""
    form = await Form.read(request)
    paid_on = form.day("paid_on", required="Enter the day on which you paid")
    reference = form.text("reference", required="Enter what the payer reads on their bank statement")
    try:
        form.check()
        assert paid_on is not None  # noqa: S101 - or the form had told what is wrong
        await by_transfer.pay_back_by_transfer(
            actor, card_payment_id, by_transfer.Transfer(paid_on, reference)
        )
    except StateConflict as refusal:
        return await done(request, commands.PAGE, f"!{refusal.message}")
    except DomainError as refusal:
        form.take(refusal)
        return await _transfer_page(request, actor, card_payment_id, form, status=refusal.status)
    return await done(request, commands.PAGE, "It is entered. The payer is told.")


async def _transfer_page(
    request: AnyRequest, actor: Actor, payment_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "invoicing/connect/transfer.html",
        status=status,
        owed=await by_transfer.owed(actor, payment_id),
        action=request.url.path,
        form=form.values,
        errors=form.errors,
    )


@get("/provider/money/payouts", opt=ISSUES)
async def show_payouts(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What Stripe has paid to the seller's bank, as Stripe says now."""
    try:
        rows, problem = await queries.payouts(actor), ""
    except DomainError as refusal:
        if refusal.status != 503:
            raise
        rows, problem = [], "Stripe did not answer. You can try again in a few minutes."
    return await page(
        request,
        "invoicing/connect/payouts.html",
        problem=problem,
        rows=[
            {
                "arrives_on": row.arrives_on,
                "state": f"{row.words}. {row.why}" if row.why else row.words,
                "amount": row.amount.pence,
                "href": f"/provider/money/payouts/{row.id}",
            }
            for row in rows
        ],
    )


_KINDS = {
    "charge": "Card payment",
    "payment": "Card payment",
    "refund": "Went back to the card",
    "payment_refund": "Went back to the card",
    "refund_failure": "Refund that came back",
    "adjustment": "Dispute",
    "stripe_fee": "Stripe’s fee",
}


@get("/provider/money/payouts/{payout_id:str}", opt=ISSUES)
async def show_payout(request: AnyRequest, actor: Actor, payout_id: str) -> Response[Any]:
    """One payout: every movement that it holds, tied to its card payment, adding up to the penny."""
    payout, parts = await queries.payout(actor, payout_id)
    return await page(
        request,
        "invoicing/connect/payout.html",
        payout=payout,
        arrives=formats.full_date(payout.arrives_on),
        rows=[
            {
                "kind": _KINDS.get(each.part.kind, each.part.kind.replace("_", " ").capitalize()),
                "booking": {"href": f"/bookings/{each.booking_id}", "text": each.reference}
                if each.booking_id
                else None,
                "came": each.part.gross.pence if each.part.gross.pence > 0 else None,
                "went": -each.part.gross.pence if each.part.gross.pence < 0 else None,
                "fee": each.part.fee.pence,
            }
            for each in parts
        ],
        totals={
            "came": sum(max(0, each.part.gross.pence) for each in parts),
            "went": sum(max(0, -each.part.gross.pence) for each in parts),
            "fee": sum(each.part.fee.pence for each in parts),
        },
    )


@get("/council/cards", opt=SEES)
async def show_watched(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Card payments of a council's people that need somebody: refunds that failed, and disputes."""
    return await page(
        request,
        "invoicing/connect/council.html",
        watched=await watching.watched(actor),
        paid_back=await by_transfer.paid_back(actor),
    )


router = Router(
    "/",
    route_handlers=[
        *(show_cards, do_open, go_again, come_back, do_send_again, show_transfer, do_transfer),
        *(show_payouts, show_payout),
        show_watched,
    ],
    include_in_schema=False,
)
