"""Reads about activities and what they cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import PROVIDER_ROLES
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.access import own_provider
from providers.offers.suiting import Suits, SupportNeed
from providers.rules import (
    AccessFeature,
    ActivityState,
    Category,
    Outcome,
    PriceBasis,
    PriceUnit,
    Rate,
    Split,
    SupportRatio,
    Terms,
    TransportRate,
)

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Venue:
    """Where an activity happens."""

    id: UUID
    name: str
    street: str
    town: str
    postcode: str
    getting_there: str
    access_features: list[AccessFeature]


@dataclass(frozen=True, slots=True)
class Activity:
    """Something to do, with its place, its terms and what it costs today (or first, when that is still to come)."""

    id: UUID
    provider_id: UUID
    provider_name: str
    title: str
    summary: str
    easy_read: str
    category: Category
    outcomes: list[Outcome]
    access_features: list[AccessFeature]
    suits: list[Suits]
    suits_note: str
    support_needs: list[SupportNeed]
    support_ratio: SupportRatio
    routes_accepted: list[Route]
    capacity: int | None
    terms: Terms
    image_url: str
    website: str
    state: ActivityState
    venue: Venue | None
    rate: Rate | None

    @property
    def features(self) -> list[AccessFeature]:
        """What the activity and its place offer together, in the order of the vocabulary."""
        both = {*self.access_features, *(self.venue.access_features if self.venue else ())}
        return [feature for feature in AccessFeature if feature in both]


_ACTIVITY = """
    SELECT a.*, p.name AS provider_name, v.name AS venue_name, v.street, v.town, v.postcode, v.getting_there,
           v.access_features AS venue_features, r.starts_on AS rate_starts_on, r.price_pence, r.vat_category,
           r.vat_rate_basis_points, r.ratio, r.unit, r.minimum_pence, r.split, r.price_basis
      FROM activity a JOIN provider p ON p.id = a.provider_id LEFT JOIN venue v ON v.id = a.venue_id
      LEFT JOIN LATERAL (SELECT * FROM rate WHERE activity_id = a.id AND ratio = a.support_ratio
                          ORDER BY starts_on > $2, abs(starts_on - $2) LIMIT 1) r ON true
     WHERE a.id = $1
"""


def _known(kind: type[Word], words: Collection[str]) -> list[Word]:
    """The words that are in our vocabulary, in its order: a published feed may have had others."""
    return [word for word in kind if str(word) in words]


def rate_of(row: db.Row) -> Rate | None:
    """The rate in a row of `rate`, or of an activity joined with it; None where there is none."""
    if row["price_pence"] is None:
        return None
    return Rate(
        row.get("rate_starts_on") or row["starts_on"],
        Money(row["price_pence"]),
        VatCategory(row["vat_category"]),
        row["vat_rate_basis_points"],
        SupportRatio(row["ratio"]),
        PriceUnit(row["unit"]),
        None if row["minimum_pence"] is None else Money(row["minimum_pence"]),
        Split(row["split"]),
        PriceBasis(row["price_basis"]),
    )


def terms_of(row: db.Row) -> Terms:
    """The terms in a row of an activity or a booking."""
    return Terms(row["notice_hours"], row["charge_percent"], row["refill_waives_charge"])


def _activity(row: db.Row) -> Activity:
    venue = None
    if row["venue_id"] is not None:
        told = {name: row[name] for name in ("street", "town", "postcode", "getting_there")}
        features = _known(AccessFeature, row["venue_features"])
        venue = Venue(id=row["venue_id"], name=row["venue_name"], access_features=features, **told)
    as_told = (
        "id",
        "provider_id",
        "provider_name",
        "title",
        "summary",
        "easy_read",
        "capacity",
        "image_url",
        "website",
        "suits_note",
    )
    return Activity(
        **{name: row[name] for name in as_told},
        category=next(iter(_known(Category, [row["category"]])), Category.OTHER),
        outcomes=_known(Outcome, row["outcomes"]),
        access_features=_known(AccessFeature, row["access_features"]),
        suits=_known(Suits, row["suits"]),
        support_needs=_known(SupportNeed, row["support_needs"]),
        support_ratio=SupportRatio(row["support_ratio"]),
        routes_accepted=_known(Route, row["routes_accepted"]),
        terms=terms_of(row),
        state=ActivityState(row["state"]),
        venue=venue,
        rate=rate_of(row),
    )


async def activity(actor: Actor | None, activity_id: UUID) -> Activity:
    """A published activity, or any one of the actor's own provider. Raises NotFound."""
    row = await db.fetch_one(
        f"{_ACTIVITY} AND (a.state = 'published' OR p.organisation_id = $3)",
        activity_id,
        clock.today(),
        _managed(actor),
    )
    if row is None:
        raise NotFound
    return _activity(row)


