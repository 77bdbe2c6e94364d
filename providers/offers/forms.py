"""What the forms of an activity offer to choose from, and prices as they are typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.offers.suiting import Suits, SupportNeed
from providers.rules import (
    AccessFeature,
    Category,
    Labelled,
    Outcome,
    PriceBasis,
    PriceUnit,
    Rate,
    Split,
    SupportRatio,
    Terms,
    TransportRate,
    VatStatus,
)

NOTICE_CHOICES: Final = (0, 24, 48, 72, 168, 336)
SHARE_CHOICES: Final = (0, 25, 50, 75, 100)
EXAMPLE_PRICE: Final = Money(3850)
STANDARD_RATE_SUGGESTED: Final = "20"
"""What the field shows at first; what counts is what the provider leaves there."""

ROUTE_HINTS: Final = {
    Route.DIRECT_PAYMENT: "The person, or somebody for them, pays you from their own account: by card, or your invoice",
    Route.ISF: "The organisation that holds the person’s fund pays your invoice",
    Route.COUNCIL_MANAGED: "The council arranges the place and pays your invoice, once it has approved you",
}


def options(kind: type[Labelled]) -> list[tuple[str, str]]:
    """The values and labels of a vocabulary, for the fields."""
    return [(str(item), item.label) for item in kind]


def choices(venues: Sequence[Any], shown: Terms | None = None) -> dict[str, Any]:
    """Everything that the forms offer to choose from; a kept value that is not among ours stays on offer."""
    kept = shown or Terms()
    notice = sorted({*NOTICE_CHOICES, kept.notice_hours})
    share = sorted({*SHARE_CHOICES, kept.charge_percent})
    return {
        "category": [("", "Choose one"), *options(Category)],
        "venue_id": [("", "No fixed place"), *((str(venue["id"]), venue["name"]) for venue in venues)],
        "outcomes": options(Outcome),
        "suits": options(Suits),
        "support_needs": options(SupportNeed),
        "access_features": options(AccessFeature),
        "support_ratio": options(SupportRatio),
        "unit": [("session", "A session"), ("hour", "An hour")],
        "split": options(Split),
        "price_basis": [
            (str(PriceBasis.GROSS), PriceBasis.GROSS.label, "You bear a change of VAT"),
            (
                str(PriceBasis.NET),
                PriceBasis.NET.label,
                "When VAT falls away, people pay less, booked places too. When VAT comes, booked places keep their "
                "price, and you propose a higher one",
            ),
        ],
        "routes_accepted": [(str(route), way_of_paying(route), ROUTE_HINTS[route]) for route in Route],
        "notice_hours": [
            (hours, Terms(hours).window if hours else "No notice is needed") for hours in notice
        ],
        "charge_percent": [(percent, _share(percent)) for percent in share],
        "refill_waives_charge": [
            ("yes", "Yes, then they pay nothing"),
            ("no", "No, they pay it all the same"),
        ],
        "vat_status": options(VatStatus),
    }


def way_of_paying(route: Route) -> str:
    """The route's words where they stand alone: without their article."""
    words = route.label.removeprefix("an ").removeprefix("a ")
    return words[0].upper() + words[1:]


def _share(percent: int) -> str:
    return {0: "Nothing", 50: "Half the price", 100: "The whole price"}.get(
        percent, f"{percent} per cent of the price"
    )


@dataclass(frozen=True, slots=True)
class Vat:
    """How VAT falls on a price, as it is typed."""

    category: VatCategory
    basis_points: int


def filled_rate(rate: Rate | TransportRate | None, starts_on: date) -> dict[str, Any]:
    """The price in force, as the form of the next one shows it."""
    values = {
        "starts_on-day": starts_on.day,
        "starts_on-month": starts_on.month,
        "starts_on-year": starts_on.year,
        "vat_rate": STANDARD_RATE_SUGGESTED,
        "unit": str(PriceUnit.SESSION),
        "split": str(Split.EACH),
        "price_basis": str(PriceBasis.GROSS),
    }
    if rate is None or rate.price is None:
        return values
    values |= {"price": _pounds(rate.price), "vat_status": str(VatStatus.of(rate.vat_category))}
    if rate.vat_rate_basis_points:
        values["vat_rate"] = f"{rate.vat_rate_basis_points / Decimal(100):.2f}".rstrip("0").rstrip(".")
    if isinstance(rate, Rate):
        values |= {"ratio": str(rate.ratio), "unit": str(rate.unit), "split": str(rate.split)}
        values["price_basis"] = str(rate.basis or PriceBasis.GROSS)
        values["minimum"] = _pounds(rate.minimum) if rate.minimum else ""
    return values


def _pounds(amount: Money) -> str:
    return f"{amount.pence // 100}.{amount.pence % 100:02d}"


def whole(form: Form, name: str, required: str) -> int:
    """A number of places, hours or per cent."""
    return form.whole(name, required=required, most=10_000)


def chosen_id(form: Form, name: str) -> UUID | None:
    """The id of something chosen from a list; None when it was left empty."""
    text = form.text(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        form.fail(name, "Choose from the list")
        return None


def read_rate(form: Form) -> Rate | None:
    """The price in a form; notes what is wrong, and is None when something is."""
    ratio = form.choice("ratio", SupportRatio, required="Choose for how many people the price is")
    unit = form.choice("unit", PriceUnit, required="Choose whether the price is for a session or an hour")
    price = form.money("price", required="Enter the price in pounds, like 38.50, or 0 when it is free")
    minimum = None
    if form.text("minimum"):
        minimum = form.money(
            "minimum", required="Enter the least charge in pounds, like 28.00, or leave it empty"
        )
    split = form.choice("split", Split, required="Choose whose price it is")
    vat = read_vat(form)
    starts_on = form.day("starts_on", required="Enter the first day of the price, like 24 11 2026")
    if form.errors or ratio is None or unit is None or split is None or vat is None or starts_on is None:
        return None
    basis = PriceBasis(form.text("price_basis")) if form.text("price_basis") in set(PriceBasis) else None
    return Rate(starts_on, price, vat.category, vat.basis_points, ratio, unit, minimum, split, basis)


def read_vat(form: Form) -> Vat | None:
    """How VAT falls on the price in a form; notes what is wrong, and is None when something is."""
    status = form.choice("vat_status", VatStatus, required="Choose how VAT falls on it")
    if status is None:
        return None
    return Vat(status.category, _basis_points(form) if status is VatStatus.STANDARD else 0)


def _basis_points(form: Form) -> int:
    typed = form.text("vat_rate").removesuffix("%").strip()
    try:
        points = Decimal(typed) * 100 if re.fullmatch(r"\d{1,3}(\.\d{1,2})?", typed) else Decimal(0)
    except InvalidOperation:
        points = Decimal(0)
    if not 1 <= points <= 10_000:
        form.fail("vat_rate", "Enter the rate of VAT in per cent, like 20")
        return 0
    return int(points)


def words_of(offered: Mapping[str, Any], name: str, value: object) -> str:
    """A typed value, or several, as it stands in the list from which it was chosen."""
    labels = {key: label for key, label, *_hint in offered.get(name, ())}
    several = value if isinstance(value, list) else [value]
    return ", ".join(str(labels.get(each, each)) for each in several)
