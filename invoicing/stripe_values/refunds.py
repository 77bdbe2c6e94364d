"""Money on its way back to the card."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from invoicing.stripe_values.checkouts import id_of
from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import Money


class RefundStatus(StrEnum):
    """How far the money is on its way back."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def goes_back(self) -> bool:
        """The money has left the seller's account for the card; a failed refund comes back to the seller."""
        return self not in (RefundStatus.FAILED, RefundStatus.CANCELED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Send back all or part of a payment, to the card that paid and nowhere else.

    `attempt` tells several refunds of one booking apart. `fee` is what this site kept of the payment: a refund gives
    the same share of it back to the seller.
    """

    payment_intent: str
    amount: Money
    booking_id: BookingId
    attempt: int
    connected_account: str | None
    fee: Money


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as Stripe tells it; `failure` is a code of the card's bank, never words about somebody."""

    id: str
    status: RefundStatus
    amount: Money
    payment_intent: str | None
    failure: str = ""


def read_refund(told: Mapping[str, Any]) -> Refund:
    """A refund as Stripe tells of it. Raises ValueError, KeyError when it cannot be understood."""
    return Refund(
        id=told["id"],
        status=RefundStatus(told.get("status") or ""),
        amount=Money(told["amount"]),
        payment_intent=id_of(told.get("payment_intent")),
        failure=told.get("failure_reason") or "",
    )
