"""What an imported record becomes here: values ready to be written, nothing invented to fill gaps."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from marketplace.directory.imports.records import (
    ImportedActivity,
    ImportedOffer,
    ImportedOrganisation,
    ImportedService,
    ImportedSession,
    ImportedVenue,
    fingerprint,
)
from marketplace.kernel import formats
from marketplace.kernel.clock import london_day
from marketplace.kernel.places import from_lat_lon, locate
from providers.rules import Category

MOST_URL: Final = 500
MOST_PRICE: Final = 300


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue of a provider; the position in British National Grid metres, where it is known."""

    key: str
    name: str
    street: str
    town: str
    postcode: str
    easting: int | None
    northing: int | None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity as it will be published here. `organisation` None: the publisher names nobody."""

    key: str
    organisation: ImportedOrganisation | None
    venue: VenueRow | None
    title: str
    summary: str
    category: Category
    website: str
    published_price: str
    price_pence: int | None
    version: str
    sessions: Sequence[ImportedSession] = ()
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)

    def price_from(self, today: date) -> date:
        """The day from which the published price is shown: it covers every published date."""
        return min([today, *(london_day(session.starts_at) for session in self.sessions)])


def service_row(service: ImportedService) -> ActivityRow:
    """An Open Referral service."""
    checked = formats.full_date(service.assured_on) if service.assured_on else ""
    return ActivityRow(
        key=service.source_id,
        organisation=service.organisation,
        venue=None,
        title=service.name,
        summary=service.description or "",
        category=category_of(service.categories),
        website=_url(service.url),
        published_price=_within([service.fees_text or ""]),
        price_pence=None,
        version=fingerprint(service),
        facts=_facts(
            ("Kind, as published", ", ".join(service.categories)),
            ("For whom", ", ".join(audience.replace(">", ": ") for audience in service.audiences)),
            ("How it is offered", ", ".join(service.attending_types)),
            ("How to join", ", ".join(service.attending_access)),
            ("Access, as published", service.access_information),
            ("Accreditations, as published", service.accreditations),
            ("Cost, as published", service.fees_text if len(service.fees_text or "") > MOST_PRICE else ""),
            ("E-mail", service.email),
            ("Last checked by the publisher", checked),
        ),
    )


def activity_row(activity: ImportedActivity) -> ActivityRow:
    """An OpenActive event with its sessions."""
    offer = activity.adult_offer
    kinds = (*activity.activity_types, *activity.categories)
    return ActivityRow(
        key=activity.source_id,
        organisation=activity.organiser,
        venue=venue_row(activity.venue) if activity.venue else None,
        title=activity.name,
        summary=activity.description or "",
        category=category_of(kinds),
        website=_url(activity.url),
        published_price=_within(_offer_words(offer) for offer in activity.offers),
        price_pence=offer.price_pence if offer else None,
        version=fingerprint(activity),
        sessions=activity.sessions,
        facts=_facts(
            ("Kind, as published", ", ".join(dict.fromkeys(kinds))),
            ("Age", _ages(activity)),
            ("Open to", _open_to(activity.gender)),
            ("Access, as published", ", ".join(activity.access_features)),
            ("About access", activity.access_information),
            ("Good to know", activity.instructions),
        ),
    )


def venue_row(venue: ImportedVenue) -> VenueRow:
    """A venue; by latitude and longitude where they are published, else by its postcode."""
    position: tuple[int, int] | None = None
    if venue.latitude is not None and venue.longitude is not None:
        position = from_lat_lon(venue.latitude, venue.longitude)
    elif venue.postcode and (place := locate(venue.postcode)):
        position = (place.easting, place.northing)
    name = venue.name or venue.street or venue.town or venue.postcode or "Place not named"
    return VenueRow(
        key=(venue.source_id or f"{name}|{venue.postcode or venue.street or ''}")[:200],
        name=name[:200],
        street=(venue.street or "")[:300],
        town=(venue.town or "")[:100],
        postcode=venue.postcode or "",
        easting=position[0] if position else None,
        northing=position[1] if position else None,
    )


# What publishers call things, by a part of a word; the first that fits. Only their own kinds are read, never the title.
_KINDS: Final = (
    (Category.SWIMMING, r"swim|aqua|pool\b|water workout"),
    (Category.DANCE, r"danc|zumba|sh'?bam|ballet|drama|theatre"),
    (Category.GARDENING, r"garden|allotment|horticult"),
    (Category.MUSIC, r"music|sing|choir"),
    (Category.ARTS, r"\bart|craft|paint|pottery"),
    (Category.COOKING, r"cook|bak(e|ing)|food"),
    (Category.ANIMALS, r"animal|farm|riding|horse"),
    (Category.OUTDOORS, r"walk(s|ing)?$|outing|trip|rambl"),
    (Category.WORK, r"volunteer|employment|work experience"),
    (Category.LEARNING, r"training session|learning|education|course|computer"),
    (Category.SOCIAL, r"social|peer group|befriend|coffee"),
    (Category.WELLBEING, r"health|wellbeing|unwind|g ?p .*referral|counsel|mindful"),
    (
        Category.SPORT,
        r"sport|gym|fitness|exercise|cycling|body|rpm|cx ?worx|bowls|tennis|football|badminton|netball|climb"
        r"|athletic|boxing|toning|circuit|running|trampolin|calorie|league|racket|yoga|pilates|cricket|rugby",
    ),
)


def category_of(kinds: Iterable[str]) -> Category:
    """Our category for the kinds that a publisher names, most particular first; OTHER where none is like ours."""
    named = [kind.lower() for kind in kinds]
    for kind in named:
        for category, pattern in _KINDS:
            if re.search(pattern, kind):
                return category
    return Category.OTHER


def _facts(*facts: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in facts if text)


def _url(url: str | None) -> str:
    return url if url and len(url) <= MOST_URL else ""  # a cut address leads nowhere


def _offer_words(offer: ImportedOffer) -> str:
    price = formats.price(offer.price_pence)
    return f"{offer.name}: {price}" if offer.name else price


def _within(parts: Iterable[str]) -> str:
    """The parts that fit whole into the column of the published price."""
    told = ""
    for part in parts:
        longer = f"{told}; {part}" if told else part
        if len(longer) > MOST_PRICE:
            return told or f"{longer[: MOST_PRICE - 2]} …"
        told = longer
    return told


def _ages(activity: ImportedActivity) -> str:
    if activity.min_age and activity.max_age:
        return f"{activity.min_age} to {activity.max_age}"
    if activity.min_age:
        return f"{activity.min_age} and over"
    return f"Up to {activity.max_age}" if activity.max_age else ""


def _open_to(gender: str | None) -> str:
    known = {"femaleonly": "Women only", "maleonly": "Men only"}
    return known.get(gender.lower(), gender) if gender else ""
