"""A place held for a card payment: confirmed when it is paid, let go when it is not."""

from uuid import UUID

from isf.ledger import commands as ledger
from marketplace.bookings import queries
from marketplace.bookings.rules import TRANSITIONS, BookingState
from marketplace.bookings.sharing.alerts import tell_of_gap
from marketplace.bookings.waitlist.offers import settle_line
from marketplace.kernel import audit, db
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition


async def confirm_held(who: audit.Who, booking_id: UUID) -> db.Row:
    """A held place is paid for: it is the person's. Joins the open unit of work. Raises StateConflict."""
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await transition(
            who, "booking", booking_id, BookingState(row["state"]), BookingState.CONFIRMED, TRANSITIONS,
            action="booking.confirmed", also={"held_until": None},
        )  # fmt: skip
    return row


async def let_go(who: audit.Who, booking_id: UUID, because: str) -> None:
    """A held place was not paid for: place and money are free again. Raises StateConflict when it is not held."""
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await transition(
            who, "booking", booking_id, BookingState(row["state"]), BookingState.LAPSED, TRANSITIONS,
            action="booking.lapsed", because=because,
        )  # fmt: skip
        await free_place(row)
        await ledger.release(
            who, row["fund_id"], booking_id, Money(row["price_pence"]), row["service_on"], because=because
        )


async def free_place(row: db.Row) -> None:
    """Give a place of a session back, and offer it to the first who waits for one; the session is locked.

    Where people share a worker, the provider hears of the empty seat.
    """
    somebody_waits = await db.fetch_value(
        "UPDATE activity_session SET places_taken = places_taken - 1 WHERE id = $1 RETURNING EXISTS ("
        " SELECT 1 FROM waitlist_entry WHERE activity_session_id = $1 AND state = 'waiting')",
        row["activity_session_id"],
    )
    if somebody_waits:
        await settle_line(row["activity_session_id"])
    tell_of_gap(row)
