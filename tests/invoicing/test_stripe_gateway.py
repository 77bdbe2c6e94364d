"""The gateway, through the real SDK and over HTTP, against the test card server."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from invoicing.stripe_gateway import StripeGateway
from invoicing.stripe_values import (
    CardAmountRefused,
    CardPaymentNotFound,
    CardPaymentOff,
    CardPaymentUnavailable,
    CardRequestConflict,
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    PaymentStatus,
    RefundRefused,
    RefundRequest,
    RefundStatus,
    WebhookRefused,
    card_page_origins,
    is_on,
)
from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import ZERO, Money
from tests.stripe_server.process import StripeServer, stripe_server
from tests.stripe_server.receiver import WebhookReceiver, webhook_receiver

PAYS, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"
PROVIDER = "acct_1Pettypool"
PAYER = "emma.payer@example.org"


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def server(receiver: WebhookReceiver) -> Iterator[StripeServer]:
    with stripe_server(receiver.url) as running:
        yield running


@pytest.fixture(autouse=True)
def _from_the_start(server: StripeServer, receiver: WebhookReceiver) -> None:
    server.control("reset")
    receiver.letters.clear()


@pytest.fixture
async def gateway(server: StripeServer) -> AsyncIterator[StripeGateway]:
    gateway = StripeGateway(server.api_key, server.webhook_secret, server.url)
    yield gateway
    await gateway.close()


def a_request(**changes: Any) -> CheckoutRequest:
    request = CheckoutRequest(
        booking_id=BookingId(uuid4()),
        reference="BK-7F3K2M",
        description="Garden group, Tuesday 24 November, 10:00 to 15:00",
        amount=Money(3850),
        connected_account=PROVIDER,
        success_url="http://fairday.test/paid?page={CHECKOUT_SESSION_ID}",
        cancel_url="http://fairday.test/back",
        expires_at=datetime.now(UTC) + timedelta(minutes=35),
        customer_email=PAYER,
    )
    return replace(request, **changes)


async def paid(gateway: StripeGateway, server: StripeServer, request: CheckoutRequest) -> CheckoutState:
    checkout = await gateway.create_checkout(request)
    server.submit_card(checkout.url, PAYS)
    return await gateway.retrieve_checkout(checkout.id, request.connected_account)


def a_refund(state: CheckoutState, pence: int, attempt: int = 1) -> RefundRequest:
    assert state.payment_intent is not None
    assert state.booking_id is not None
    return RefundRequest(
        payment_intent=state.payment_intent,
        amount=Money(pence),
        booking_id=state.booking_id,
        attempt=attempt,
        connected_account=PROVIDER,
        fee=ZERO,
    )


@pytest.mark.row("Y1")
async def test_a_paid_page_is_complete_and_names_the_booking(
    gateway: StripeGateway, server: StripeServer
) -> None:
    request = a_request()
    checkout = await gateway.create_checkout(request)
    before = await gateway.retrieve_checkout(checkout.id, PROVIDER)
    assert (before.status, before.is_paid, before.payment_intent) == (CheckoutStatus.OPEN, False, None)
    assert checkout.expires_at == request.expires_at.replace(microsecond=0)

    answer = server.submit_card(checkout.url, PAYS)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://fairday.test/paid?page={checkout.id}"
    after = await gateway.retrieve_checkout(checkout.id, PROVIDER)
    assert after.is_paid
    assert after.payment_intent is not None
    assert (after.amount_total, after.booking_id) == (Money(3850), request.booking_id)


@pytest.mark.row("Y1")
async def test_after_a_declined_card_another_card_may_pay(
    gateway: StripeGateway, server: StripeServer
) -> None:
    checkout = await gateway.create_checkout(a_request())
    answer = server.submit_card(checkout.url, DECLINED)
    assert answer.status_code == 402
    assert "The card was declined. No money was taken." in answer.text
    declined = await gateway.retrieve_checkout(checkout.id, PROVIDER)
    assert (declined.status, declined.payment_status) == (CheckoutStatus.OPEN, PaymentStatus.UNPAID)

    server.submit_card(checkout.url, PAYS)
    state = await gateway.retrieve_checkout(checkout.id, PROVIDER)
    assert state.is_paid
    assert state.payment_intent == declined.payment_intent


async def test_a_closed_page_cannot_be_paid(gateway: StripeGateway, server: StripeServer) -> None:
    checkout = await gateway.create_checkout(a_request())
    assert (await gateway.expire_checkout(checkout.id, PROVIDER)).status is CheckoutStatus.EXPIRED
    answer = server.submit_card(checkout.url, PAYS)
    assert answer.status_code == 410
    assert "Nothing was taken" in answer.text
    assert not (await gateway.retrieve_checkout(checkout.id, PROVIDER)).is_paid
    assert (await gateway.expire_checkout(checkout.id, PROVIDER)).status is CheckoutStatus.EXPIRED


async def test_closing_a_page_that_was_just_paid_says_that_it_is_paid(
    gateway: StripeGateway, server: StripeServer
) -> None:
    state = await paid(gateway, server, a_request())
    assert (await gateway.expire_checkout(state.id, PROVIDER)).is_paid


async def test_an_abandoned_page_closes_by_itself_and_says_so(
    gateway: StripeGateway, server: StripeServer, receiver: WebhookReceiver
) -> None:
    request = a_request()
    checkout = await gateway.create_checkout(request)
    server.control("clock", ahead_seconds=36 * 60)
    assert (await gateway.retrieve_checkout(checkout.id, PROVIDER)).status is CheckoutStatus.EXPIRED
    event = await gateway.verify_webhook(*receiver.wait_for("checkout.session.expired"))
    assert (event.checkout_id, event.booking_id) == (checkout.id, request.booking_id)


async def test_the_same_request_again_gives_the_same_page(gateway: StripeGateway) -> None:
    request = a_request()
    first = await gateway.create_checkout(request)
    assert await gateway.create_checkout(request) == first
    assert (await gateway.create_checkout(replace(request, attempt=2))).id != first.id
    with pytest.raises(CardRequestConflict):
        await gateway.create_checkout(replace(request, amount=Money(3900)))


async def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(
    gateway: StripeGateway, server: StripeServer
) -> None:
    state = await paid(gateway, server, a_request())
    server.control("faults", faults=["after"])  # It is done, but nobody hears of it; the SDK asks again.
    refund = await gateway.refund(a_refund(state, 1000))
    assert (refund.status, refund.amount) == (RefundStatus.SUCCEEDED, Money(1000))
    rest = await gateway.refund(a_refund(state, 2850, attempt=2))
    assert rest.amount == Money(2850)


@pytest.mark.row("Y1")
async def test_a_payment_goes_back_in_parts_and_never_more_than_was_paid(
    gateway: StripeGateway, server: StripeServer
) -> None:
    state = await paid(gateway, server, a_request())
    part = await gateway.refund(a_refund(state, 850))
    assert await gateway.refund(a_refund(state, 850)) == part
    assert await gateway.retrieve_refund(part.id, PROVIDER) == part
    with pytest.raises(RefundRefused, match=r"£30\.01"):
        await gateway.refund(a_refund(state, 3001, attempt=2))
    assert (await gateway.refund(a_refund(state, 3000, attempt=3))).amount == Money(3000)
    with pytest.raises(RefundRefused):
        await gateway.refund(a_refund(state, 1, attempt=4))


async def test_one_providers_payments_are_not_there_for_another(
    gateway: StripeGateway, server: StripeServer
) -> None:
    state = await paid(gateway, server, a_request())
    for other in ("acct_1Vivo", None):
        with pytest.raises(CardPaymentNotFound):
            await gateway.retrieve_checkout(state.id, other)
        with pytest.raises(CardPaymentNotFound):
            await gateway.refund(replace(a_refund(state, 100), connected_account=other))
    with pytest.raises(CardPaymentUnavailable):
        await gateway.create_checkout(a_request(connected_account="acct_revokedByProvider"))


async def test_a_webhook_is_believed_only_with_its_signature(
    gateway: StripeGateway, server: StripeServer, receiver: WebhookReceiver
) -> None:
    request = a_request()
    state = await paid(gateway, server, request)
    body, signature = receiver.wait_for("checkout.session.completed")
    event = await gateway.verify_webhook(body, signature)
    assert (event.type, event.account) == ("checkout.session.completed", PROVIDER)
    assert (event.checkout_id, event.payment_intent) == (state.id, state.payment_intent)
    assert event.booking_id == request.booking_id
    assert (event.object["payment_status"], event.object["amount_total"]) == ("paid", 3850)
    other = await gateway.verify_webhook(*receiver.wait_for("payment_intent.succeeded"))
    assert (other.checkout_id, other.payment_intent) == (None, state.payment_intent)

    forged = body.replace(b'"amount_total": 3850', b'"amount_total": 1')
    for bad_body, bad_signature in (
        (forged, signature),
        (body, None),
        (body, ""),
        (body, signature[:-1] + "é"),
        (body, "t=now,v1=nothing"),
        (b"\xff\xfe", signature),
    ):
        with pytest.raises(WebhookRefused):
            await gateway.verify_webhook(bad_body, bad_signature)


async def test_an_old_or_falsely_signed_webhook_is_refused(
    gateway: StripeGateway, server: StripeServer, receiver: WebhookReceiver
) -> None:
    await paid(gateway, server, a_request())
    event = await gateway.verify_webhook(*receiver.wait_for("checkout.session.completed"))
    for how in ({"age_seconds": 310}, {"secret": "whsec_somebody_else"}):
        server.control(f"events/{event.id}/resend", **how)
        with pytest.raises(WebhookRefused):
            await gateway.verify_webhook(*receiver.letters[-1])
    server.control(f"events/{event.id}/resend", age_seconds=290)
    assert await gateway.verify_webhook(*receiver.letters[-1]) == event
    while_changing = replace(gateway, webhook_secret=f"whsec_new, {server.webhook_secret}")
    assert await while_changing.verify_webhook(*receiver.letters[-1]) == event
    await while_changing.close()


async def test_what_is_kept_of_a_webhook_holds_nothing_personal(
    gateway: StripeGateway, server: StripeServer, receiver: WebhookReceiver
) -> None:
    state = await paid(gateway, server, a_request())
    await gateway.refund(a_refund(state, 3850))
    for event_type in ("checkout.session.completed", "payment_intent.succeeded", "charge.refunded"):
        body, signature = receiver.wait_for(event_type)
        event = await gateway.verify_webhook(body, signature)
        kept = json.dumps(dict(event.object))
        assert event.booking_id == state.booking_id
        assert PAYER not in kept
        assert "4242" not in kept


async def test_nothing_personal_is_logged_even_when_everything_is(
    gateway: StripeGateway, server: StripeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await paid(gateway, server, a_request())
    with pytest.raises(CardPaymentUnavailable) as refused:
        await gateway.create_checkout(a_request(customer_email="not-an-address"))
    assert refused.value.__suppress_context__
    assert "code=email_invalid" in caplog.text
    assert PAYER not in caplog.text
    assert "not-an-address" not in caplog.text
    assert server.api_key not in caplog.text + repr(gateway)


async def test_amounts_that_no_card_takes_are_refused_in_words(gateway: StripeGateway) -> None:
    with pytest.raises(CardAmountRefused, match=r"£0\.29 by card, because the amount is too small"):
        await gateway.create_checkout(a_request(amount=Money(29)))


async def test_when_nobody_answers_the_words_say_what_else_can_be_done(server: StripeServer) -> None:
    nobody = StripeGateway("sk_test_x", "", "http://127.0.0.1:9")
    with pytest.raises(CardPaymentUnavailable, match=r"try again in a few minutes, or pay by bank transfer"):
        await nobody.retrieve_checkout("cs_test_1", None)
    await nobody.close()
    live = StripeGateway("sk_live_x", "", server.url)
    with pytest.raises(CardPaymentUnavailable):
        await live.retrieve_checkout("cs_test_1", None)
    await live.close()


@dataclass(frozen=True)
class Cards:
    stripe_api_key: str | None
    stripe_api_base: str | None = None
    stripe_webhook_secret: str | None = None


def test_without_a_key_card_payment_is_off() -> None:
    assert not is_on(Cards(None))
    assert is_on(Cards("sk_test_x"))
    with pytest.raises(CardPaymentOff, match="bank transfer"):
        StripeGateway.from_settings(Cards(None))


def test_the_payment_page_may_be_reached_from_our_forms() -> None:
    assert card_page_origins(Cards("sk_test_x")) == ("https://checkout.stripe.com https://connect.stripe.com")
    assert card_page_origins(Cards("sk_test_x", "http://127.0.0.1:12111/")) == "http://127.0.0.1:12111"
