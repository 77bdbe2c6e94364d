"""How search results and dates are shown: values for the templates, no reading and no writing."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marketplace.directory.forms import Asked
from marketplace.directory.queries import DatedSession, Group, SearchPage
from marketplace.directory.ways import Chosen, Offer, Way, shown_on_card, ways_of
from marketplace.kernel import clock, formats
from marketplace.kernel.places import (
    POSTCODE_ATTRIBUTIONS,
    POSTCODE_LICENCE_URL,
)
from providers.pictures.rules import picture_src
from providers.rules import Category

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_CARD_WORDS = 260
CANNOT_BOOK = "Contact the provider: it cannot be booked here."


def first_sentences(text: str, most: int = _CARD_WORDS) -> str:
    """Whole sentences up to about a length; a first sentence that is longer is cut at a word."""
    plain = " ".join(text.split())
    if len(plain) <= most:
        return plain
    kept = ""
    for sentence in _SENTENCE_END.split(plain):
        if len(kept) + len(sentence) + 1 > most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or f"{plain[:most].rsplit(' ', 1)[0]} …"


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text; single line ends stay inside them."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def source_words(publisher: str, name: str, licence: str) -> str:
    """Where an imported listing comes from, with its licence, for the page that shows it."""
    told = licence_words(licence)
    return f"From {publisher or name}. {told}."


def licence_words(licence: str) -> str:
    """A licence as people call it."""
    known = {
        "creativecommons.org/licenses/by/4.0": "Licence: Creative Commons Attribution 4.0",
        "nationalarchives.gov.uk/doc/open-government-licence/version/3": "Licence: Open Government Licence 3.0",
    }
    for part, words in known.items():
        if part in licence:
            return words
    return f"Licence: {licence}" if licence else "Its publisher states no licence"


def offer_of(group: Group) -> Offer:
    """What is to be paid for on a card: its next date, or the activity as it is today."""
    if group.sessions:
        first = group.sessions[0]
        return Offer(
            group.provider_id,
            group.routes_accepted,
            first.owner_council_id,
            first.service_on,
            first.price_pence,
        )
    return Offer(
        group.provider_id, group.routes_accepted, group.owner_today, clock.today(), group.least_pence
    )


def card(group: Group, chosen: Chosen | None) -> dict[str, Any]:
    """One activity of a search (`directory/card.html`)."""
    price = group.sessions[0].price_pence if group.sessions else group.least_pence
    place = ", ".join(
        dict.fromkeys(part for part in (group.provider_name, group.venue_name, group.town) if part)
    )
    return {
        "title": group.title,
        "href": f"/activities/{group.activity_id}",
        "picture": Category(group.category).picture,
        "photo": _photo(group),
        "place": place,
        "metres": group.metres,
        "summary": first_sentences(group.summary),
        "easy": (group.easy_read.splitlines() or [""])[0],
        "price_pence": price,
        "price_words": "" if price is not None else first_sentences(group.published_price, 60),
        "dates": group.sessions,
        "more_dates": group.dates - len(group.sessions),
        "routes": group.routes_accepted,
        "ways": shown_on_card(ways_of(chosen, offer_of(group))) if chosen else [],
        "owner": group.owner_name or "",
        "cannot_book": "" if group.routes_accepted else CANNOT_BOOK,
        "source": source_words(group.publisher or "", group.source_name, group.licence or "")
        if group.source_name
        else "",
        "source_note": group.source_note or "",
    }


def _photo(group: Group) -> dict[str, str] | None:
    """The main picture, in the copy that suits a card."""
    if group.picture_id is None or not group.picture_sha256 or not group.picture_widths:
        return None
    src = picture_src(group.picture_id, group.picture_sha256, group.picture_widths, 320)
    return {"src": src, "alt": group.picture_alt or ""}


def headline(asked: Asked, page: SearchPage) -> str:
    """`38 activities near CH1 2HJ`, with how many dates there are."""
    near = f" near {asked.query.spot.label}" if asked.query.spot else ""
    return f"{formats.count(page.total, 'activity', 'activities')}{near}"


def date_rows(
    dates: Sequence[DatedSession], chosen: Chosen | None, routes_accepted: Sequence[str], provider_id: UUID
) -> list[dict[str, Any]]:
    """The dates of one activity (`components/session_row.html`): with a way to book where there is one.

    A reason that every date shares is told once, above the list; a date tells only a reason of its own.
    """
    ways = [
        ways_of(
            chosen,
            Offer(provider_id, routes_accepted, date.owner_council_id, date.service_on, date.price_pence),
        )
        if chosen
        else []
        for date in dates
    ]
    usual = _reason(ways[0]) if ways else ""
    rows = []
    for date, found in zip(dates, ways, strict=True):
        row: dict[str, Any] = {
            "starts_at": date.starts_at,
            "ends_at": date.ends_at,
            "places_left": date.places_left,
            "price_pence": date.price_pence,
        }
        free = date.places_left is None or date.places_left > 0
        if chosen and chosen.may_book and any(way.allowed for way in found):
            text, kind = ("Book", "primary") if free else ("Wait for a place", "secondary")
            row["book"] = {"text": text, "href": f"/people/{chosen.person_id}/book/{date.id}", "kind": kind}
        elif free and _reason(found) != usual:
            row["refusal"] = _reason(found)
        rows.append(row)
    return rows


def _reason(ways: Sequence[Way]) -> str:
    if any(way.allowed for way in ways):
        return ""
    return next((way.message for way in shown_on_card(ways)), "")


def postcode_attributions() -> list[dict[str, str]]:
    """What the postcode data's licence asks to be shown."""
    return [{"text": words, "href": POSTCODE_LICENCE_URL} for words in POSTCODE_ATTRIBUTIONS]
