"""What a provider says of an activity and of its price, and what is checked of it: no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.offers.suiting import Suits, SupportNeed
from providers.rules import AccessFeature, Category, Outcome, PriceUnit, Rate, Split, SupportRatio, Terms

HIGHEST_PRICE: Final = Money(1_000_000)
"""£10,000 a session: above it somebody typed pence for pounds."""

LONGEST_TEXT: Final = 5000


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    """Something to do, as its provider describes it. Its price comes by `set_rate`, its dates by a timetable."""

    title: str
    category: Category
    summary: str = ""
    easy_read: str = ""
    venue_id: UUID | None = None
    outcomes: frozenset[Outcome] = field(default_factory=frozenset)
    access_features: frozenset[AccessFeature] = field(default_factory=frozenset)
    support_ratio: SupportRatio = SupportRatio.GROUP
    routes_accepted: frozenset[Route] = field(default_factory=frozenset)
    capacity: int | None = None
    terms: Terms = field(default_factory=Terms)
    suits: frozenset[Suits] = field(default_factory=frozenset)
    suits_note: str = ""
    support_needs: frozenset[SupportNeed] = field(default_factory=frozenset)
    image_url: str = ""
    website: str = ""


COLUMNS: Final = (
    *(
        "venue_id",
        "title",
        "summary",
        "easy_read",
        "category",
        "outcomes",
        "access_features",
        "support_ratio",
    ),
    *(
        "routes_accepted",
        "capacity",
        "notice_hours",
        "charge_percent",
        "refill_waives_charge",
        "image_url",
        "website",
        "suits",
        "suits_note",
        "support_needs",
    ),
)


def columns_of(draft: ActivityDraft) -> dict[str, object]:
    """The draft as the columns of `activity`, sets in the order of their vocabulary."""
    values = (
        *(draft.venue_id, draft.title.strip(), draft.summary, draft.easy_read, str(draft.category)),
        [str(outcome) for outcome in Outcome if outcome in draft.outcomes],
        [str(feature) for feature in AccessFeature if feature in draft.access_features],
        str(draft.support_ratio),
        [str(route) for route in Route if route in draft.routes_accepted],
        *(
            draft.capacity,
            draft.terms.notice_hours,
            draft.terms.charge_percent,
            draft.terms.refill_waives_charge,
        ),
        *(draft.image_url, draft.website),
        [str(whom) for whom in Suits if whom in draft.suits],
        draft.suits_note,
        [str(need) for need in SupportNeed if need in draft.support_needs],
    )
    return dict(zip(COLUMNS, values, strict=True))


def draft_of(row: Mapping[str, Any]) -> ActivityDraft:
    """The draft in a row of `activity`; words that are not ours (of a published feed) are left out."""
    told = ("title", "summary", "easy_read", "venue_id", "capacity", "image_url", "website", "suits_note")
    return ActivityDraft(
        **{name: row[name] for name in told},
        category=Category(row["category"]) if row["category"] in set(Category) else Category.OTHER,
        outcomes=frozenset(word for word in Outcome if word in row["outcomes"]),
        access_features=frozenset(word for word in AccessFeature if word in row["access_features"]),
        support_ratio=SupportRatio(row["support_ratio"]),
        routes_accepted=frozenset(route for route in Route if route in row["routes_accepted"]),
        terms=Terms(row["notice_hours"], row["charge_percent"], row["refill_waives_charge"]),
        suits=frozenset(word for word in Suits if word in row["suits"]),
        support_needs=frozenset(word for word in SupportNeed if word in row["support_needs"]),
    )


def check(draft: ActivityDraft) -> None:
    """Raises Invalid, field by field."""
    wrong = _wrong_words(draft)
    if draft.capacity is not None and not 1 <= draft.capacity <= 10_000:
        wrong["capacity"] = "Enter a number of places from 1 to 10,000"
    if not 0 <= draft.terms.notice_hours <= 24 * 90:
        wrong["notice_hours"] = "Enter a number of hours from 0 to 2,160 (90 days)"
    if not 0 <= draft.terms.charge_percent <= 100:
        wrong["charge_percent"] = "Enter a share from 0 to 100 per cent"
    if wrong:
        raise Invalid(wrong)


def _wrong_words(draft: ActivityDraft) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not draft.title.strip():
        wrong["title"] = "Enter a title, like Garden group"
    elif len(draft.title) > 200:
        wrong["title"] = "Use 200 characters or fewer for the title"
    for name in ("summary", "easy_read", "suits_note"):
        text = getattr(draft, name)
        if len(text) > LONGEST_TEXT:
            wrong[name] = f"Use {LONGEST_TEXT} characters or fewer"
    for name in ("title", "summary", "easy_read", "suits_note"):
        # PostgreSQL keeps no NUL, which JSON may carry.
        if "\x00" in getattr(draft, name):
            wrong[name] = "Use letters and signs that can be read"
    for name, address in (("website", draft.website), ("image_url", draft.image_url)):
        if address and (not address.startswith(("https://", "http://")) or len(address) > 500):
            wrong[name] = "Enter a web address that starts with https://"
    return wrong


def check_rate(rate: Rate) -> None:
    """Raises Invalid when the price, its minimum or its VAT cannot be (`rules.md` 21)."""
    wrong = _wrong_vat(rate.price, rate.vat_category, rate.vat_rate_basis_points)
    if rate.minimum is not None:
        if rate.unit is PriceUnit.SESSION:
            wrong["minimum"] = "Leave the least charge empty: it goes with a price for each hour"
        elif not 0 < rate.minimum.pence <= HIGHEST_PRICE.pence:
            wrong["minimum"] = f"Enter a least charge from £0.01 to {HIGHEST_PRICE}, or leave it empty"
    if rate.split is Split.SHARED and (rate.ratio.people or 1) < 2:
        wrong["split"] = "A price can be shared where two or three people have one worker"
    if wrong:
        raise Invalid(wrong)


def check_vat(price: Money, vat_category: VatCategory, vat_rate_basis_points: int) -> None:
    """Raises Invalid when a price or its VAT cannot be (`rules.md` 21)."""
    if wrong := _wrong_vat(price, vat_category, vat_rate_basis_points):
        raise Invalid(wrong)


def _wrong_vat(price: Money, vat_category: VatCategory, vat_rate_basis_points: int) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 0 <= price.pence <= HIGHEST_PRICE.pence:
        wrong["price"] = f"Enter a price from £0.00 to {HIGHEST_PRICE}"
    if vat_category.charges and not 1 <= vat_rate_basis_points <= 10_000:
        wrong["vat_rate"] = "Enter the rate of VAT in per cent, like 20"
    if not vat_category.charges and vat_rate_basis_points:
        wrong["vat_rate"] = "Leave the rate empty: this VAT status has none"
    return wrong


def missing_to_publish(
    row: dict[str, object], first_rate_on: date | None, price_pence: int | None
) -> dict[str, str]:
    """What a listing lacks before people may see it, by field."""
    lacks: dict[str, str] = {}
    if not row["summary"]:
        lacks["summary"] = "Say in two or three sentences what people do there"
    if row["capacity"] is None:
        lacks["capacity"] = "Enter how many places there are"
    if first_rate_on is None:
        lacks["price"] = "Set a price; £0.00 when it is free"
    # Without a price yet it is asked for as well, so that nothing new is missing once there is one.
    if price_pence != 0 and not row["routes_accepted"]:
        lacks["routes_accepted"] = "Choose one way of paying or more"
    return lacks
