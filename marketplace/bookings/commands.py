"""Booking, cancelling, attending: each one use case, one transaction; session locked first, fund last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from isf.ledger import commands as ledger
from isf.ledger.posting import overdrawn
from marketplace.bookings import queries, rules
from marketplace.bookings.rules import TRANSITIONS, BookingFacts, BookingState, Outcome, Payment, Reason, Side
from marketplace.identity.access import Actor, check_scope, require, scopes_for
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats, outbox
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    InHouseBlocked,
    NotBookable,
    NotFound,
    PersonBusy,
    SessionFull,
)
from marketplace.kernel.idempotency import Key, stored_answer
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.states import transition

db.explain_constraint("booking_person_busy", PersonBusy())
db.explain_constraint("booking_not_in_house", InHouseBlocked())


class Booked(msgspec.Struct, frozen=True):
    """A booking that was made."""

    id: UUID
    reference: str
    state: str
    price_pence: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A place kept until a moment while a card payment is made."""

    until: datetime


async def book(
    actor: Actor,
    activity_session_id: UUID,
    fund_id: UUID,
    *,
    key: Key | None = None,
    hold: Hold | None = None,
) -> Booked:
    """Take one place and hold the price in the fund (`rules.md` 1, 13; rows B2, B4, D4).

    Safe to repeat with the same `key`. Raises NotFound, Forbidden, InHouseBlocked, RouteNotAccepted, NotCommissioned,
    NotBookable, SessionFull, PersonBusy, FundExhausted, IdempotencyConflict.
    """
    require(actor, Permission.BOOK)
    facts = await queries.booking_facts(actor, activity_session_id, fund_id)
    rules.check_fund_user(facts.route, Side.COUNCIL if actor.council_id else Side.PERSON)
    rules.check_bookable(facts, clock.now())
    try:
        return await _place_with_fresh_reference(actor, facts, activity_session_id, fund_id, key, hold)
    except asyncpg.PostgresError as failure:
        refusal = _refusal(failure)
        if refusal is None:
            raise
        raise refusal from failure


async def _place_with_fresh_reference(
    actor: Actor, facts: BookingFacts, session_id: UUID, fund_id: UUID, key: Key | None, hold: Hold | None
) -> Booked:
    # Six letters that can be read aloud meet their like once in some ten thousand bookings: then others are drawn.
    for _ in range(4):
        try:
            return await _place(actor, facts, session_id, fund_id, key, hold)
        except asyncpg.UniqueViolationError as failure:
            if failure.constraint_name != "booking_reference_key" or db.in_transaction():
                raise
    return await _place(actor, facts, session_id, fund_id, key, hold)


async def _place(
    actor: Actor, facts: BookingFacts, session_id: UUID, fund_id: UUID, key: Key | None, hold: Hold | None
) -> Booked:
    # One call is one transaction: place, money, booking, audit, letter and the answer to a repeat (`place_booking`).
    booked = Booked(
        id=new_id(),
        reference=reference("BK"),
        state=str(BookingState.HELD if hold else BookingState.CONFIRMED),
        price_pence=facts.price.pence,
    )
    replayed = await db.fetch_one(
        "SELECT * FROM place_booking($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,"
        " $19, $20, $21, $22)",
        booked.id,
        booked.reference,
        facts.person_id,
        fund_id,
        session_id,
        actor.user_id,
        actor.organisation_id,
        booked.state,
        str(Payment.CARD if hold else Payment.INVOICE),
        hold.until if hold else None,
        facts.price.pence,
        facts.vat_category,
        facts.vat_rate_basis_points,
        facts.terms.notice_hours,
        facts.terms.charge_percent,
        facts.terms.refill_waives_charge,
        "" if hold else facts.provider_email,
        f"New booking {booked.reference}",
        f"{facts.title}, {formats.when(facts)}: one place was booked. The register shows who is coming.",
        key.key if key else None,
        key.fingerprint if key else None,
        msgspec.json.encode(booked).decode() if key else None,
    )
    if key is not None and replayed is not None:
        answer = stored_answer(key, replayed["replayed_fingerprint"], replayed["replayed_body"])
        return msgspec.json.decode(answer, type=Booked)
    return booked


# What `place_booking` refuses, in words. Types, because each refusal is an exception of its own.
_BY_STATE: dict[str, Callable[[], DomainError]] = {
    "FD001": SessionFull,
    "FD002": lambda: NotBookable(
        "You cannot book this, because it is not offered any more. You can choose another date."
    ),
    "FD003": lambda: NotBookable(
        "You cannot book this with this fund, because it has no money for that date."
    ),
}
_BY_CONSTRAINT: dict[str, Callable[[], DomainError]] = {
    "booking_person_busy": PersonBusy,
    "booking_not_in_house": InHouseBlocked,
    # Ownership changed between our reading and our writing.
    "booking_session_facts": lambda: Conflict(
        "This session changed a moment ago. Look at it again before you book."
    ),
}


def _refusal(failure: asyncpg.PostgresError) -> DomainError | None:
    if isinstance(failure, asyncpg.CheckViolationError) and (refusal := overdrawn(failure)) is not None:
        return refusal
    if isinstance(failure, asyncpg.DeadlockDetectedError | asyncpg.SerializationError):
        return Conflict("Somebody booked at the same moment. Try again.")
    refusal_of = _BY_STATE.get(str(failure.sqlstate)) or _BY_CONSTRAINT.get(
        str(getattr(failure, "constraint_name", ""))
    )
    return refusal_of() if refusal_of else None


