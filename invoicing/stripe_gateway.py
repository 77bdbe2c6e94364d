"""Card payments: the one place that speaks to Stripe, and the only module that imports its SDK.

A booking is paid on Stripe's own page (Checkout), as a *direct charge* on the provider's connected account:
the money is the provider's from the first second, and none of it is ever a balance of ours (`rules.md` 4). Card
numbers never come near this program. What goes in and out are the small frozen values of `stripe_values.py`,
never Stripe's objects, so that the rest of the house does not know whose page it was.

Every request that changes something carries an idempotency key made of the booking and the attempt. After
`CardPaymentUnavailable` nobody knows whether it happened: send *the same* request again (same attempt, same
`expires_at`), and Stripe gives the first answer again instead of doing it twice.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import stripe

from invoicing.stripe_values import (
    CardAmountRefused,
    CardPaymentNotFound,
    CardPaymentOff,
    CardPaymentUnavailable,
    CardRequestConflict,
    CardSettings,
    Checkout,
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    PaymentStatus,
    Refund,
    RefundRefused,
    RefundRequest,
    RefundStatus,
    WebhookEvent,
    WebhookRefused,
    booking_id,
    is_on,
    payment_page_origin,
    plain_facts,
)
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money

if TYPE_CHECKING:
    from stripe import RequestOptions
    from stripe.checkout import Session

__all__ = [
    "CardAmountRefused",
    "CardPaymentNotFound",
    "CardPaymentOff",
    "CardPaymentUnavailable",
    "CardRequestConflict",
    "Checkout",
    "CheckoutRequest",
    "CheckoutState",
    "CheckoutStatus",
    "PaymentStatus",
    "Refund",
    "RefundRefused",
    "RefundRequest",
    "RefundStatus",
    "StripeGateway",
    "WebhookEvent",
    "WebhookRefused",
    "is_on",
    "payment_page_origin",
]

log = logging.getLogger(__name__)

# At INFO and DEBUG the SDK writes whole requests and answers, with the payer's e-mail address.
logging.getLogger("stripe").setLevel(logging.WARNING)
# Otherwise it also keeps an id for this machine in the home directory and sends it along.
stripe.enable_telemetry = False

WEBHOOK_TOLERANCE_SECONDS = 300
_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class StripeGateway:
    """Asks Stripe for payment pages and refunds. Make one for each event loop, and `close()` it at the end.

    `webhook_secret` may hold several, separated by commas: one for each endpoint, or old and new in a change.
    """

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_base: str | None = None
    _http: stripe.HTTPXClient = field(init=False, repr=False, compare=False)
    _client: stripe.StripeClient = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        http = stripe.HTTPXClient(timeout=_TIMEOUT_SECONDS)
        base = self.api_base.rstrip("/") if self.api_base else stripe.DEFAULT_API_BASE
        client = stripe.StripeClient(
            self.api_key, base_addresses={"api": base}, http_client=http, max_network_retries=2
        )
        object.__setattr__(self, "_http", http)
        object.__setattr__(self, "_client", client)

    @classmethod
    def from_settings(cls, settings: CardSettings) -> Self:
        """Raises CardPaymentOff when no key is set."""
        if not settings.stripe_api_key:
            raise CardPaymentOff
        return cls(settings.stripe_api_key, settings.stripe_webhook_secret or "", settings.stripe_api_base)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a payment page. The same request again gives the same page, even if it has been closed since.

        Raises CardAmountRefused, CardRequestConflict (same attempt, other content), CardPaymentUnavailable.
        """
        metadata = {"booking_id": str(request.booking_id), "reference": request.reference}
        params: stripe.params.checkout.SessionCreateParams = {
            "mode": "payment",
            # Only cards: other ways can take days to say yes, and the place is not held that long.
            "allowed_payment_method_types": ["card"],
            "client_reference_id": str(request.booking_id),
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "gbp",
                        "unit_amount": request.amount.pence,
                        "product_data": {"name": request.description},
                    },
                }
            ],
            "metadata": metadata,
            "payment_intent_data": {
                "description": f"{request.reference}: {request.description}",
                "metadata": metadata,
            },
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": int(request.expires_at.timestamp()),
            "locale": "en-GB",
        }
        if request.customer_email is not None:
            params["customer_email"] = request.customer_email
        options = _options(request.connected_account, f"checkout-{request.booking_id}-{request.attempt}")
        with _plain_errors("open a payment page", request.amount):
            session = await self._client.v1.checkout.sessions.create_async(params, options)
        # Never so for a page of Stripe's own; but without it there is nowhere to send the payer.
        if session.url is None:
            raise CardPaymentUnavailable
        return Checkout(session.id, session.url, _moment(session.expires_at))

    async def retrieve_checkout(self, checkout_id: str, connected_account: str | None) -> CheckoutState:
        """What became of a payment page. Raises CardPaymentNotFound, CardPaymentUnavailable."""
        with _plain_errors("look at a payment page"):
            session = await self._client.v1.checkout.sessions.retrieve_async(
                checkout_id, options=_options(connected_account)
            )
        return _state(session)

    async def expire_checkout(self, checkout_id: str, connected_account: str | None) -> CheckoutState:
        """Close a payment page so that it can no longer be paid, and say what became of it.

        When the payer was quicker the answer is COMPLETE: then the booking is paid and stands.
        Raises CardPaymentNotFound, CardPaymentUnavailable.
        """
        try:
            with _plain_errors("close a payment page"):
                session = await self._client.v1.checkout.sessions.expire_async(
                    checkout_id, options=_options(connected_account)
                )
        except CardPaymentUnavailable:
            state = await self.retrieve_checkout(checkout_id, connected_account)
            if state.status is CheckoutStatus.OPEN:
                raise
            return state
        return _state(session)

    async def refund(self, request: RefundRequest) -> Refund:
        """Send money back to the card. The same request again gives the same refund.

        Raises RefundRefused, CardRequestConflict, CardPaymentNotFound, CardPaymentUnavailable.
        """
        params: stripe.params.RefundCreateParams = {
            "payment_intent": request.payment_intent,
            "amount": request.amount.pence,
            "metadata": {"booking_id": str(request.booking_id), "attempt": str(request.attempt)},
        }
        options = _options(request.connected_account, f"refund-{request.booking_id}-{request.attempt}")
        with _plain_errors("refund", request.amount):
            return _refund(await self._client.v1.refunds.create_async(params, options))

    async def retrieve_refund(self, refund_id: str, connected_account: str | None) -> Refund:
        """How far a refund is. Raises CardPaymentNotFound, CardPaymentUnavailable."""
        with _plain_errors("look at a refund"):
            return _refund(
                await self._client.v1.refunds.retrieve_async(refund_id, options=_options(connected_account))
            )

    async def verify_webhook(self, payload: bytes, signature: str | None) -> WebhookEvent:
        """Check the raw body against its `Stripe-Signature` header, no older than five minutes.

        Raises WebhookRefused. Expect the same event again, late, and in any order: keep `id` unique, and ask
        `retrieve_checkout` what is true instead of believing the last message.
        """
        for secret in self.webhook_secret.split(","):
            try:
                event = self._client.construct_event(
                    payload, signature, secret.strip(), WEBHOOK_TOLERANCE_SECONDS
                )
                about = event.data.object.to_dict()
                account = getattr(event, "account", None)  # Absent, not empty, when it is our own.
                return WebhookEvent(event.id, event.type, _moment(event.created), account, plain_facts(about))
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, TypeError, KeyError, AttributeError):  # Not text, not JSON, or not an event.
                break
        raise WebhookRefused


