"""What is booked outside a plan, for the care manager."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import db

PAGE_SIZE = 50


class OutsideLine(msgspec.Struct, frozen=True, kw_only=True):
    """A booking that the plan does not hold, with the reason; the price in pence."""

    id: UUID
    booking_id: UUID
    person_id: UUID
    person_name: str
    title: str
    provider_name: str
    service_on: date
    price_pence: int
    because: str
    said_by_name: str
    said_at: datetime


_OUTSIDE = """
    SELECT o.id, b.id AS booking_id, o.person_id, p.name AS person_name, a.title, pr.name AS provider_name,
           b.service_on, b.price_pence, o.because, u.name AS said_by_name, o.said_at
      FROM outside_plan o JOIN person p ON p.id = o.person_id
      JOIN booking b ON b.person_id = o.person_id AND b.activity_session_id = o.activity_session_id
       AND b.state IN ('confirmed', 'delivered', 'missed')
      JOIN activity_session s ON s.id = o.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = b.provider_id JOIN app_user u ON u.id = o.said_by
     WHERE p.council_id = $1 AND o.seen_at IS NULL ORDER BY o.said_at, o.id LIMIT $2
"""


async def outside_the_plan(actor: Actor) -> list[OutsideLine]:
    """What the actor's council has not seen yet, the oldest first, at most a page. Needs PERSON_MANAGE."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(_OUTSIDE, actor.council_id, PAGE_SIZE)
    return [msgspec.convert(row, OutsideLine) for row in rows]
