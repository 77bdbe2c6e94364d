"""Searching the directory. Public: nothing here is about a person."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

import msgspec

from marketplace.directory.rules import SearchQuery, Spot
from marketplace.directory.statement import Statement
from marketplace.kernel import clock, db
from marketplace.kernel.places import locate

_SUGGESTED_WORD = 4  # letters; shorter words have too many neighbours
_ALIKE_ENOUGH = 0.3


@dataclass(frozen=True, slots=True)
class DatedSession:
    """One date of an activity. No `places_left`: the publisher does not say."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    service_on: date
    price_pence: int | None
    places_left: int | None
    owner_council_id: UUID


@dataclass(frozen=True, slots=True)
class Group:
    """An activity that matches, with its next matching dates and how many match in all.

    `least_pence` is the lowest price of the matching dates, or the price today where there are none.
    """

    activity_id: UUID
    title: str
    summary: str
    easy_read: str
    category: str
    routes_accepted: tuple[str, ...]
    published_price: str
    support_ratio: str
    provider_id: UUID
    provider_name: str
    provider_slug: str
    venue_name: str | None
    town: str | None
    metres: float | None
    least_pence: int | None
    dates: int
    source_id: UUID | None
    source_name: str | None
    publisher: str | None
    licence: str | None
    source_note: str | None
    owner_today: UUID
    owner_name: str | None
    picture_id: UUID | None
    picture_sha256: str | None
    picture_widths: list[int] | None
    picture_alt: str | None
    sessions: list[DatedSession] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search. `kinds` counts the activities by category over all pages."""

    query: SearchQuery
    groups: list[Group]
    total: int
    total_dates: int
    kinds: dict[str, int]


_GROUP_FIELDS = tuple(name for name in Group.__dataclass_fields__ if name != "sessions")
_kinds = msgspec.json.Decoder(dict[str, int])


async def search(query: SearchQuery) -> SearchPage:
    """Activities with their matching dates: dated ones first, in the order asked (row D1). One statement."""
    statement = Statement(query, clock.now())
    rows = await db.fetch_all(statement.groups(), *statement.args)
    groups: dict[UUID, Group] = {}
    for row in rows:
        activity_id = row["activity_id"]
        if activity_id is None:
            continue
        group = groups.get(activity_id)
        if group is None:
            facts = {name: row[name] for name in _GROUP_FIELDS}
            facts["routes_accepted"] = tuple(row["routes_accepted"])
            group = groups[activity_id] = Group(**facts)
        if row["session_id"] is not None:
            group.sessions.append(_session(row, row["session_id"]))
    first = rows[0]
    return SearchPage(
        query=query,
        groups=list(groups.values()),
        total=first["total"],
        total_dates=first["total_dates"],
        kinds=_kinds.decode(first["kinds"]) if first["kinds"] else {},
    )


def _session(row: db.Row, session_id: UUID) -> DatedSession:
    return DatedSession(
        session_id,
        row["starts_at"],
        row["ends_at"],
        row["service_on"],
        row["price_pence"],
        row["places_left"],
        row["owner_council_id"],
    )


async def count_activities(query: SearchQuery) -> int:
    """How many activities a search finds."""
    statement = Statement(query, clock.now())
    return int(await db.fetch_value(statement.count(), *statement.args))


async def sessions(query: SearchQuery) -> tuple[list[db.Row], int]:
    """Dated sessions one by one, soonest first, and how many there are; for programs."""
    statement = Statement(query, clock.now())
    rows = await db.fetch_all(statement.dated(), *statement.args)
    return [row for row in rows if row["id"] is not None], rows[0]["total"]


async def next_dates(activity_id: UUID, most: int) -> list[DatedSession]:
    """The next dates of one activity with the places left now; full ones too."""
    statement = Statement(SearchQuery(), clock.now())
    activity = statement.arg("activity", activity_id, "uuid")
    rows = await db.fetch_all(
        f"SELECT n.* FROM ({statement.next_dates(activity, most)}) n ORDER BY starts_at, session_id",
        *statement.args,
    )
    return [_session(row, row["session_id"]) for row in rows]


async def find_spot(typed: str) -> Spot | None:
    """A postcode, or a town that listed venues are in (the middle of them); None when it is neither."""
    place = locate(typed)
    if place is not None:
        return Spot(place.label, place.easting, place.northing)
    row = await db.fetch_one(
        "SELECT round(avg(l.place[0]))::int AS easting, round(avg(l.place[1]))::int AS northing,"
        " (SELECT v.town FROM venue v WHERE lower(v.town) = $1 LIMIT 1) AS label"
        " FROM listing l WHERE l.town = $1 AND l.place IS NOT NULL",
        " ".join(typed.split()).lower(),
    )
    if row is None or row["easting"] is None:
        return None
    return Spot(row["label"] or typed, row["easting"], row["northing"])


async def known_towns(most: int = 3) -> list[str]:
    """Towns with the most activities, as examples of what can be typed."""
    rows = await db.fetch_all(
        "SELECT initcap(town) AS town FROM listing WHERE town <> '' AND place IS NOT NULL"
        " GROUP BY town ORDER BY count(*) DESC, town LIMIT $1",
        most,
    )
    return [row["town"] for row in rows]


async def did_you_mean(query: SearchQuery) -> SearchQuery | None:
    """The search with its unknown words put right from the vocabulary of the listings; None when there is nothing."""
    typed = dict.fromkeys(re.findall(r"[^\W\d_]+", query.words.lower()))
    words = [word for word in typed if len(word) >= _SUGGESTED_WORD]
    if not words:
        return None
    rows = await db.fetch_all(
        "SELECT w.typed, n.word FROM unnest($1::text[]) AS w (typed) CROSS JOIN LATERAL"
        " (SELECT word FROM search_word WHERE word % w.typed AND similarity(word, w.typed) >= $2"
        "   ORDER BY word <-> w.typed, word LIMIT 1) n"
        " WHERE NOT EXISTS (SELECT 1 FROM search_word WHERE word = w.typed)",
        words,
        _ALIKE_ENOUGH,
    )
    if not rows:
        return None
    put_right = {row["typed"]: row["word"] for row in rows}
    changed = re.sub(r"[^\W\d_]+", lambda found: put_right.get(found[0].lower(), found[0]), query.words)
    return replace(query, words=changed, page=1)
