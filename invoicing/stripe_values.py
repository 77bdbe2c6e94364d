"""What goes into the card gateway and what comes out of it: frozen values and refusals, nothing of Stripe's.

Everybody may import these; `stripe_gateway.py` alone knows how they travel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import Money

SHORTEST_CHECKOUT = timedelta(minutes=30)
LONGEST_CHECKOUT = timedelta(hours=24)
"""How long Stripe lets a payment page stay open, counted from when the request *arrives*: leave a minute."""

_API = "https://api.stripe.com"
_CHECKOUT_PAGE = "https://checkout.stripe.com"

# All that the house needs to know of what an event is about; names, addresses and cards stay behind.
_KEPT = frozenset(
    {
        *("id", "object", "status", "payment_status", "payment_intent", "charge", "client_reference_id"),
        *(
            "currency",
            "amount",
            "amount_total",
            "amount_received",
            "amount_refunded",
            "refunded",
            "expires_at",
        ),
    }
)
_KEPT_METADATA = ("booking_id", "reference", "attempt")


class CardPaymentOff(DomainError):
    """No key is set: this installation takes no cards."""

    status = 503
    code = "card_payment_off"

    def __init__(self) -> None:
        super().__init__(
            "Card payment is off on this site. "
            "You can pay by bank transfer: book, and the provider sends an invoice."
        )


class CardPaymentUnavailable(DomainError):
    """Stripe did not answer usefully. Whether it did what was asked is unknown; asking again is safe."""

    status = 503
    code = "card_payment_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "You cannot pay by card just now, because the card service did not answer. "
            "You can try again in a few minutes, or pay by bank transfer."
        )


class CardPaymentNotFound(NotFound):
    """Stripe knows no such payment on that account."""

    code = "card_payment_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such card payment.")


class CardAmountRefused(Conflict):
    """The amount is outside what cards can be charged (for pounds, Stripe starts at 30 pence)."""

    code = "card_amount_refused"

    def __init__(self, amount: Money) -> None:
        super().__init__(
            f"You cannot pay {amount} by card, because the amount is too small or too large for a card; "
            "you can pay by bank transfer.",
            amount_pence=amount.pence,
        )


class CardRequestConflict(Conflict):
    """The same booking and attempt were used before with other content: start a new attempt."""

    code = "card_request_conflict"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use this payment again, because the booking has changed since; "
            "you can start a new payment."
        )


class RefundRefused(Conflict):
    """More would go back than was paid, or all of it has gone back already."""

    code = "refund_refused"

    def __init__(self, amount: Money) -> None:
        super().__init__(
            f"You cannot refund {amount}, because less than that is left of the card payment; "
            "you can refund the rest.",
            amount_pence=amount.pence,
        )


class WebhookRefused(DomainError):
    """The message was not signed by Stripe with our secret, or is too old, or is not an event."""

    code = "webhook_refused"

    def __init__(self) -> None:
        super().__init__("This message is not signed as it should be.")


class CheckoutStatus(StrEnum):
    """Whether the payment page can still be used."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class PaymentStatus(StrEnum):
    """Whether money was taken."""

    PAID = "paid"
    UNPAID = "unpaid"
    NO_PAYMENT_REQUIRED = "no_payment_required"


class RefundStatus(StrEnum):
    """How far the money is on its way back."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """One attempt to pay one booking.

    `description` is shown to the payer and kept by Stripe: the activity and date, never a person's name.
    `success_url` may hold `{CHECKOUT_SESSION_ID}`, which Stripe replaces. `expires_at` is between 30 minutes
    and 24 hours away. `attempt` goes up by one when a booking is paid anew after an earlier page was closed.
    """

    booking_id: BookingId
    reference: str
    description: str
    amount: Money
    connected_account: str | None
    success_url: str
    cancel_url: str
    expires_at: datetime
    customer_email: str | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Checkout:
    """A payment page that is open: send the payer to `url`."""

    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """What Stripe knows of a payment page now: the truth, whatever order the webhooks came in."""

    id: str
    status: CheckoutStatus
    payment_status: PaymentStatus
    payment_intent: str | None
    amount_total: Money
    booking_id: BookingId | None

    @property
    def is_paid(self) -> bool:
        """The money was taken: the only reason to confirm a booking."""
        return self.status is CheckoutStatus.COMPLETE and self.payment_status is PaymentStatus.PAID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Send back all or part of a payment. `attempt` tells several refunds of one booking apart."""

    payment_intent: str
    amount: Money
    booking_id: BookingId
    attempt: int
    connected_account: str | None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back to the card."""

    id: str
    status: RefundStatus
    amount: Money


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A message whose signature was checked. `id` is the same each time it is delivered.

    `object` holds plain facts of what it is about and nothing personal; amounts there are whole pence.
    """

    id: str
    type: str
    created: datetime
    account: str | None
    object: Mapping[str, str | int | bool]

    @property
    def booking_id(self) -> BookingId | None:
        """The booking it is about, if it says so."""
        return booking_id(self.object.get("client_reference_id") or self.object.get("booking_id"))

    @property
    def checkout_id(self) -> str | None:
        """The payment page, when that is what it is about."""
        return str(self.object["id"]) if self.object.get("object") == "checkout.session" else None

    @property
    def payment_intent(self) -> str | None:
        """The payment it belongs to, if there is one."""
        name = "id" if self.object.get("object") == "payment_intent" else "payment_intent"
        value = self.object.get(name)
        return None if value is None else str(value)


def booking_id(text: object) -> BookingId | None:
    """Read a booking's id as it comes back from Stripe; None when it is not one of ours."""
    try:
        return BookingId(UUID(str(text)))
    except ValueError:
        return None


def plain_facts(about: Mapping[str, Any]) -> Mapping[str, str | int | bool]:
    """Of the thing an event is about, what may be kept: no names, no addresses, no cards."""
    facts: dict[str, str | int | bool] = {}
    for source, names in ((about, _KEPT), (about.get("metadata") or {}, _KEPT_METADATA)):
        facts |= {name: source[name] for name in names if isinstance(source.get(name), str | int)}
    return MappingProxyType(facts)


class CardSettings(Protocol):
    """The part of the settings that is about cards."""

    @property
    def stripe_api_key(self) -> str | None: ...
    @property
    def stripe_api_base(self) -> str | None: ...
    @property
    def stripe_webhook_secret(self) -> str | None: ...


def is_on(settings: CardSettings) -> bool:
    """Whether people can pay by card here."""
    return bool(settings.stripe_api_key)


def payment_page_origin(settings: CardSettings) -> str:
    """Where payment pages live, for `form-action` in the content security policy.

    Browsers apply `form-action` to the redirect that follows a form, so without this a payer would be stuck.
    """
    if settings.stripe_api_base in (None, "", _API):
        return _CHECKOUT_PAGE
    parts = urlsplit(settings.stripe_api_base)
    return f"{parts.scheme}://{parts.netloc}"
