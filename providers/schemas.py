"""What the API takes and gives: plain values, with their units in the names."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from marketplace.kernel import db
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.offers.drafts import ActivityDraft
from providers.offers.queries import Activity
from providers.offers.suiting import Suits, SupportNeed
from providers.organisations.queries import Provider
from providers.rules import (
    AccessFeature,
    Category,
    Outcome,
    PriceBasis,
    PriceUnit,
    Split,
    SupportRatio,
    Terms,
)
from providers.timetables.recurrence import Weekday, parse
from providers.timetables.rules import BankHolidays, InTerms, TimetableDraft

DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WallTime = Annotated[
    str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="London wall time, like 10:00")
]


class RateIn(Struct, forbid_unknown_fields=True):
    """What a session or an hour costs from a day on, VAT included: at the activity's own ratio where none is said.

    `minimum_pence` goes with a price for each hour. With `split` shared, the people of a 1:2 or 1:3 divide the price.
    `price_basis` says which price stays when VAT changes; left out: as before.
    """

    starts_on: date
    price_pence: Annotated[int, Meta(ge=0)]
    vat_category: VatCategory
    vat_rate_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0
    ratio: SupportRatio | None = None
    unit: PriceUnit = PriceUnit.SESSION
    minimum_pence: Annotated[int, Meta(ge=1)] | None = None
    split: Split = Split.EACH
    price_basis: PriceBasis | None = None


class ActivityIn(Struct, forbid_unknown_fields=True):
    """A new activity. With `state` published, `rate`, `summary` and `capacity` are needed too."""

    title: str
    category: Category
    summary: str = ""
    easy_read: str = ""
    venue_id: UUID | None = None
    outcomes: set[Outcome] = field(default_factory=set)
    access_features: set[AccessFeature] = field(default_factory=set)
    support_ratio: SupportRatio = SupportRatio.GROUP
    suits: set[Suits] = field(default_factory=set)
    suits_note: str = ""
    support_needs: set[SupportNeed] = field(default_factory=set)
    routes_accepted: set[Route] = field(default_factory=set)
    capacity: int | None = None
    notice_hours: int = 0
    charge_percent: int = 0
    refill_waives_charge: bool = True
    image_url: str = ""
    website: str = ""
    rate: RateIn | None = None
    state: Literal["draft", "published"] = "draft"

    def draft(self) -> ActivityDraft:
        """What the command takes."""
        return ActivityDraft(
            title=self.title,
            category=self.category,
            summary=self.summary,
            easy_read=self.easy_read,
            venue_id=self.venue_id,
            outcomes=frozenset(self.outcomes),
            access_features=frozenset(self.access_features),
            support_ratio=self.support_ratio,
            routes_accepted=frozenset(self.routes_accepted),
            capacity=self.capacity,
            terms=Terms(self.notice_hours, self.charge_percent, self.refill_waives_charge),
            suits=frozenset(self.suits),
            suits_note=self.suits_note,
            support_needs=frozenset(self.support_needs),
            image_url=self.image_url,
            website=self.website,
        )


class TimetableIn(Struct, forbid_unknown_fields=True):
    """A timetable: weekly on `weekdays`, or by `rule` (RFC 5545: days, weeks or months).

    `ends_on` is the last day on which it can happen; without one it goes on. `terms_council_id` says whose terms it
    follows; without one it follows the provider's own.
    """

    start_time: WallTime
    minutes: int
    starts_on: date
    weekdays: set[DayName] = field(default_factory=set)
    ends_on: date | None = None
    interval_weeks: int = 1
    rule: Annotated[str, Meta(max_length=300)] | None = None
    except_on: set[date] = field(default_factory=set)
    also_on: set[date] = field(default_factory=set)
    bank_holidays: BankHolidays = BankHolidays.OFF
    in_terms: InTerms = InTerms.ALWAYS
    terms_council_id: UUID | None = None
    venue_id: UUID | None = None
    capacity: int | None = None

    def draft(self) -> TimetableDraft:
        """What the command takes. Raises Invalid for a rule that cannot be kept."""
        imported = parse(self.rule, self.starts_on) if self.rule else None
        return TimetableDraft(
            weekdays=frozenset(Weekday[name.upper()] for name in self.weekdays),
            recurrence=imported.recurrence if imported else None,
            start_time=time.fromisoformat(self.start_time),
            minutes=self.minutes,
            starts_on=self.starts_on,
            ends_on=self.ends_on or (imported.ends_on(self.starts_on) if imported else None),
            interval_weeks=self.interval_weeks,
            except_on=frozenset(self.except_on),
            also_on=frozenset(self.also_on),
            bank_holidays=self.bank_holidays,
            in_terms=self.in_terms,
            terms_council_id=self.terms_council_id,
            venue_id=self.venue_id,
            capacity=self.capacity,
        )


class TimetableOut(Struct):
    """A timetable, and how many dates it made."""

    id: UUID
    activity_id: UUID
    rule: str
    sessions_made: int


class VenueOut(Struct):
    """Where an activity happens."""

    id: UUID
    name: str
    street: str
    town: str
    postcode: str
    getting_there: str


class SessionOut(Struct):
    """One date of an activity."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    places_left: int
    capacity: int
    price_pence: int | None