def _options(connected_account: str | None, idempotency_key: str | None = None) -> "RequestOptions":
    options: RequestOptions = {}
    if connected_account is not None:
        options["stripe_account"] = connected_account
    if idempotency_key is not None:
        options["idempotency_key"] = idempotency_key
    return options


@contextmanager
def _plain_errors(doing: str, amount: Money | None = None) -> Iterator[None]:
    try:
        yield
    except (stripe.StripeError, ValueError) as error:
        # Codes only, and `from None`: Stripe's words may repeat what the payer typed.
        log.warning(
            "Stripe refused or failed: %s; %s code=%s param=%s status=%s request=%s",
            doing,
            type(error).__name__,
            getattr(error, "code", None),
            getattr(error, "param", None),
            getattr(error, "http_status", None),
            getattr(error, "request_id", None),
        )
        raise _translated(error, amount) from None


def _translated(error: Exception, amount: Money | None) -> DomainError:
    match error:
        case stripe.IdempotencyError():
            return CardRequestConflict()
        case stripe.InvalidRequestError(code="resource_missing"):
            return CardPaymentNotFound()
        case stripe.InvalidRequestError(code="amount_too_small" | "amount_too_large") if amount is not None:
            return CardAmountRefused(amount)
        case stripe.InvalidRequestError(code="charge_already_refunded") if amount is not None:
            return RefundRefused(amount)
        case stripe.InvalidRequestError(param="amount") if amount is not None:  # No code comes with this one.
            return RefundRefused(amount)
        case _:
            return CardPaymentUnavailable()


def _state(session: "Session") -> CheckoutState:
    with _plain_errors("understand a payment page"):
        intent = session.payment_intent
        return CheckoutState(
            id=session.id,
            status=CheckoutStatus(session.status or ""),
            payment_status=PaymentStatus(session.payment_status),
            payment_intent=intent if intent is None or isinstance(intent, str) else intent.id,
            amount_total=Money(session.amount_total or 0),
            booking_id=booking_id(session.client_reference_id),
        )


def _refund(refund: stripe.Refund) -> Refund:
    return Refund(refund.id, RefundStatus(refund.status or ""), Money(refund.amount))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
