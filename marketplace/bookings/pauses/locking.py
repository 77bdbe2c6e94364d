"""Holding what a change of all of a person's bookings touches: sessions by id first, then funds and books."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from isf.budgets.books import lock_books
from marketplace.bookings.pauses.queries import bookings_inside
from marketplace.kernel import db
from marketplace.kernel.errors import Conflict


class BookedMeanwhile(Conflict):
    """A booking came in between the reading and the locking."""

    code = "booked_meanwhile"

    def __init__(self) -> None:
        super().__init__("Something was booked or given back at the same moment. Try again.")


async def lock_inside(
    person_id: UUID, starts_on: date, ends_on: date | None, activity_ids: Sequence[UUID] = ()
) -> None:
    """Lock the sessions of what a person has booked on these days and of what they wait for, then all their funds.

    After this nothing of theirs is booked by anybody else until the end of the unit of work. Raises BookedMeanwhile:
    a session that was not locked first must not be locked after a fund.
    """
    seen = {each.booking_id for each in await bookings_inside(person_id, starts_on, ends_on, activity_ids)}
    await db.execute(
        "SELECT 1 FROM activity_session WHERE id IN (SELECT activity_session_id FROM booking WHERE id = ANY ($1)"
        "  UNION ALL SELECT activity_session_id FROM waitlist_entry"
        "             WHERE person_id = $2 AND state IN ('waiting', 'offered'))"
        " ORDER BY id FOR NO KEY UPDATE",
        list(seen),
        person_id,
    )
    funds = await db.fetch_all("SELECT id FROM fund WHERE person_id = $1 ORDER BY id", person_id)
    await lock_books([row["id"] for row in funds])
    now = {each.booking_id for each in await bookings_inside(person_id, starts_on, ends_on, activity_ids)}
    if now - seen:
        raise BookedMeanwhile
