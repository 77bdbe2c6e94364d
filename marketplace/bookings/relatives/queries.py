"""Bookings from a direct payment that a declared relative stands in the way of, and whom a seller may name."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.relatives.queries import RelativeLine, relative
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from providers.access import own_provider


class BarredBooking(msgspec.Struct, frozen=True, kw_only=True):
    """A booking that cannot be charged unless the council agrees; the price in pence."""

    id: UUID
    reference: str
    title: str
    service_on: date
    starts_at: datetime
    ends_at: datetime
    price_pence: int


# $1 person, $2 seller. Whatever has not been charged: what is past and not recorded waits as well.
_BARRED = """
    SELECT b.id, b.reference, a.title, b.service_on, b.starts_at, b.ends_at, b.price_pence
      FROM booking b JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
     WHERE b.person_id = $1 AND b.provider_id = $2 AND b.route = 'direct_payment' AND b.price_pence > 0
       AND b.state IN ('held', 'confirmed') AND relative_bars(b.person_id, b.provider_id, b.service_on)
     ORDER BY b.starts_at, b.id
"""


async def barred_bookings(person_id: UUID, provider_id: UUID) -> Sequence[BarredBooking]:
    """What is booked and may not be charged; the caller has asked who may see the person."""
    rows = await db.fetch_all(_BARRED, person_id, provider_id)
    return [msgspec.convert(row, BarredBooking) for row in rows]


async def relative_with_bookings(
    actor: Actor, relative_id: UUID
) -> tuple[RelativeLine, Sequence[BarredBooking]]:
    """A declared relative and the bookings that wait because of them. Raises NotFound."""
    line = await relative(actor, relative_id)
    return line, await barred_bookings(line.person_id, line.provider_id)


class Customer(msgspec.Struct, frozen=True):
    """Somebody who booked with a seller, as its register calls them."""

    id: UUID
    name: str


async def customers_of(actor: Actor) -> Sequence[Customer]:
    """Who booked with the actor's organisation in the last 90 days or later, by name; at most 300."""
    provider_id = await own_provider(actor)
    rows = await db.fetch_all(
        "SELECT p.id, p.name FROM person p WHERE p.id IN (SELECT b.person_id FROM booking b"
        " WHERE b.provider_id = $1 AND b.starts_at > $2::timestamptz - interval '90 days') ORDER BY p.name LIMIT 300",
        provider_id,
        clock.now(),
    )
    return [Customer(**row) for row in rows]


class OwnWord(msgspec.Struct, frozen=True, kw_only=True):
    """What a seller declared itself."""

    person_name: str
    name: str
    kind: str
    same_household: bool
    starts_on: date
    ended_on: date | None


async def declared_by_seller(actor: Actor) -> Sequence[OwnWord]:
    """What the actor's organisation declared; not what others said about it."""
    provider_id = await own_provider(actor)
    rows = await db.fetch_all(
        "SELECT p.name AS person_name, r.name, r.kind, r.same_household, r.starts_on, r.ended_on FROM close_relative r"
        " JOIN person p ON p.id = r.person_id WHERE r.provider_id = $1 AND r.declared_as = 'provider'"
        " ORDER BY r.ended_on IS NOT NULL, r.declared_at DESC",
        provider_id,
    )
    return [OwnWord(**row) for row in rows]
