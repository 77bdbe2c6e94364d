"""What an end would give back, and what that costs under the terms that were agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from isf.commands.own import own_person
from isf.endings.rules import EndDraft, EndKind
from marketplace.bookings.queries import BARRED_SQL, cancel_charge
from marketplace.bookings.rules import BookingState
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking after the end: what giving it back costs, paid from its fund."""

    booking_id: UUID
    title: str
    provider_name: str
    starts_at: datetime
    ends_at: datetime
    service_on: date
    price: Money
    charge: Money


# $1 person, $2 the last day, $3 the moment from which that day's bookings go too (null: none of them).
_AFTER = f"""
    SELECT b.id AS booking_id, a.title, pr.name AS provider_name, b.starts_at, b.ends_at, b.service_on, b.price_pence,
           b.transport_pence, b.state, b.notice_hours, b.charge_percent, b.refill_waives_charge,
           {BARRED_SQL}
      FROM booking b JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = b.provider_id
     WHERE b.person_id = $1 AND b.state IN ('held', 'confirmed')
       AND (b.service_on > $2 OR b.service_on = $2 AND b.starts_at > $3)
     ORDER BY b.starts_at, b.id
"""  # noqa: S608 - names, no values


async def after_end(person_id: UUID, draft: EndDraft) -> Sequence[Affected]:
    """What is booked after an end; whether anybody may see it is asked before."""
    now = clock.now()
    rows = await db.fetch_all(_AFTER, person_id, draft.last_on, now if draft.kind is EndKind.DIED else None)
    return [_affected(row) for row in rows]


def _affected(row: db.Row) -> Affected:
    price = Money(row["price_pence"])
    charge = ZERO if row["state"] == BookingState.HELD else cancel_charge(row)
    names = ("booking_id", "title", "provider_name", "starts_at", "ends_at", "service_on")
    return Affected(**{name: row[name] for name in names}, price=price, charge=charge)


async def preview_end(actor: Actor, person_id: UUID, draft: EndDraft) -> Sequence[Affected]:
    """What the end would give back; nothing is changed. Needs PERSON_MANAGE in the person's council."""
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        await own_person(actor, person_id)
    return await after_end(person_id, draft)
