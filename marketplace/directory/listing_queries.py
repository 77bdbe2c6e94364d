"""Reads for the public pages of one activity, one provider, and the open data they come from."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.money import Money
from providers.offers.suiting import Suits, SupportNeed
from providers.offers.wording import in_force, prices_told, transport_told
from providers.pictures.queries import pictures_of
from providers.pictures.rules import Picture
from providers.queries import rates_of, transport_rates_of
from providers.rules import (
    AccessFeature,
    Category,
    Outcome,
    PriceUnit,
    SellerType,
    Split,
    SupportRatio,
    Terms,
)

EMAIL = "E-mail"
"""The label under which an import keeps an address of its own for one activity."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A council has approved a provider for a kind of support; `ends_on` is the first day without."""

    council: str
    lot: str
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Source:
    """An outside publication and what was taken from it."""

    name: str
    kind: str
    publisher: str
    licence: str
    url: str
    note: str
    imported_on: date
    activities: int


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Everything that the page of one activity says. `price` is today's; None: nobody said."""

    id: UUID
    title: str
    summary: str
    easy_read: str
    category: Category
    outcomes: list[Outcome]
    access: list[AccessFeature]
    support_ratio: SupportRatio
    routes_accepted: tuple[str, ...]
    terms: Terms
    website: str
    published_price: str
    price: Money | None
    next_price: tuple[Money, date] | None
    prices: list[str]
    by_the_hour: bool
    shared: bool
    transport: list[str]
    pictures: list[Picture]
    suits: list[Suits]
    suits_note: str
    support_needs: list[SupportNeed]
    provider_id: UUID
    provider_name: str
    provider_slug: str
    email: str
    phone: str
    venue: str
    street: str
    town: str
    postcode: str
    getting_there: str
    owner_id: UUID
    owner_name: str
    approvals: list[Approval]
    facts: list[tuple[str, str]]
    source_id: UUID | None
    source_name: str
    publisher: str
    licence: str
    source_url: str
    source_note: str
    stopped: bool
    """Nothing can be booked with its provider at the moment."""

    @property
    def imported(self) -> bool:
        """Whether it comes from somebody else's publication; then it cannot be booked here."""
        return self.source_id is not None

    @property
    def place(self) -> str:
        """The place on one line."""
        return ", ".join(
            dict.fromkeys(part for part in (self.venue, self.street, self.town, self.postcode) if part)
        )


_ACTIVITY = """
    SELECT a.id, a.title, a.summary, a.easy_read, a.category, a.outcomes, a.support_ratio, a.routes_accepted,
           a.access_features || coalesce(v.access_features, '{}') AS access,
           a.notice_hours, a.charge_percent, a.refill_waives_charge, a.website, a.published_price, a.provider_id,
           a.suits, a.suits_note, a.support_needs,
           pr.name AS provider_name, pr.slug AS provider_slug, pr.email, pr.phone,
           coalesce(v.name, '') AS venue, coalesce(v.street, '') AS street, coalesce(v.town, '') AS town,
           coalesce(v.postcode, '') AS postcode, coalesce(v.getting_there, '') AS getting_there,
           owner_on(a.provider_id, $2) AS owner_id, activity_price_on(a.id, $2, 60) AS price_pence,
           a.source_id, coalesce(s.name, '') AS source_name, coalesce(s.publisher, '') AS publisher,
           coalesce(s.licence, '') AS licence, coalesce(s.url, '') AS source_url, coalesce(s.note, '') AS source_note,
           provider_suspended(a.provider_id) AS stopped
      FROM activity a
      JOIN provider pr ON pr.id = a.provider_id
      LEFT JOIN venue v ON v.id = a.venue_id
      LEFT JOIN source s ON s.id = a.source_id
     WHERE a.id = $1 AND a.state = 'published'
"""


async def activity(activity_id: UUID) -> ActivityPage:
    """The page of a published activity. Raises NotFound."""
    today = clock.today()
    row = await db.fetch_one(_ACTIVITY, activity_id, today)
    if row is None:
        raise NotFound("This activity is not offered any more, or never was.")
    terms = Terms(row.pop("notice_hours"), row.pop("charge_percent"), row.pop("refill_waives_charge"))
    pence = row.pop("price_pence")
    access = set(row.pop("access"))
    outcomes = set(row.pop("outcomes"))
    facts = await _facts(activity_id)
    if not row["email"]:
        # A register names an address for each service; it belongs where people look for one.
        row["email"] = dict(facts).get(EMAIL, "")
    return ActivityPage(
        **{
            **row,
            "category": Category(row["category"]),
            "support_ratio": SupportRatio(row["support_ratio"]),
            "routes_accepted": tuple(row["routes_accepted"]),
            "suits": [whom for whom in Suits if whom in row["suits"]],
            "support_needs": [need for need in SupportNeed if need in row["support_needs"]],
        },
        access=[feature for feature in AccessFeature if feature in access],
        outcomes=[outcome for outcome in Outcome if outcome in outcomes],
        terms=terms,
        price=Money(pence) if pence is not None else None,
        **await _told_prices(activity_id, SupportRatio(row["support_ratio"]), today),
        pictures=await pictures_of(activity_id),
        next_price=await _next_price(activity_id, today),
        owner_name=await council_name(row["owner_id"]),
        approvals=await approvals_of(row["provider_id"], today),
        facts=[(label, text) for label, text in facts if label != EMAIL],
    )


