"""Reads about what was lost through a suspension and what could be booked instead."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from isf.todo import Todo
from marketplace.bookings.reprovision.rules import ItemState
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import clock, db, formats
from marketplace.kernel.errors import NotFound
from marketplace.kernel.routes_of_money import Route

NEAR_METRES: Final = 16_000
"""How far from the lost place something else may be: about ten miles."""
AROUND: Final = timedelta(days=10)
"""How long before and after the lost time something else may be."""
SOON: Final = timedelta(days=3)
"""A lost date that is nearer than this is urgent."""
MOST_ALTERNATIVES: Final = 8
PAGE_SIZE: Final = 200


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A booking that was lost, and what came of it. The price in pence."""

    id: UUID
    state: ItemState
    person_id: UUID
    person_name: str
    booking_id: UUID
    reference: str
    title: str
    category: str
    provider_name: str
    starts_at: datetime
    ends_at: datetime
    price_pence: int
    fund_id: UUID
    activity_session_id: UUID
    opened_at: datetime
    closed_at: datetime | None
    new_booking_id: UUID | None
    new_title: str | None
    provider_free: bool
    """Whether the provider can be booked again."""
    words: str


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """A session that could take the place of what was lost, payable from the same fund."""

    session_id: UUID
    activity_id: UUID
    title: str
    category: str
    provider_name: str
    venue: str | None
    town: str | None
    starts_at: datetime
    ends_at: datetime
    service_on: date
    places_left: int
    price_pence: int
    metres: float | None


_ITEMS = """
    SELECT i.id, i.state, i.person_id, coalesce(nullif(p.preferred_name, ''), p.name) AS person_name, i.booking_id,
           b.reference, a.title, a.category, pr.name AS provider_name, b.starts_at, b.ends_at, b.price_pence,
           b.fund_id, b.activity_session_id, i.opened_at, i.closed_at, i.new_booking_id, na.title AS new_title,
           NOT provider_suspended(b.provider_id) AS provider_free, i.words
      FROM reprovision_item i JOIN person p ON p.id = i.person_id JOIN booking b ON b.id = i.booking_id
      JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = b.provider_id
      LEFT JOIN booking nb ON nb.id = i.new_booking_id
      LEFT JOIN activity_session ns ON ns.id = nb.activity_session_id LEFT JOIN activity na ON na.id = ns.activity_id
"""
# $1 user, $2 organisation, $3 today, $4 the council whose people the actor sees (or null).
_MINE = """
    (p.council_id = $4 OR EXISTS (
        SELECT 1 FROM authority t WHERE t.person_id = p.id AND (t.user_id = $1 OR t.organisation_id = $2)
           AND t.starts_on <= $3 AND (t.ends_on IS NULL OR t.ends_on > $3) AND 'see' = ANY (t.scopes)))
"""


def _asker(actor: Actor) -> tuple[object, ...]:
    sees_all = Scope.SEE in council_scopes_of(actor.roles)
    return actor.user_id, actor.organisation_id, clock.today(), actor.council_id if sees_all else None


async def queue(actor: Actor, state: ItemState = ItemState.OPEN) -> list[Item]:
    """The items of everybody whom the actor may see, the soonest lost date first. Raises Forbidden."""
    require(actor, Permission.PERSON_SEE)
    rows = await db.fetch_all(
        f"{_ITEMS} WHERE i.state = $5 AND {_MINE} ORDER BY b.starts_at, i.id LIMIT {PAGE_SIZE}",  # noqa: S608
        *_asker(actor),
        str(state),
    )
    return [msgspec.convert(row, Item) for row in rows]


