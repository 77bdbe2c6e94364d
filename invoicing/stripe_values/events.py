"""Messages from Stripe: what of them may be kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from invoicing.stripe_values.checkouts import booking_id
from marketplace.kernel.ids import BookingId

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


def plain_facts(about: Mapping[str, Any]) -> Mapping[str, str | int | bool]:
    """Of the thing an event is about, what may be kept: no names, no addresses, no cards."""
    facts: dict[str, str | int | bool] = {}
    for source, names in ((about, _KEPT), (about.get("metadata") or {}, _KEPT_METADATA)):
        facts |= {name: source[name] for name in names if isinstance(source.get(name), str | int)}
    return MappingProxyType(facts)
