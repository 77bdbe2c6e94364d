"""The register: what came of a booking, and what is owed for it."""

from dataclasses import dataclass
from datetime import time
from uuid import UUID

from isf.ledger import commands as ledger
from marketplace.bookings import queries, rules
from marketplace.bookings.rules import TRANSITIONS, BookingState, Outcome, Payment
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition


@dataclass(frozen=True, slots=True)
class Times:
    """When somebody came and left, London wall time, as far as it was written down."""

    arrived_at: time | None = None
    left_at: time | None = None


NO_TIMES = Times()


async def record_attendance(
    actor: Actor, booking_id: UUID, outcome: Outcome, note: str = "", times: Times = NO_TIMES
) -> Money:
    """Say what came of a booking; answers what is owed for it (row P5).

    What is owed becomes payable, the rest is free again. Saying the same twice changes nothing; saying something else
    corrects it by an opposite, until the attendance is claimed. Raises NotFound, StateConflict, Conflict.
    """
    require(actor, Permission.ATTENDANCE_RECORD)
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        if row["provider_organisation_id"] != actor.organisation_id:
            raise NotFound
        rules.check_attendance_day(row["service_on"], clock.today())
        return await set_attendance(actor, row, outcome, note, times)


async def set_attendance(who: audit.Who, row: db.Row, outcome: Outcome, note: str, times: Times) -> Money:
    """Record or correct what came of a booking; answers what is owed. `row` is from `booking_for_change`; joins the
    open unit of work, and asks nobody whether they may."""
    charge = _charge(row, outcome)
    known = await db.fetch_one(
        "SELECT outcome, note, arrived_at, left_at, disputed FROM attendance WHERE booking_id = $1", row["id"]
    )
    if known is None or known["outcome"] != outcome:
        await _record(who, row, outcome, charge, note, times, known)
    elif (known["note"], known["arrived_at"], known["left_at"]) != (note, times.arrived_at, times.left_at):
        await db.execute(
            "UPDATE attendance SET note = $2, arrived_at = $3, left_at = $4 WHERE booking_id = $1",
            row["id"],
            note,
            times.arrived_at,
            times.left_at,
        )
    return charge


def _charge(row: db.Row, outcome: Outcome) -> Money:
    # Less than was booked where the price without VAT stays and VAT has fallen away (`rules.md` 21); never more.
    price = Money(row["price_at_delivery"])
    if outcome is not Outcome.ATTENDED and row["kept_percent"] is not None:
        return rules.kept_charge(price, row["kept_percent"])
    return rules.attendance_charge(queries.terms_of(row), price, outcome)


async def charge_kept(who: audit.Who, booking_id: UUID) -> None:
    """Charge the share that kept a place on a day gone by during a pause, unless something was recorded meanwhile."""
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        if row["state"] == BookingState.CONFIRMED and row["kept_percent"] is not None:
            await set_attendance(who, row, Outcome.ABSENT, "The place was kept during a pause", NO_TIMES)


async def _record(
    actor: audit.Who,
    row: db.Row,
    outcome: Outcome,
    charge: Money,
    note: str,
    times: Times,
    known: db.Row | None,
) -> None:
    to = BookingState.DELIVERED if outcome is Outcome.ATTENDED else BookingState.MISSED
    await transition(
        actor, "booking", row["id"], BookingState(row["state"]), to, TRANSITIONS,
        action="attendance.recorded", because=str(outcome),
    )  # fmt: skip
    in_fund = Payment(row["payment"]).waits_in_fund
    if known is not None:
        # Once claimed, the database refuses the correction: an invoice is corrected by a credit note.
        await db.execute("DELETE FROM attendance WHERE booking_id = $1", row["id"])
        if in_fund:
            await ledger.undo_delivery(actor, row["id"], "attendance corrected")
    await write_attendance(actor, row["id"], outcome, charge, note)
    if known is not None or times != NO_TIMES:
        # A correction settles no dispute by itself.
        await db.execute(
            "UPDATE attendance SET arrived_at = $2, left_at = $3, disputed = $4 WHERE booking_id = $1",
            row["id"],
            times.arrived_at,
            times.left_at,
            known is not None and known["disputed"],
        )
    if in_fund:
        await charge_fund(actor, row, charge, str(outcome))


async def charge_fund(who: audit.Who, row: db.Row, charge: Money, because: str) -> None:
    """Let go of what the fund holds for a booking: the charge is to be paid, or netted; the rest is free."""
    move = ledger.net if Payment(row["payment"]) is Payment.NETTED else ledger.deliver
    price = Money(row["price_pence"])
    await move(who, row["fund_id"], row["id"], price, charge, row["service_on"], because=because)


async def write_attendance(
    who: audit.Who, booking_id: UUID, outcome: Outcome, charge: Money, note: str
) -> None:
    """Write what is owed for a booking; joins the open unit of work."""
    await db.execute(
        "INSERT INTO attendance (id, booking_id, outcome, charge_pence, note, recorded_by, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new_id(),
        booking_id,
        str(outcome),
        charge.pence,
        note,
        who.user_id,
        clock.now(),
    )
