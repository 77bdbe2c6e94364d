"""What a delivered visit puts on an invoice: values in, values out (`rules.md` 13, 14, 17, 21)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from invoicing.invoice_document import Allowance
from invoicing.vat import net_of
from marketplace.bookings.rules import Outcome
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory


class Part(StrEnum):
    """What a line of an attendance is for."""

    SUPPORT = "support"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Missed:
    """What became of a visit that was not attended, and why only a part of its price is due."""

    said: str
    because: str


DID_NOT_COME: Final = Missed(
    "did not come", "For a visit that was missed, the terms ask for a part of the price"
)
CANCELLED_LATE: Final = Missed(
    "cancelled late", "For a place given up late, the terms ask for a part of the price"
)
PLACE_KEPT: Final = Missed(
    "place kept during a pause", "For a place kept during a pause, the terms ask for a part of the price"
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One attendance that is owed for; `vat_category` and rate are the supplier's on the service date.

    `price` is what the whole visit would cost on its day, `charge` what of it is owed.
    """

    booking_id: UUID
    booking_reference: str
    fund_id: UUID
    person_reference: str
    service_on: date
    title: str
    outcome: str
    price: Money
    charge: Money
    vat_category: VatCategory
    vat_rate_basis_points: int
    part: Part = Part.SUPPORT
    place_kept: bool = False

    @property
    def description(self) -> str:
        """What the line says: the activity, and what became of the visit."""
        if missed := self._missed:
            return f"{self.title} ({missed.said})"
        return f"{self.title}: transport" if self.part is Part.TRANSPORT else self.title

    @property
    def _missed(self) -> "Missed | None":
        match Outcome(self.outcome):
            case Outcome.ABSENT:
                return PLACE_KEPT if self.place_kept else DID_NOT_COME
            case Outcome.LATE_CANCELLED:
                return CANCELLED_LATE
            case _:
                return None

    def allowance(self, net: Money) -> Allowance | None:
        """What the terms take off the price of a line with this net, and why; None where all of the price is due.

        The price without VAT is worked out from the price with VAT, and the allowance is what is left between it and
        the line's net: so price less allowance is the line to the penny, whatever its VAT was rounded to.
        """
        missed = self._missed
        if missed is None or self.price.pence <= self.charge.pence:
            return None
        price_net = max(net, net_of(self.price, self.vat_rate_basis_points))
        return Allowance(missed.because, price_net - net, self.price - self.charge)


def in_order(delivered: Iterable[Delivered]) -> list[Delivered]:
    """As they stand on the invoice: person by person, day by day."""
    return sorted(
        delivered,
        key=lambda each: (each.person_reference, each.service_on, each.booking_reference, each.part),
    )
