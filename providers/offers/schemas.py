"""What the API takes and gives about changes of an activity and its dated prices."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.offers.suiting import Suits, SupportNeed
from providers.rules import AccessFeature, Category, Outcome, Rate, SupportRatio, Terms, TransportRate


class ActivityChange(Struct, forbid_unknown_fields=True):
    """What of an activity changes; what is left out stays. The three terms of cancelling go together."""

    title: str | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    summary: str | UnsetType = UNSET
    easy_read: str | UnsetType = UNSET
    venue_id: UUID | UnsetType | None = UNSET
    outcomes: frozenset[Outcome] | UnsetType = UNSET
    suits: frozenset[Suits] | UnsetType = UNSET
    suits_note: str | UnsetType = UNSET
    support_needs: frozenset[SupportNeed] | UnsetType = UNSET
    access_features: frozenset[AccessFeature] | UnsetType = UNSET
    support_ratio: SupportRatio | UnsetType = UNSET
    routes_accepted: frozenset[Route] | UnsetType = UNSET
    capacity: int | UnsetType | None = UNSET
    terms: Terms | UnsetType = UNSET
    website: str | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """What the command takes."""
        said = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in said.items() if value is not UNSET}


class RateOut(Struct):
    """A dated price of a ratio, VAT included; `minimum_pence` goes with a price for an hour."""

    ratio: str
    starts_on: date
    price_pence: int
    unit: str
    minimum_pence: int | None
    split: str
    vat_category: VatCategory
    vat_rate_basis_points: int
    price_basis: str

    @classmethod
    def of(cls, rate: Rate) -> "RateOut":
        """A rate as it was read."""
        return cls(
            str(rate.ratio),
            rate.starts_on,
            rate.price.pence,
            str(rate.unit),
            rate.minimum.pence if rate.minimum else None,
            str(rate.split),
            rate.vat_category,
            rate.vat_rate_basis_points,
            str(rate.basis),
        )


class TransportIn(Struct, forbid_unknown_fields=True):
    """What transport to a session costs from a day on, VAT included; no price: it is not offered any more."""

    starts_on: date
    price_pence: Annotated[int, Meta(ge=0)] | None
    vat_category: VatCategory = VatCategory.OUTSIDE_SCOPE
    vat_rate_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0


class TransportOut(Struct):
    """A dated price of transport."""

    starts_on: date
    price_pence: int | None
    vat_category: VatCategory
    vat_rate_basis_points: int

    @classmethod
    def of(cls, rate: TransportRate) -> "TransportOut":
        """A rate as it was read."""
        pence = None if rate.price is None else rate.price.pence
        return cls(rate.starts_on, pence, rate.vat_category, rate.vat_rate_basis_points)


class PricesOut(Struct):
    """Every dated price of an activity, by ratio, the latest first; and of transport."""

    activity_id: UUID
    rates: list[RateOut]
    transport: list[TransportOut]
