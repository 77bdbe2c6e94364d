"""Reads about calendars: the actor's own, and what one shows to whoever has its address."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.bookings.feeds.entries import bookings_of_caseload, bookings_of_person, sessions_of
from marketplace.bookings.feeds.rules import (
    AGAIN_AFTER,
    READINGS,
    Entry,
    FeedBusy,
    FeedKind,
    FeedOver,
    changed_last,
    event_of,
)
from marketplace.bookings.week.queries import own_people
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.credentials import actor_of_user, count_try, hash_token
from marketplace.identity.rules import Permission, Role, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError, Forbidden, NotFound
from marketplace.kernel.icalendar import calendar
from marketplace.kernel.settings import settings
from providers.access import own_provider


class FeedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the actor's calendars; `of` says whose days it shows."""

    id: UUID
    kind: FeedKind
    name: str
    of: str
    created_at: datetime
    renewed_at: datetime | None
    stopped_at: datetime | None
    last_used_at: datetime | None


async def feeds_of(actor: Actor) -> Sequence[FeedLine]:
    """The calendars that the actor made, those that were stopped last. Needs SIGNED_IN."""
    require(actor, Permission.SIGNED_IN)
    rows = await db.fetch_all(
        "SELECT c.id, c.kind, c.name, c.created_at, c.renewed_at, c.stopped_at, c.last_used_at,"
        "       coalesce(v.name, pr.name, nullif(p.preferred_name, ''), p.name, 'Everybody on your desk') AS of"
        "  FROM calendar_feed c LEFT JOIN person p ON p.id = c.person_id"
        "  LEFT JOIN provider pr ON pr.id = c.provider_id LEFT JOIN venue v ON v.id = c.venue_id"
        " WHERE c.user_id = $1 ORDER BY c.stopped_at IS NOT NULL, c.created_at DESC, c.id LIMIT 100",
        actor.user_id,
    )
    return [msgspec.convert(row, FeedLine) for row in rows]


async def may_see(
    actor: Actor, kind: FeedKind, person_id: UUID | None, provider_id: UUID | None, venue_id: UUID | None
) -> None:
    """The actor may have such a calendar today: asked when it is made and each time it is read.

    Raises NotFound or Forbidden.
    """
    match kind:
        case FeedKind.PERSON:
            if person_id is None:
                raise NotFound
            await require_person(actor, person_id, Scope.SEE)
        case FeedKind.CASELOAD:
            if Role.BROKER not in actor.roles:
                raise Forbidden("Only a broker has a caseload.")
        case FeedKind.PROVIDER | FeedKind.VENUE:
            own = await own_provider(actor, Permission.ATTENDANCE_RECORD)
            if own != provider_id or (kind is FeedKind.VENUE and not await _venue_of(own, venue_id)):
                raise NotFound


async def _venue_of(provider_id: UUID, venue_id: UUID | None) -> bool:
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM venue WHERE id = $1 AND provider_id = $2)", venue_id, provider_id
        )
    )


class Option(msgspec.Struct, frozen=True):
    """Something of which the actor may make a calendar: `value` is sent by the form."""

    value: str
    text: str
    hint: str


async def options_for(actor: Actor, person_id: UUID | None) -> Sequence[Option]:
    """What the actor can make a calendar of; `person_id` adds somebody whom they may see."""
    found: list[Option] = []
    if Permission.PERSON_SEE in actor.permissions:
        people = {each.id: each.called for each in await own_people(actor)}
        if person_id is not None and person_id not in people:
            await require_person(actor, person_id, Scope.SEE)
            people[person_id] = await db.fetch_value(
                "SELECT coalesce(nullif(preferred_name, ''), name) FROM person WHERE id = $1", person_id
            )
        found += [Option(f"person:{key}", name, "What is booked") for key, name in people.items()]
    if Role.BROKER in actor.roles:
        found.append(
            Option("caseload", "Everybody on your desk", "What is booked, with the person’s reference")
        )
    if Permission.ATTENDANCE_RECORD in actor.permissions:
        found += await _seller_options(actor)
    return found


async def _seller_options(actor: Actor) -> list[Option]:
    rows = await db.fetch_all(
        "SELECT pr.id, pr.name, v.id AS venue_id, v.name AS venue FROM provider pr"
        " LEFT JOIN venue v ON v.provider_id = pr.id WHERE pr.organisation_id = $1 ORDER BY v.name, v.id LIMIT 60",
        actor.organisation_id,
    )
    if not rows:
        return []
    own = Option(f"provider:{rows[0]['id']}", rows[0]["name"], "Every session, with how many come")
    return [own] + [
        Option(f"venue:{row['venue_id']}", row["venue"], "The sessions at this place")
        for row in rows
        if row["venue_id"] is not None
    ]


class Reading(msgspec.Struct, frozen=True):
    """A calendar as it is read now; `changed_at` only where that alone says whether a reader has it already."""

    body: bytes
    changed_at: datetime | None


async def read_feed(token: str) -> Reading:
    """The calendar behind an address, as whoever made it may see it today (`rules.md` 27).

    Raises NotFound for an unknown address, FeedOver when it was stopped or the authority ended, FeedBusy.
    """
    hashed = hash_token(token)
    feed = await db.fetch_one("SELECT * FROM calendar_feed WHERE token_hash = $1", hashed)
    if feed is None:
        raise NotFound
    if feed["stopped_at"] is not None:
        raise FeedOver
    if await count_try(f"feed:{hashed[:40]}") > READINGS:
        raise FeedBusy
    actor = await actor_of_user(feed["user_id"], feed["organisation_id"])
    if actor is None:
        raise FeedOver
    kind = FeedKind(feed["kind"])
    try:
        await may_see(actor, kind, feed["person_id"], feed["provider_id"], feed["venue_id"])
    except DomainError as refusal:
        raise FeedOver from refusal
    entries = await _entries(actor, kind, feed)
    await _note_use(actor, feed)
    changed_at = changed_last(entries, feed["renewed_at"] or feed["created_at"])
    site = settings().base_url
    body = calendar(
        [event_of(entry, site) for entry in entries],
        at=changed_at,
        name=f"Fairday: {feed['name']}",
        again_after=AGAIN_AFTER,
    )
    # Of a caseload people go with their authority, and no moment is kept of that: there the tag alone decides.
    return Reading(body, changed_at if kind is FeedKind.PERSON else None)


async def _entries(actor: Actor, kind: FeedKind, feed: db.Row) -> Sequence[Entry]:
    match kind:
        case FeedKind.PERSON:
            return await bookings_of_person(feed["person_id"])
        case FeedKind.CASELOAD:
            return await bookings_of_caseload(actor)
        case FeedKind.PROVIDER | FeedKind.VENUE:
            return await sessions_of(feed["provider_id"], feed["venue_id"])


async def _note_use(actor: Actor, feed: db.Row) -> None:
    # Telephones ask all day: the view of a person's record is audited once a day, the use noted now and then.
    now, last = clock.now(), feed["last_used_at"]
    if last is not None and (now - last).total_seconds() < 300:
        return
    async with db.unit_of_work():
        await db.execute("UPDATE calendar_feed SET last_used_at = $2 WHERE id = $1", feed["id"], now)
        if feed["person_id"] is not None and (
            last is None or clock.london_day(last) != clock.london_day(now)
        ):
            await record_view(actor, "person", feed["person_id"])


async def own_seller(actor: Actor) -> UUID | None:
    """The provider of the actor's organisation, if it is one."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM provider WHERE organisation_id = $1", actor.organisation_id
    )
    return found