async def items_of(actor: Actor, person_id: UUID) -> list[Item]:
    """Everything that a person lost, what is to do first; the view is audited. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    await record_view(actor, "reprovision", person_id)
    rows = await db.fetch_all(
        f"{_ITEMS} WHERE i.person_id = $1 ORDER BY i.state <> 'open', b.starts_at, i.id LIMIT {PAGE_SIZE}",
        person_id,
    )
    return [msgspec.convert(row, Item) for row in rows]


async def item(actor: Actor, item_id: UUID) -> Item:
    """One of them; the view is audited. Raises NotFound when its person is not the actor's to see."""
    row = await db.fetch_one(_ITEMS + " WHERE i.id = $1", item_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    await record_view(actor, "reprovision", row["person_id"])
    return msgspec.convert(row, Item)


async def item_for_change(item_id: UUID) -> db.Row:
    """The row of an item, locked; only inside a unit of work. Raises NotFound."""
    row = await db.fetch_one("SELECT * FROM reprovision_item WHERE id = $1 FOR NO KEY UPDATE", item_id)
    if row is None:
        raise NotFound
    return row


# One statement: what is alike, near, around that time, free, payable from the same fund by the same rules as booking.
_ALTERNATIVES = """
    WITH lost AS (
        SELECT b.*, a.category, a.outcomes, point(v.easting, v.northing) AS place, lower(v.town) AS town,
               m.balance_pence, f.starts_on AS fund_starts, f.ends_on AS fund_ends
          FROM booking b
          JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
          LEFT JOIN venue v ON v.id = a.venue_id
          JOIN fund f ON f.id = b.fund_id AND f.state = 'open'
          JOIN account m ON m.fund_id = f.id AND m.kind = 'available'
         WHERE b.id = $1)
    SELECT s.id AS session_id, s.activity_id, a.title, a.category, pr.name AS provider_name, v.name AS venue, v.town,
           s.starts_at, s.ends_at, s.service_on, s.capacity - s.places_taken - s.places_offered AS places_left,
           p.pence AS price_pence, l.place <-> lost.place AS metres
      FROM lost
      JOIN listing l ON (l.category = lost.category OR l.outcomes && lost.outcomes)
       AND l.routes_accepted @> ARRAY[lost.route]
       AND (lost.place IS NULL OR l.place IS NULL OR l.place <-> lost.place <= $2)
      JOIN activity_session s ON s.activity_id = l.activity_id AND s.state = 'scheduled' AND s.starts_at > $3
       AND s.starts_at BETWEEN lost.starts_at - $4::interval AND lost.starts_at + $4::interval
       AND s.places_taken + s.places_offered < s.capacity
       AND s.service_on >= lost.fund_starts AND s.service_on < lost.fund_ends
      JOIN activity a ON a.id = s.activity_id JOIN provider pr ON pr.id = s.provider_id
      LEFT JOIN venue v ON v.id = a.venue_id
      CROSS JOIN LATERAL (SELECT activity_price_on(s.activity_id, s.service_on,
                                                   session_minutes(s.starts_at, s.ends_at)) AS pence) p
     WHERE p.pence <= lost.balance_pence AND NOT provider_suspended(s.provider_id)
       AND s.provider_id <> lost.provider_id
       AND (lost.route = 'council_managed' OR s.owner_council_id <> lost.council_id)
       AND (lost.route = 'direct_payment' OR s.owner_council_id = lost.council_id
            OR EXISTS (SELECT 1 FROM commission c WHERE c.provider_id = s.provider_id
                        AND c.council_id = lost.council_id AND c.state = 'approved' AND c.starts_on <= s.service_on
                        AND (c.ends_on IS NULL OR c.ends_on > s.service_on)))
       AND NOT EXISTS (SELECT 1 FROM booking o WHERE o.person_id = lost.person_id
                        AND o.state IN ('held', 'confirmed', 'delivered', 'missed')
                        AND tstzrange(o.starts_at, o.ends_at) && tstzrange(s.starts_at, s.ends_at))
     ORDER BY (l.category = lost.category) DESC, greatest(s.starts_at - lost.starts_at, lost.starts_at - s.starts_at),
              metres NULLS LAST, s.id
     LIMIT $5
"""


async def alternatives(booking_id: UUID) -> list[Alternative]:
    """What could be booked from the same fund instead of one that was lost, the most alike first."""
    rows = await db.fetch_all(
        _ALTERNATIVES, booking_id, float(NEAR_METRES), clock.now(), AROUND, MOST_ALTERNATIVES
    )
    return [msgspec.convert(row, Alternative) for row in rows]


async def could_answer(person_id: UUID, since: datetime) -> list[db.Row]:
    """The person's live bookings made since a moment that answer no item yet."""
    return await db.fetch_all(
        "SELECT b.id, b.reference, a.title, b.starts_at, b.ends_at FROM booking b"
        " JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id"
        " WHERE b.person_id = $1 AND b.booked_at >= $2 AND b.state IN ('confirmed', 'delivered', 'missed')"
        " AND NOT EXISTS (SELECT 1 FROM reprovision_item i WHERE i.new_booking_id = b.id)"
        " ORDER BY b.starts_at, b.id LIMIT 50",
        person_id,
        since,
    )


async def could_come_back(person_id: UUID) -> list[db.Row]:
    """Lost bookings of a person still to come whose provider can be booked again, the soonest first."""
    return await db.fetch_all(
        "SELECT i.id, b.activity_session_id, b.fund_id, a.title FROM reprovision_item i"
        " JOIN booking b ON b.id = i.booking_id JOIN activity_session s ON s.id = b.activity_session_id"
        " JOIN activity a ON a.id = s.activity_id"
        " WHERE i.person_id = $1 AND i.state = 'open' AND b.starts_at > $2 AND NOT provider_suspended(b.provider_id)"
        " ORDER BY b.starts_at, i.id",
        person_id,
        clock.now(),
    )


async def progress(suspension_id: UUID) -> db.Row:
    """How many bookings a suspension gave back, of how many people, and how many are still to be answered."""
    row = await db.fetch_one(
        "SELECT count(*) AS items, count(DISTINCT i.person_id) AS people,"
        " count(*) FILTER (WHERE i.state = 'open') AS open, coalesce(sum(b.price_pence), 0)::bigint AS pence"
        " FROM reprovision_item i JOIN booking b ON b.id = i.booking_id WHERE i.suspension_id = $1",
        suspension_id,
    )
    assert row is not None  # noqa: S101 - aggregates always answer a row
    return row


async def would_be_lost(provider_id: UUID) -> db.Row:
    """What a suspension now would give back; numbers only, because this is no view of anybody's record."""
    row = await db.fetch_one(
        "SELECT count(*) AS items, count(DISTINCT person_id) AS people, coalesce(sum(price_pence), 0)::bigint AS pence"
        " FROM booking WHERE provider_id = $1 AND starts_at > $2 AND state IN ('held', 'confirmed')",
        provider_id,
        clock.now(),
    )
    assert row is not None  # noqa: S101 - aggregates always answer a row
    return row


async def route_of(fund_id: UUID) -> Route:
    """By which way of paying a fund is."""
    return Route(await db.fetch_value("SELECT route FROM fund WHERE id = $1", fund_id))


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """What a person has to choose because bookings of theirs were given back; for those who may see the person."""
    row = await db.fetch_one(
        "SELECT count(*) AS items, min(b.service_on) AS first_on FROM reprovision_item i"
        " JOIN booking b ON b.id = i.booking_id WHERE i.person_id = $1 AND i.state = 'open'",
        person_id,
    )
    if row is None or not row["items"]:
        return []
    words = f"Choose what to do instead of {formats.count(row['items'], 'booking')} that cannot happen"
    return [Todo(words, f"/people/{person_id}/reprovision", row["first_on"])]
