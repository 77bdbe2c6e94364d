"""Giving up a place, under the terms frozen at booking (`rules.md` 13 to 15)."""

from datetime import datetime
from uuid import UUID

from isf.ledger import commands as ledger
from marketplace.bookings import queries, rules
from marketplace.bookings.commands.attending import charge_fund, write_attendance
from marketplace.bookings.commands.holding import free_place, let_go
from marketplace.bookings.rules import TRANSITIONS, BookingState, Outcome, Payment, Reason
from marketplace.identity.access import Actor, check_scope, require, scopes_for
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.states import transition


async def cancel_booking(actor: Actor, booking_id: UUID, because: Reason, words: str = "") -> Money:
    """Give up a place; answers what is charged under the terms frozen at booking (`rules.md` 13 to 15; row B5).

    The person's side needs the scope to book, the provider's side must deliver it, and the council cancels as the
    council what its own money pays for; `words` say why to whoever is told. A booking paid by card is refunded
    by `invoicing`, which looks for cancelled ones. Raises NotFound, Forbidden, StateConflict.
    """
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await _check_may_cancel(actor, row, because)
        now = clock.now()
        if because.by_person and row["state"] == BookingState.CONFIRMED:
            rules.check_not_begun(row["starts_at"], now)
        charge = queries.cancel_charge(row) if because.by_person else ZERO
        await _cancel(actor, row, because, charge, now, words.strip())
    return charge


async def _check_may_cancel(actor: Actor, row: db.Row, because: Reason) -> None:
    if (
        actor.organisation_id == row["provider_organisation_id"]
        and Permission.ATTENDANCE_RECORD in actor.permissions
    ):
        if because is not Reason.PROVIDER:
            raise Conflict("A provider cancels as the provider; the person is not charged.")
        return
    if because is Reason.COUNCIL and (actor.council_id is None or row["route"] != Route.COUNCIL_MANAGED):
        raise Conflict(
            "You cannot cancel this as the council, because the council's own money does not pay for it. "
            "You can say why the person gives up the place."
        )
    check_scope(await scopes_for(actor, row["person_id"]), Scope.BOOK)
    require(actor, Permission.BOOK)
    if not because.by_person:
        raise Conflict("Say why the person gives up the place.")


async def _cancel(
    who: audit.Who, row: db.Row, because: Reason, charge: Money, now: datetime, words: str = ""
) -> None:
    await transition(
        who, "booking", row["id"], BookingState(row["state"]), BookingState.CANCELLED, TRANSITIONS,
        action="booking.cancelled", because=str(because),
        also={"cancelled_at": now, "cancelled_because": str(because), "cancelled_words": words},
    )  # fmt: skip
    await free_place(row)
    if charge:
        await write_attendance(who, row["id"], Outcome.LATE_CANCELLED, charge, "")
    if Payment(row["payment"]).waits_in_fund:
        price, on = Money(row["price_pence"]), row["service_on"]
        if charge:
            await charge_fund(who, row, charge, str(because))
        else:
            await ledger.release(who, row["fund_id"], row["id"], price, on, because=str(because))


async def cancel_for_ownership(who: audit.Who, booking_id: UUID) -> None:
    """Release a booking that a change of ownership would make unlawful; costs nothing (`rules.md` 1, 15)."""
    await _release(who, booking_id, Reason.BECAME_IN_HOUSE)


async def cancel_for_relative(who: audit.Who, booking_id: UUID) -> None:
    """Release a booking whose direct payment may not pay a relative; costs nothing (`rules.md` 3)."""
    await _release(who, booking_id, Reason.CLOSE_RELATIVE)


async def give_back(
    who: audit.Who, booking_id: UUID, because: Reason, charge: Money, words: str = ""
) -> None:
    """Give a place up for this charge, as was shown before; one that waits for a card payment is let go.

    For pauses, ends, suspensions, moves and cancelled dates; `words` say why. Whether `who` may is asked by those that
    call this.
    Raises NotFound, StateConflict.
    """
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        if row["state"] == BookingState.HELD:
            await let_go(who, booking_id, str(because))
        else:
            await _cancel(who, row, because, charge, clock.now(), words)


async def _release(who: audit.Who, booking_id: UUID, because: Reason) -> None:
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await _cancel(who, row, because, ZERO, clock.now())
