"""Payment pages: what is asked for, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import ZERO, Money

SHORTEST_CHECKOUT = timedelta(minutes=30)
LONGEST_CHECKOUT = timedelta(hours=24)
"""How long Stripe lets a payment page stay open, counted from when the request *arrives*: leave a minute."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """One attempt to pay one booking.

    `description` is shown to the payer and kept by Stripe: the activity and date, never a person's name.
    `success_url` may hold `{CHECKOUT_SESSION_ID}`, which Stripe replaces. `expires_at` is between 30 minutes
    and 24 hours away. `attempt` goes up by one when a booking is paid anew after an earlier page was closed.
    `fee` is what this site keeps of it.
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
    fee: Money = ZERO


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


def booking_id(text: object) -> BookingId | None:
    """Read a booking's id as it comes back from Stripe; None when it is not one of ours."""
    try:
        return BookingId(UUID(str(text)))
    except ValueError:
        return None


def read_checkout(told: Mapping[str, Any]) -> CheckoutState:
    """A payment page as Stripe tells of it. Raises ValueError, KeyError when it cannot be understood."""
    return CheckoutState(
        id=told["id"],
        status=CheckoutStatus(told.get("status") or ""),
        payment_status=PaymentStatus(told["payment_status"]),
        payment_intent=id_of(told.get("payment_intent")),
        amount_total=Money(told.get("amount_total") or 0),
        booking_id=booking_id(told.get("client_reference_id")),
    )


def id_of(thing: Any) -> str | None:
    """The id of what Stripe names by its id, or sends whole where it was asked to."""
    return None if thing is None else str(thing["id"] if isinstance(thing, Mapping) else thing)
