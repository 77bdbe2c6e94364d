"""A place given up late and taken by somebody else is not charged (`rules.md` 14; hard case 1)."""

from datetime import date
from uuid import UUID

from marketplace.bookings.rules import Outcome, refilled_places, taken_by_others
from marketplace.bookings.waiving import Because, let_off
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict

_SESSIONS = """
    SELECT s.id
      FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN activity_session s ON s.id = b.activity_session_id
     WHERE t.outcome = $1 AND b.refill_waives_charge AND b.service_on BETWEEN $2 AND $3 AND b.ends_at <= $4
     GROUP BY s.id HAVING s.places_taken + count(*) > s.capacity AND bool_or(t.charge_pence > 0)
"""
_GIVEN_UP = """
    SELECT b.id, b.fund_id, b.price_pence, b.service_on, b.payment, b.cancelled_at, t.charge_pence
      FROM booking b JOIN attendance t ON t.booking_id = b.id
     WHERE b.activity_session_id = $1 AND t.outcome = $2 AND b.refill_waives_charge
     ORDER BY b.cancelled_at, b.id FOR NO KEY UPDATE OF b
"""
_TAKEN_AT = """
    SELECT booked_at FROM booking
     WHERE activity_session_id = $1 AND state IN ('held', 'confirmed', 'delivered', 'missed')
"""


async def waive_refilled(who: audit.Who, first: date, last: date) -> int:
    """Take back the charge for refilled places of sessions that ended, on days `first` to `last`; answers how many.

    Whoever gave up first is let off first. Doing it again changes nothing; what was claimed before stands.
    """
    sessions = await db.fetch_all(_SESSIONS, str(Outcome.LATE_CANCELLED), first, last, clock.now())
    waived = 0
    for session in sessions:
        try:
            waived += await _waive(who, session["id"])
        except Conflict:
            continue  # Claimed in between: a credit note corrects it.
    return waived


async def _waive(who: audit.Who, session_id: UUID) -> int:
    async with db.unit_of_work():
        session = await db.fetch_one(
            "SELECT capacity, places_taken FROM activity_session WHERE id = $1 FOR NO KEY UPDATE", session_id
        )
        given_up = await db.fetch_all(_GIVEN_UP, session_id, str(Outcome.LATE_CANCELLED))
        if session is None:
            return 0
        most = refilled_places(session["capacity"], session["places_taken"], len(given_up))
        taken = [row["booked_at"] for row in await db.fetch_all(_TAKEN_AT, session_id)]
        places = taken_by_others([row["cancelled_at"] for row in given_up], taken, most)
        charged = [given_up[place] for place in places if given_up[place]["charge_pence"] > 0]
        for row in charged:
            await let_off(who, row, Because.REFILLED)
    return len(charged)
