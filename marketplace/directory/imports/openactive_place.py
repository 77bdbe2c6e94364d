"""Where an OpenActive event is."""

from decimal import Decimal, InvalidOperation
from typing import Final

from marketplace.directory.imports.reading import (
    MAX_ID,
    MAX_NAME,
    Json,
    cut,
    first_of,
    line_of,
    object_of,
    text_of,
    url_of,
)
from marketplace.directory.imports.records import ImportedVenue
from marketplace.kernel.places import normalise_postcode

# Great Britain with its islands: what lies outside is a slip (0, 0), or its two numbers changed places.
_LATITUDES: Final = (49.8, 60.9)
_LONGITUDES: Final = (-8.7, 1.8)


def read_venue(place: Json, notes: list[str]) -> ImportedVenue | None:
    """The venue as published; None where there is none, or only online. Notes what it left out."""
    if "Virtual" in str(first_of(place, "type", "@type") or ""):
        return None
    address, street = _address(place.get("address"))
    latitude, longitude = _point(object_of(place.get("geo")), notes)
    published_postcode = line_of(address.get("postalCode"))
    postcode = normalise_postcode(published_postcode) if published_postcode else None
    if published_postcode and not postcode:
        notes.append("postcode left out: it is not written like one")
    source_id = line_of(first_of(place, "identifier", "id", "@id"))
    name = line_of(place.get("name"))
    if not any((name, street, postcode, latitude)):
        notes.append("no venue is named")
        return None
    return ImportedVenue(
        source_id=source_id if source_id and len(source_id) <= MAX_ID else None,
        name=cut(name, MAX_NAME) if name else None,
        street=street,
        town=line_of(address.get("addressLocality")),
        region=line_of(address.get("addressRegion")),
        postcode=postcode,
        latitude=latitude,
        longitude=longitude,
        phone=line_of(place.get("telephone")),
        url=url_of(place.get("url")),
    )


def _address(published: object) -> tuple[Json, str | None]:
    """The parts of the address and its street; an address written as one text is all street."""
    if isinstance(published, str):
        return {}, line_of(published)
    address = object_of(published)
    return address, line_of(address.get("streetAddress"))


def _point(geo: Json, notes: list[str]) -> tuple[float | None, float | None]:
    latitude, longitude = _degrees(geo.get("latitude")), _degrees(geo.get("longitude"))
    if latitude is None or longitude is None:
        return None, None
    if not _LATITUDES[0] <= latitude <= _LATITUDES[1] or not _LONGITUDES[0] <= longitude <= _LONGITUDES[1]:
        notes.append("latitude and longitude left out: they are not in Great Britain")
        return None, None
    return latitude, longitude


def _degrees(value: object) -> float | None:
    try:
        return float(Decimal(text_of(value) or ""))
    except InvalidOperation:
        return None
