"""Which bookings to give up first when a budget does not cover all of them: values in, values out (hard case 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.bookings.rules import giving_up_charge
from marketplace.kernel.money import ZERO, Money
from providers.rules import Terms

IN_WORDS = (
    "First those that cost nothing to give up, then those that cost the least. "
    "Among these, first what frees the most money, and then the later dates, so that what is soon can stay."
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A booking that could be given up now, with its price and the terms frozen at booking."""

    id: UUID
    reference: str
    title: str
    provider: str
    starts_at: datetime
    ends_at: datetime
    service_on: date
    price: Money
    terms: Terms
    transport: Money = ZERO
    barred: bool = False
    """Whether the direct payment may not pay it, because of a close relative (`rules.md` 3)."""

    def charge(self, now: datetime) -> Money:
        """What giving it up costs now (`rules.md` 14)."""
        return giving_up_charge(
            self.terms,
            self.price,
            transport=self.transport,
            barred=self.barred,
            at=now,
            starts_at=self.starts_at,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A booking in the suggested order: what it costs, what it frees, and how much is still missing after it."""

    booking: Candidate
    charge: Money
    frees: Money
    missing_after: Money
    suggested: bool


def suggested_order(
    candidates: Sequence[Candidate], missing: Money, now: datetime, *, all_from: date | None = None
) -> list[Step]:
    """Every booking in the order of `IN_WORDS`; suggested until nothing is missing.

    Those on `all_from` or later have to go whatever is missing, because the fund ends.
    """

    def order(booking: Candidate) -> tuple[bool, int, int, float]:
        charge = booking.charge(now)
        goes_anyway = all_from is not None and booking.service_on >= all_from
        return (
            not goes_anyway, charge.pence, -(booking.price - charge).pence, -booking.starts_at.timestamp()
        )  # fmt: skip

    steps = []
    left = missing.pence
    for booking in sorted(candidates, key=order):
        charge = booking.charge(now)
        frees = booking.price - charge
        goes_anyway = all_from is not None and booking.service_on >= all_from
        suggested = goes_anyway or (left > 0 and frees.pence > 0)
        if suggested:
            left = max(left - frees.pence, 0)
        steps.append(Step(booking, charge, frees, Money(left), suggested))
    return steps
