"""The form of an activity: read from what was typed, and filled from what is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.offers.drafts import ActivityDraft
from providers.offers.queries import Activity
from providers.rules import AccessFeature, Category, Labelled, Outcome, Rate, SupportRatio, Terms, VatStatus

NOTICE_CHOICES: Final = (0, 24, 48, 72, 168, 336)
SHARE_CHOICES: Final = (0, 25, 50, 75, 100)
EXAMPLE_PRICE: Final = Money(3850)
EXAMPLE_TERMS: Final = Terms(48, 50)
STANDARD_RATE_SUGGESTED: Final = "20"
"""What the field shows at first; what counts is what the provider leaves there."""

ROUTE_HINTS: Final = {
    Route.DIRECT_PAYMENT: "The person, or somebody for them, pays you from their own account: by card, or your invoice",
    Route.ISF: "The organisation that holds the person’s fund pays your invoice",
    Route.COUNCIL_MANAGED: "The council arranges the place and pays your invoice, once it has approved you",
}


@dataclass(frozen=True, slots=True)
class RateDraft:
    """A price as it is typed."""

    starts_on: date
    price: Money
    vat_category: VatCategory
    vat_rate_basis_points: int


def options(kind: type[Labelled]) -> list[tuple[str, str]]:
    """The values and labels of a vocabulary, for the fields."""
    return [(str(item), item.label) for item in kind]


def choices(venues: Sequence[Any], shown: Terms | None = None) -> dict[str, Any]:
    """Everything that the form offers to choose from; a kept value that is not among ours stays on offer."""
    kept = shown or Terms()
    notice = sorted({*NOTICE_CHOICES, kept.notice_hours})
    share = sorted({*SHARE_CHOICES, kept.charge_percent})
    return {
        "category": [("", "Choose one"), *options(Category)],
        "venue_id": [("", "No fixed place"), *((str(venue["id"]), venue["name"]) for venue in venues)],
        "outcomes": options(Outcome),
        "access_features": options(AccessFeature),
        "support_ratio": options(SupportRatio),
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


def blank(venues: Sequence[Any]) -> dict[str, Any]:
    """What a new form starts with."""
    return {
        "support_ratio": str(SupportRatio.GROUP),
        "venue_id": str(venues[0]["id"]) if len(venues) == 1 else "",
        "routes_accepted": [str(route) for route in Route],
        "notice_hours": "48",
        "charge_percent": "50",
        "refill_waives_charge": "yes",
        "vat_rate": STANDARD_RATE_SUGGESTED,
    }


def filled(shown: Activity) -> dict[str, Any]:
    """What is kept, as the form shows it."""
    return {
        "title": shown.title,
        "summary": shown.summary,
        "easy_read": shown.easy_read,
        "category": str(shown.category),
        "venue_id": str(shown.venue.id) if shown.venue else "",
        "capacity": "" if shown.capacity is None else str(shown.capacity),
        "support_ratio": str(shown.support_ratio),
        "outcomes": [str(outcome) for outcome in shown.outcomes],
        "access_features": [str(feature) for feature in shown.access_features],
        "routes_accepted": [str(route) for route in shown.routes_accepted],
        "notice_hours": str(shown.terms.notice_hours),
        "charge_percent": str(shown.terms.charge_percent),
        "refill_waives_charge": "yes" if shown.terms.refill_waives_charge else "no",
        "website": shown.website,
    }


def filled_rate(rate: Rate | None, starts_on: date) -> dict[str, Any]:
    """The price in force, as the form shows it."""
    first = {
        "starts_on-day": starts_on.day,
        "starts_on-month": starts_on.month,
        "starts_on-year": starts_on.year,
    }
    if rate is None:
        return {**first, "vat_rate": STANDARD_RATE_SUGGESTED}
    percent = f"{rate.vat_rate_basis_points / Decimal(100):.2f}".rstrip("0").rstrip(".")
    return {
        **first,
        "price": f"{rate.price.pence // 100}.{rate.price.pence % 100:02d}",
        "vat_status": str(VatStatus.of(rate.vat_category)),
        "vat_rate": percent if rate.vat_rate_basis_points else STANDARD_RATE_SUGGESTED,
    }


def _whole(form: Form, name: str, required: str) -> int:
    return form.whole(name, required=required, most=10_000)


def read_activity(
    form: Form, image_url: str = "", first_price_on: date | None = None
) -> tuple[ActivityDraft, RateDraft | None] | None:
    """The draft in a form, with its first price when a day is given; notes what is wrong, and is None when
    something is.
    """
    # In the order of the page, which is the order of the errors at its top.
    title = form.text("title", required="Enter a title, like Garden group", most=200)
    category = form.choice("category", Category, required="Choose what it is about")
    words = {name: form.text(name) for name in ("summary", "easy_read")}
    venue_id = _uuid(form, "venue_id")
    capacity = (
        _whole(form, "capacity", "Enter how many places there are, like 8") if form.text("capacity") else None
    )
    ratio = form.choice(
        "support_ratio", SupportRatio, required="Choose how many people share one support worker"
    )
    outcomes = frozenset(form.choices("outcomes", Outcome))
    features = frozenset(form.choices("access_features", AccessFeature))
    rate = read_rate(form, first_price_on) if first_price_on else None
    routes = frozenset(form.choices("routes_accepted", Route))
    terms = _terms(form)
    website = form.text("website", most=500)
    if form.errors or category is None or ratio is None:
        return None
    draft = ActivityDraft(
        title=title,
        category=category,
        venue_id=venue_id,
        capacity=capacity,
        support_ratio=ratio,
        outcomes=outcomes,
        access_features=features,
        routes_accepted=routes,
        terms=terms,
        image_url=image_url,
        website=website,
        **words,
    )
    return draft, rate


def _terms(form: Form) -> Terms:
    notice_hours = _whole(form, "notice_hours", "Choose until when cancelling is free")
    charge_percent = _whole(form, "charge_percent", "Choose what somebody pays who cancels later")
    refill = form.one_of(
        "refill_waives_charge", ("yes", "no"), required="Choose what happens if the place is taken"
    )
    return Terms(notice_hours, charge_percent, refill == "yes")


def _uuid(form: Form, name: str) -> UUID | None:
    text = form.text(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        form.fail(name, "Choose from the list")
        return None


def read_rate(form: Form, starts_on: date | None) -> RateDraft | None:
    """The price in a form; notes what is wrong, and is None when something is."""
    price = form.money("price", required="Enter the price in pounds, like 38.50, or 0 when it is free")
    status = form.choice("vat_status", VatStatus, required="Choose how VAT falls on it")
    basis_points = 0
    if status is VatStatus.STANDARD:
        basis_points = _basis_points(form)
    if form.errors or status is None or starts_on is None:
        return None
    return RateDraft(starts_on, price, status.category, basis_points)


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
