"""What Stripe pays from a seller's account to its bank, and what each such payment holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way from Stripe to the seller's bank. `status` is Stripe's: `paid`, `in_transit`, `failed`…"""

    id: str
    amount: Money
    status: str
    arrives_on: date

    @property
    def words(self) -> str:
        """Where it is."""
        return {
            "paid": "At your bank",
            "pending": "Waiting",
            "in_transit": "On its way",
            "canceled": "Stopped",
            "failed": "Came back",
        }.get(self.status, self.status)


@dataclass(frozen=True, slots=True)
class PayoutPart:
    """One movement in a payout: `net` is `gross` less `fee`; the fee is Stripe's and this site's together.

    `payment_intent` is the card payment to which it belongs, where it belongs to one.
    """

    id: str
    kind: str
    gross: Money
    fee: Money
    net: Money
    payment_intent: str | None


def read_payout(told: Mapping[str, Any]) -> Payout:
    """A payout as Stripe tells of it. Raises KeyError when it cannot be understood."""
    arrives = datetime.fromtimestamp(told["arrival_date"], UTC).date()
    return Payout(told["id"], Money(told["amount"]), told["status"], arrives)


def read_part(told: Mapping[str, Any]) -> PayoutPart:
    """A balance transaction, its source sent along. Raises KeyError when it cannot be understood."""
    source = told.get("source")
    intent = source.get("payment_intent") if isinstance(source, Mapping) else None
    return PayoutPart(
        id=told["id"],
        kind=told["type"],
        gross=Money(told["amount"]),
        fee=Money(told["fee"]),
        net=Money(told["net"]),
        payment_intent=intent,
    )