async def confirm_held(who: audit.Who, booking_id: UUID) -> db.Row:
    """A held place is paid for: it is the person's. Joins the open unit of work. Raises StateConflict."""
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await transition(
            who, "booking", booking_id, BookingState(row["state"]), BookingState.CONFIRMED, TRANSITIONS,
            action="booking.confirmed", also={"held_until": None},
        )  # fmt: skip
        await outbox.enqueue_mail(
            row["provider_email"],
            f"New booking {row['reference']}",
            f"{row['title']}, {formats.when(row)}: one place was booked and paid by card.",
        )
    return row


async def let_go(who: audit.Who, booking_id: UUID, because: str) -> None:
    """A held place was not paid for: place and money are free again. Raises StateConflict when it is not held."""
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await transition(
            who, "booking", booking_id, BookingState(row["state"]), BookingState.LAPSED, TRANSITIONS,
            action="booking.lapsed", because=because,
        )  # fmt: skip
        await _free_place(row)
        await ledger.release(
            who, row["fund_id"], booking_id, Money(row["price_pence"]), row["service_on"], because=because
        )


async def _free_place(row: db.Row) -> None:
    await db.execute(
        "UPDATE activity_session SET places_taken = places_taken - 1 WHERE id = $1",
        row["activity_session_id"],
    )


async def cancel_booking(actor: Actor, booking_id: UUID, because: Reason) -> Money:
    """Give up a place; answers what is charged under the terms frozen at booking (`rules.md` 13 to 15; row B5).

    The person's side needs the scope to book, the provider's side must deliver it. A booking paid by card is refunded
    by `invoicing`, which looks for cancelled ones. Raises NotFound, Forbidden, StateConflict.
    """
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await _check_may_cancel(actor, row, because)
        now = clock.now()
        if because.by_person and row["state"] == BookingState.CONFIRMED:
            rules.check_not_begun(row["starts_at"], now)
        price = Money(row["price_pence"])
        charge = (
            rules.notice_charge(queries.terms_of(row), price, now, row["starts_at"])
            if because.by_person
            else ZERO
        )
        await _cancel(actor, row, because, charge, now)
    return charge


async def _check_may_cancel(actor: Actor, row: db.Row, because: Reason) -> None:
    if (
        actor.organisation_id == row["provider_organisation_id"]
        and Permission.ATTENDANCE_RECORD in actor.permissions
    ):
        if because is not Reason.PROVIDER:
            raise Conflict("A provider cancels as the provider; the person is not charged.")
        return
    check_scope(await scopes_for(actor, row["person_id"]), Scope.BOOK)
    require(actor, Permission.BOOK)
    if not because.by_person:
        raise Conflict("Say why the person gives up the place.")


async def _cancel(who: audit.Who, row: db.Row, because: Reason, charge: Money, now: datetime) -> None:
    await transition(
        who, "booking", row["id"], BookingState(row["state"]), BookingState.CANCELLED, TRANSITIONS,
        action="booking.cancelled", because=str(because),
        also={"cancelled_at": now, "cancelled_because": str(because)},
    )  # fmt: skip
    await _free_place(row)
    if charge:
        await _write_attendance(who, row["id"], Outcome.LATE_CANCELLED, charge, "")
    if Payment(row["payment"]) is Payment.INVOICE:
        price, on = Money(row["price_pence"]), row["service_on"]
        if charge:
            await ledger.deliver(who, row["fund_id"], row["id"], price, charge, on, because=str(because))
        else:
            await ledger.release(who, row["fund_id"], row["id"], price, on, because=str(because))
    await outbox.enqueue_mail(
        row["provider_email"],
        f"Cancelled: {row['reference']}",
        f"{row['title']}, {formats.when(row)}: a place is free again. "
        + (f"Under your terms {charge} is charged." if charge else "Nothing is charged."),
    )


async def cancel_for_ownership(who: audit.Who, booking_id: UUID) -> None:
    """Release a booking that a change of ownership would make unlawful; costs nothing (`rules.md` 1, 15)."""
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        await _cancel(who, row, Reason.BECAME_IN_HOUSE, ZERO, clock.now())


async def record_attendance(actor: Actor, booking_id: UUID, outcome: Outcome, note: str = "") -> Money:
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
        charge = rules.attendance_charge(queries.terms_of(row), Money(row["price_pence"]), outcome)
        known = await db.fetch_one(
            "SELECT outcome, charge_pence, note FROM attendance WHERE booking_id = $1", booking_id
        )
        if known is not None and known["outcome"] == outcome:
            if known["note"] != note:
                await db.execute("UPDATE attendance SET note = $2 WHERE booking_id = $1", booking_id, note)
            return charge
        await _record(actor, row, outcome, charge, note, known)
    return charge


async def _record(
    actor: Actor, row: db.Row, outcome: Outcome, charge: Money, note: str, known: db.Row | None
) -> None:
    to = BookingState.DELIVERED if outcome is Outcome.ATTENDED else BookingState.MISSED
    await transition(
        actor, "booking", row["id"], BookingState(row["state"]), to, TRANSITIONS,
        action="attendance.recorded", because=str(outcome),
    )  # fmt: skip
    on_invoice = Payment(row["payment"]) is Payment.INVOICE
    if known is not None:
        # Once claimed, the database refuses the correction: an invoice is corrected by a credit note.
        await db.execute("DELETE FROM attendance WHERE booking_id = $1", row["id"])
        if on_invoice:
            await ledger.undo_delivery(actor, row["id"], "attendance corrected")
    await _write_attendance(actor, row["id"], outcome, charge, note)
    if on_invoice:
        price = Money(row["price_pence"])
        await ledger.deliver(
            actor, row["fund_id"], row["id"], price, charge, row["service_on"], because=str(outcome)
        )


async def _write_attendance(
    who: audit.Who, booking_id: UUID, outcome: Outcome, charge: Money, note: str
) -> None:
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
