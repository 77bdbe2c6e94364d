"""A seller's card payments and payouts for programs: the same queries and commands as the pages."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import PathParameter

from invoicing.cards import by_transfer, watching
from invoicing.cards.rules import CardState
from invoicing.cards.watching import Taken
from invoicing.connect import queries
from invoicing.stripe_values import Payout
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

ISSUES = {"permission": Permission.INVOICE_ISSUE}

PaymentId = Annotated[UUID, PathParameter(description="The card payment’s id")]


class CardPaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A card payment to you: `back_pence` went back by refunds or a lost dispute, `owed_pence` is still to go back."""

    id: UUID
    booking_id: UUID
    booking_reference: str
    service_on: date
    state: CardState
    amount_pence: int
    back_pence: int
    fee_pence: int
    owed_pence: int


class TransferIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When you paid a failed refund into the payer’s bank account, and what their bank statement says."""

    paid_on: date
    bank_reference: str


class PayoutOut(msgspec.Struct, frozen=True, kw_only=True):
    """What Stripe pays to your bank, as Stripe says now; `why` it came back, where it `failed`."""

    id: str
    amount_pence: int
    state: str
    arrives_on: date
    why: str


class PartOut(msgspec.Struct, frozen=True, kw_only=True):
    """A movement in a payout: `gross_pence` less `fee_pence` is `net_pence`; what has no booking was sold elsewhere."""

    kind: str
    booking_id: UUID | None
    booking_reference: str | None
    gross_pence: int
    fee_pence: int
    net_pence: int


class PayoutDetailOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payout and everything that it holds; the parts’ `net_pence` come to its amount."""

    payout: PayoutOut
    parts: list[PartOut]


def _payment(told: Taken) -> CardPaymentOut:
    return CardPaymentOut(
        id=told.id,
        booking_id=told.booking_id,
        booking_reference=told.reference,
        service_on=told.service_on,
        state=told.state,
        amount_pence=told.amount_pence,
        back_pence=told.back_pence,
        fee_pence=told.fee_pence,
        owed_pence=told.owed_pence,
    )


def _payout(told: Payout) -> PayoutOut:
    return PayoutOut(
        id=told.id, amount_pence=told.amount.pence, state=told.status, arrives_on=told.arrives_on, why=told.why
    )  # fmt: skip


@get("/provider/card-payments", opt=ISSUES)
async def list_card_payments(actor: Actor) -> list[CardPaymentOut]:
    """The newest card payments to you, at most fifty."""
    return [_payment(each) for each in await watching.taken(actor)]


@get("/provider/card-payments/{card_payment_id:uuid}", opt=ISSUES)
async def get_card_payment(actor: Actor, card_payment_id: PaymentId) -> CardPaymentOut:
    """One card payment to you."""
    return _payment(await watching.card_payment(actor, card_payment_id))


@post("/provider/card-payments/{card_payment_id:uuid}/refund-again", opt=ISSUES, status_code=200)
async def refund_again(actor: Actor, card_payment_id: PaymentId) -> CardPaymentOut:
    """Send a refund again that the card’s bank did not take, to the card that paid."""
    await watching.send_again(actor, card_payment_id)
    return _payment(await watching.card_payment(actor, card_payment_id))


@post("/provider/card-payments/{card_payment_id:uuid}/paid-back", opt=ISSUES, status_code=200)
async def paid_back(actor: Actor, card_payment_id: PaymentId, data: TransferIn) -> CardPaymentOut:
    """Say that you paid all that is owed of a failed refund into the payer’s bank account; once."""
    transfer = by_transfer.Transfer(data.paid_on, data.bank_reference.strip())
    await by_transfer.pay_back_by_transfer(actor, card_payment_id, transfer)
    return _payment(await watching.card_payment(actor, card_payment_id))


@get("/provider/payouts", opt=ISSUES)
async def list_payouts(actor: Actor) -> list[PayoutOut]:
    """The newest payments from Stripe to your bank; none without an account there."""
    return [_payout(each) for each in await queries.payouts(actor)]


@get("/provider/payouts/{payout_id:str}", opt=ISSUES)
async def get_payout(
    actor: Actor, payout_id: Annotated[str, PathParameter(description="Stripe’s id of the payout, `po_…`")]
) -> PayoutDetailOut:
    """One payout with every movement that it holds."""
    payout, parts = await queries.payout(actor, payout_id)
    return PayoutDetailOut(
        payout=_payout(payout),
        parts=[
            PartOut(
                kind=each.part.kind,
                booking_id=each.booking_id,
                booking_reference=each.reference,
                gross_pence=each.part.gross.pence,
                fee_pence=each.part.fee.pence,
                net_pence=each.part.net.pence,
            )
            for each in parts
        ],
    )


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        *(list_card_payments, get_card_payment, refund_again, paid_back),
        *(list_payouts, get_payout),
    ],
    tags=["card payments"],
)