class ActivityOut(Struct):
    """An activity with its next dates; the price is today's of its own ratio, for a `price_unit`, VAT included."""

    id: UUID
    provider_id: UUID
    provider_name: str
    title: str
    summary: str
    easy_read: str
    category: Category
    outcomes: list[Outcome]
    suits: list[Suits]
    suits_note: str
    support_needs: list[SupportNeed]
    access_features: list[AccessFeature]
    support_ratio: SupportRatio
    routes_accepted: list[Route]
    capacity: int | None
    notice_hours: int
    charge_percent: int
    refill_waives_charge: bool
    website: str
    state: str
    venue: VenueOut | None
    price_pence: int | None
    price_unit: PriceUnit | None
    vat_category: VatCategory | None
    vat_rate_basis_points: int | None
    sessions: list[SessionOut]

    @classmethod
    def of(cls, shown: Activity, sessions: list[db.Row]) -> "ActivityOut":
        """An activity as it was read, with its next dates."""
        names = (
            *("id", "provider_id", "provider_name", "title", "summary", "easy_read", "category", "outcomes"),
            *(
                "support_ratio",
                "routes_accepted",
                "capacity",
                "website",
                "suits",
                "suits_note",
                "support_needs",
            ),
        )
        place, rate = shown.venue, shown.rate
        return cls(
            **{name: getattr(shown, name) for name in names},
            access_features=shown.features,
            notice_hours=shown.terms.notice_hours,
            charge_percent=shown.terms.charge_percent,
            refill_waives_charge=shown.terms.refill_waives_charge,
            state=str(shown.state),
            venue=VenueOut(
                place.id, place.name, place.street, place.town, place.postcode, place.getting_there
            )
            if place
            else None,
            price_pence=rate.price.pence if rate else None,
            price_unit=rate.unit if rate else None,
            vat_category=rate.vat_category if rate else None,
            vat_rate_basis_points=rate.vat_rate_basis_points if rate else None,
            sessions=[
                SessionOut(**{name: row[name] for name in SessionOut.__struct_fields__}) for row in sessions
            ],
        )


class OwnerOut(Struct):
    """A council that owns a provider from a day on; `ends_on` is the first day on which it does not."""

    council_id: UUID
    council_name: str
    starts_on: date
    ends_on: date | None


class ApprovalOut(Struct):
    """A lot for which a council has approved a provider."""

    council_id: UUID
    council_name: str
    framework_name: str
    lot_name: str
    starts_on: date
    ends_on: date | None


class ProviderOut(Struct):
    """A seller as everybody may see it."""

    id: UUID
    name: str
    slug: str
    seller_type: str
    description: str
    easy_read: str
    email: str
    phone: str
    website: str
    source_name: str | None
    source_licence: str | None
    owners: list[OwnerOut]
    approvals: list[ApprovalOut]

    @classmethod
    def of(cls, shown: Provider, owners: list[db.Row], approvals: list[db.Row]) -> "ProviderOut":
        """A provider as it was read, with its owners and approvals by date."""
        lists = ("owners", "approvals")
        return cls(
            **{name: getattr(shown, name) for name in cls.__struct_fields__ if name not in lists},
            owners=[OwnerOut(**{name: row[name] for name in OwnerOut.__struct_fields__}) for row in owners],
            approvals=[
                ApprovalOut(**{name: row[name] for name in ApprovalOut.__struct_fields__})
                for row in approvals
            ],
        )