async def own_activity(actor: Actor, activity_id: UUID) -> Activity:
    """An activity of the actor's own provider, in any state. Raises Forbidden, or NotFound when it is another's."""
    found = await activity(actor, activity_id)
    if found.provider_id != await own_provider(actor):
        raise NotFound
    return found


def _managed(actor: Actor | None) -> UUID | None:
    """The organisation whose drafts the actor sees."""
    return actor.organisation_id if actor and actor.roles & PROVIDER_ROLES else None


async def activities_of(actor: Actor) -> list[db.Row]:
    """Every activity of the actor's provider for a list: state, place, price today, next date, dates to come.

    Raises Forbidden or NotFound.
    """
    return await db.fetch_all(
        "SELECT a.id, a.title, a.state, a.capacity, v.name AS venue_name, r.price_pence, r.unit,"
        " n.starts_at AS next_at, n.places_left, coalesce(c.dates, 0) AS dates, coalesce(c.booked, 0) AS booked"
        " FROM activity a LEFT JOIN venue v ON v.id = a.venue_id"
        " LEFT JOIN LATERAL (SELECT price_pence, unit FROM rate"
        "   WHERE activity_id = a.id AND ratio = a.support_ratio"
        "   ORDER BY starts_on > $2, abs(starts_on - $2) LIMIT 1) r ON true"
        " LEFT JOIN LATERAL (SELECT starts_at, capacity - places_taken - places_offered AS places_left"
        "   FROM activity_session WHERE activity_id = a.id AND state = 'scheduled' AND starts_at > $3"
        "   ORDER BY starts_at LIMIT 1) n ON true"
        " LEFT JOIN LATERAL (SELECT count(*) AS dates, sum(places_taken) AS booked FROM activity_session"
        "   WHERE activity_id = a.id AND state = 'scheduled' AND starts_at > $3) c ON true"
        " WHERE a.provider_id = $1"
        " ORDER BY array_position(ARRAY['published', 'draft', 'archived'], a.state::text), a.title, a.id",
        await own_provider(actor),
        clock.today(),
        clock.now(),
    )


async def rates_of(activity_id: UUID) -> list[Rate]:
    """The dated prices of an activity, by ratio, the latest first; whether it may be seen is asked before."""
    rows = await db.fetch_all(
        "SELECT * FROM rate WHERE activity_id = $1 ORDER BY ratio, starts_on DESC", activity_id
    )
    return [rate for row in rows if (rate := rate_of(row))]


async def quote_on(activity_id: UUID, service_on: date, ratio: SupportRatio | None = None) -> Rate | None:
    """The rate of a service day: the one that started last by then, or None (requirement P3).

    At the activity's own ratio where none is chosen. `price_of` says what a session costs by it.
    """
    row = await db.fetch_one(
        "SELECT r.* FROM activity a CROSS JOIN rate_on(a.id, coalesce($3, a.support_ratio), $2) r WHERE a.id = $1",
        activity_id,
        service_on,
        ratio,
    )
    return None if row is None else rate_of(row)


async def transport_rates_of(activity_id: UUID) -> list[TransportRate]:
    """The dated prices of transport, the latest first; whether the activity may be seen is asked before."""
    rows = await db.fetch_all(
        "SELECT starts_on, price_pence, vat_category, vat_rate_basis_points FROM transport_rate"
        " WHERE activity_id = $1 ORDER BY starts_on DESC",
        activity_id,
    )
    return [_transport(row) for row in rows]


async def transport_on(activity_id: UUID, service_on: date) -> TransportRate | None:
    """What transport to a session costs on a day; None when it is not offered."""
    row = await db.fetch_one("SELECT * FROM transport_rate_on($1, $2)", activity_id, service_on)
    return None if row is None else _transport(row)


def _transport(row: db.Row) -> TransportRate:
    price = None if row["price_pence"] is None else Money(row["price_pence"])
    return TransportRate(
        row["starts_on"], price, VatCategory(row["vat_category"]), row["vat_rate_basis_points"]
    )