async def _told_prices(activity_id: UUID, ratio: SupportRatio, today: date) -> dict[str, Any]:
    rates = await rates_of(activity_id)
    own = next((rate for rate in in_force(rates, today) if rate.ratio is ratio), None)
    return {
        "prices": prices_told(rates, today),
        "by_the_hour": own is not None and own.unit is PriceUnit.HOUR,
        "shared": own is not None and own.split is Split.SHARED,
        "transport": transport_told(await transport_rates_of(activity_id), today),
    }


async def _next_price(activity_id: UUID, today: date) -> tuple[Money, date] | None:
    row = await db.fetch_one(
        "SELECT rate_price_each(r.price_pence, r.unit, r.minimum_pence, r.split, r.ratio, 60) AS price_pence,"
        " r.starts_on  FROM activity a JOIN rate r ON r.activity_id = a.id AND r.ratio = a.support_ratio"
        " WHERE a.id = $1 AND r.starts_on > $2 ORDER BY r.starts_on LIMIT 1",
        activity_id,
        today,
    )
    return (Money(row["price_pence"]), row["starts_on"]) if row else None


async def _facts(activity_id: UUID) -> list[tuple[str, str]]:
    rows = await db.fetch_all(
        "SELECT label, text FROM published_fact WHERE activity_id = $1 ORDER BY position", activity_id
    )
    return [(row["label"], row["text"]) for row in rows]


async def council_name(council_id: UUID) -> str:
    """The name of a council; empty for none."""
    if council_id == NOBODY:
        return ""
    return str(await db.fetch_value("SELECT name FROM organisation WHERE id = $1", council_id))


async def approvals_of(provider_id: UUID, today: date) -> list[Approval]:
    """What councils have approved a provider for, on a day."""
    rows = await db.fetch_all(
        "SELECT o.name AS council, l.name AS lot, c.ends_on FROM commission c"
        "  JOIN lot l ON l.id = c.lot_id JOIN organisation o ON o.id = c.council_id"
        " WHERE c.provider_id = $1 AND c.state = 'approved' AND c.starts_on <= $2"
        "   AND (c.ends_on IS NULL OR c.ends_on > $2) ORDER BY o.name, l.name",
        provider_id,
        today,
    )
    return [Approval(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """What the page of one provider says about it."""

    id: UUID
    name: str
    slug: str
    seller_type: SellerType
    description: str
    easy_read: str
    email: str
    phone: str
    website: str
    registration_number: str
    owner_name: str
    approvals: list[Approval]
    venues: list[str]
    source_id: UUID | None
    source_name: str
    publisher: str
    licence: str
    stopped: bool
    """Nothing can be booked with it at the moment; why is not for everybody."""


async def provider(slug: str) -> ProviderPage:
    """The page of a provider. Raises NotFound."""
    today = clock.today()
    row = await db.fetch_one(
        "SELECT p.id, p.name, p.slug, p.seller_type, p.description, p.easy_read, p.email, p.phone, p.website,"
        " p.registration_number, owner_on(p.id, $2) AS owner_id, p.source_id, coalesce(s.name, '') AS source_name,"
        " coalesce(s.publisher, '') AS publisher, coalesce(s.licence, '') AS licence,"
        " provider_suspended(p.id) AS stopped"
        "  FROM provider p LEFT JOIN source s ON s.id = p.source_id WHERE p.slug = $1",
        slug,
        today,
    )
    if row is None:
        raise NotFound("There is no such provider.")
    venues = await db.fetch_all(
        "SELECT concat_ws(', ', nullif(name, ''), nullif(street, ''), nullif(town, ''), nullif(postcode, '')) AS place"
        "  FROM venue WHERE provider_id = $1 ORDER BY town, name LIMIT 20",
        row["id"],
    )
    owner_name = await council_name(row.pop("owner_id"))
    return ProviderPage(
        **{**row, "seller_type": SellerType(row["seller_type"])},
        owner_name=owner_name,
        approvals=await approvals_of(row["id"], today),
        venues=[venue["place"] for venue in venues],
    )


async def bookable_providers(most: int = 100) -> list[tuple[str, str]]:
    """Slug and name of the providers whose activities can be booked here, for the filter."""
    rows = await db.fetch_all(
        "SELECT slug, name FROM provider p WHERE EXISTS (SELECT 1 FROM listing l"
        " WHERE l.provider_id = p.id AND l.routes_accepted <> '{}') ORDER BY lower(name) LIMIT $1",
        most,
    )
    return [(row["slug"], row["name"]) for row in rows]


async def sources() -> list[Source]:
    """Every publication that listings were taken from."""
    rows = await db.fetch_all(
        "SELECT s.name, s.kind, s.publisher, s.licence, s.url, s.note,"
        " (s.imported_at AT TIME ZONE 'Europe/London')::date AS imported_on,"
        " (SELECT count(*) FROM activity a WHERE a.source_id = s.id AND a.state = 'published') AS activities"
        "  FROM source s ORDER BY s.name"
    )
    return [Source(**row) for row in rows]
