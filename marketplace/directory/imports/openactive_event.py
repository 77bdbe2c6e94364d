"""An OpenActive event, from its published form to an `ImportedActivity`."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from marketplace.directory.imports.openactive_place import read_venue
from marketplace.directory.imports.reading import (
    MAX_ID,
    MAX_NAME,
    Json,
    cut,
    duration_of,
    first_of,
    int_of,
    line_of,
    lines_of,
    moment_of,
    object_of,
    text_of,
    url_of,
)
from marketplace.directory.imports.records import (
    ImportedActivity,
    ImportedOffer,
    ImportedOrganisation,
    ImportedSession,
    Record,
    Rejected,
)
from marketplace.directory.imports.text import html_to_text

_MOST_PLACES: Final = 100_000
_DEAREST_PENCE: Final = 10_000_000
_ANYBODY: Final = {"none", "norestriction"}


def read_event(
    row_number: int, source_id: str, modified: int | None, data: dict[str, object]
) -> Iterable[Record]:
    """The activity with the sessions that can be used, then a `Rejected` for each one that cannot."""
    notes: list[str] = []
    sessions, rejected = _sessions(row_number, source_id, data, notes)
    min_age, max_age = _ages(data)
    name = line_of(data.get("name")) or ""
    if len(name) > MAX_NAME:
        notes.append("name shortened")
    yield ImportedActivity(
        row_number=row_number,
        source_id=source_id,
        modified=modified,
        name=cut(name, MAX_NAME),
        description=html_to_text(text_of(data.get("description"))),
        instructions=html_to_text(text_of(data.get("attendeeInstructions"))),
        activity_types=lines_of(data.get("activity")),
        categories=lines_of(data.get("category")),
        access_features=lines_of(data.get("accessibilitySupport")),
        access_information=html_to_text(text_of(data.get("accessibilityInformation"))),
        min_age=min_age,
        max_age=max_age,
        gender=_gender(data.get("genderRestriction")),
        organiser=_organiser(object_of(first_of(data, "organizer", "organiser", "provider"))),
        venue=read_venue(object_of(data.get("location")), notes),
        offers=_offers(data, notes),
        sessions=sessions,
        url=url_of(data.get("url")),
        image_url=_image(data.get("image")),
        notes=tuple(dict.fromkeys(notes)),
    )
    yield from rejected


def _organiser(published: Json) -> ImportedOrganisation | None:
    # A Person is personal data that a directory does not need: only organisations are kept.
    if "Person" in str(first_of(published, "type", "@type") or ""):
        return None
    source_id = line_of(first_of(published, "identifier", "id", "@id", "url", "name"))
    name = line_of(first_of(published, "name", "legalName"))
    if not source_id or not name or len(source_id) > MAX_ID:
        return None
    return ImportedOrganisation(
        source_id=source_id,
        name=cut(name, MAX_NAME),
        description=html_to_text(text_of(published.get("description"))),
        url=url_of(published.get("url")),
    )


def _ages(published: Json) -> tuple[int | None, int | None]:
    """The lowest and highest age; a lowest of 0 is no limit."""
    ages = object_of(published.get("ageRange"))
    return int_of(ages.get("minValue")) or None, int_of(ages.get("maxValue"))


def _gender(value: object) -> str | None:
    """Who may come, as published ("FemaleOnly"), where not everybody may."""
    name = re.split(r"[#/]", line_of(value) or "")[-1]
    return name if name and name.lower() not in _ANYBODY else None


def _image(value: object) -> str | None:
    return url_of(object_of(value).get("url") if not isinstance(value, str) else value)


def _offers(data: Json, notes: list[str]) -> tuple[ImportedOffer, ...]:
    published = data.get("offers")
    offers = published if isinstance(published, list) else [published] if published else []
    if not offers and data.get("isAccessibleForFree") is True:
        return (ImportedOffer(None, None, None, price_pence=0, min_age=None, max_age=None),)
    read = (_offer(offer, notes) for offer in offers if isinstance(offer, dict))
    return tuple(offer for offer in read if offer)


def _offer(published: Json, notes: list[str]) -> ImportedOffer | None:
    currency = line_of(published.get("priceCurrency"))
    price_pence = price_pence_of(published.get("price"))
    if price_pence is None or (currency != "GBP" and not (currency is None and price_pence == 0)):
        notes.append("offer left out: its price is no amount in pounds")
        return None
    min_age, max_age = _ages(published)
    return ImportedOffer(
        source_id=line_of(first_of(published, "identifier", "id", "@id")),
        name=line_of(published.get("name")),
        description=html_to_text(text_of(published.get("description"))),
        price_pence=price_pence,
        min_age=min_age,
        max_age=max_age,
    )


def price_pence_of(value: object) -> int | None:
    """Pounds as published, in pence; None for what is negative, absurd, or no whole number of pence.

    A trace of binary arithmetic in the publisher's system (8.199999999999999) is allowed for.
    """
    text = text_of(value)
    try:
        pence = Decimal(text or "") * 100
    except InvalidOperation:
        return None
    if not pence.is_finite() or not 0 <= pence <= _DEAREST_PENCE:
        return None
    whole = pence.to_integral_value()
    return int(whole) if abs(pence - whole) < Decimal("0.001") else None


def _sessions(
    row_number: int, activity_id: str, data: dict[str, object], notes: list[str]
) -> tuple[tuple[ImportedSession, ...], list[Rejected]]:
    published = data.get("subEvent")
    events = published if isinstance(published, list) else [published] if published else []
    if not events and "startDate" in data:
        events = [data]  # a single event is its own only session
    usual_length = duration_of(data.get("duration"))
    sessions: dict[str, ImportedSession] = {}
    rejected: list[Rejected] = []
    for event in events:
        outcome = _session(activity_id, event, usual_length, notes)
        if isinstance(outcome, ImportedSession) and outcome.source_id not in sessions:
            sessions[outcome.source_id] = outcome
            continue
        reason = (
            outcome if isinstance(outcome, str) else "session: another one of this activity has the same id"
        )
        rejected.append(Rejected(row_number, activity_id, reason, event))
    return tuple(sorted(sessions.values(), key=lambda session: session.starts_at)), rejected


def _session(
    activity_id: str, event: object, usual_length: timedelta | None, notes: list[str]
) -> ImportedSession | str:
    """The session, or the reason why it cannot be used."""
    if not isinstance(event, dict):
        return "session: it is no object"
    if "cancelled" in str(event.get("eventStatus") or "").lower():
        return "session: cancelled by its publisher"
    starts_at = moment_of(event.get("startDate"))
    if starts_at is None:
        return "session: it has no start with date, time and time zone"
    ends_at = _end(event, starts_at, duration_of(event.get("duration")) or usual_length)
    if isinstance(ends_at, str):
        return ends_at
    published_id = line_of(first_of(event, "identifier", "id", "@id"))
    source_id = published_id or f"{activity_id}@{starts_at:%Y%m%dT%H%MZ}"
    remaining, capacity = _places(event, notes)
    return ImportedSession(source_id[:MAX_ID], starts_at, ends_at, remaining, capacity)


def _end(event: Json, starts_at: datetime, length: timedelta | None) -> datetime | str:
    """When the session ends, or why nobody can tell.

    Some publishers give the last second of a session as its end (21:59:59): where the published length says
    so too, the session ends a second later, at 22:00.
    """
    ends_at = moment_of(event.get("endDate"))
    if ends_at is None and text_of(event.get("endDate")):
        return "session: its end is no date and time with a time zone"
    if length and (ends_at is None or ends_at + timedelta(seconds=1) == starts_at + length):
        ends_at = starts_at + length
    if ends_at is None:
        return "session: neither an end nor a length is published"
    return ends_at if ends_at > starts_at else "session: it ends before it starts"


def _places(event: Json, notes: list[str]) -> tuple[int | None, int | None]:
    """Places left and places in all, where both make sense."""
    remaining = int_of(event.get("remainingAttendeeCapacity"))
    capacity = int_of(event.get("maximumAttendeeCapacity"))
    if capacity is not None and not 0 <= capacity <= _MOST_PLACES:
        notes.append("places left out: their number cannot be")
        return None, None
    if remaining is not None and not 0 <= remaining <= (_MOST_PLACES if capacity is None else capacity):
        notes.append("places left: left out, because there cannot be more or fewer than there are places")
        return None, capacity
    return remaining, capacity
