"""Taking a place: one call of one SQL function (`docs/decisions/0004`)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from marketplace.bookings import queries, rules
from marketplace.bookings.commands.refusals import SEAT_CHANGED, refusal_of
from marketplace.bookings.outside.rules import OutsideThePlan
from marketplace.bookings.queries import AS_USUAL, Wish
from marketplace.bookings.rules import BookingFacts, BookingState, Payment, Side
from marketplace.bookings.waitlist.offers import use_offer
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.idempotency import Key, kept_answer, stored_answer
from marketplace.kernel.ids import new_id, reference


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


# Whoever shares a worker may meet others at the seat: each time one of them gets it.
_TRIES = 12


async def book(
    actor: Actor,
    activity_session_id: UUID,
    fund_id: UUID,
    *,
    key: Key | None = None,
    hold: Hold | None = None,
    wish: Wish = AS_USUAL,
) -> Booked:
    """Take one place and hold the price in the fund (`rules.md` 1, 13; rows B2, B4, D4).

    Safe to repeat with the same `key`. Raises NotFound, Forbidden, InHouseBlocked, RouteNotAccepted, NotCommissioned,
    NotBookable, OutsideThePlan (until somebody says why: `outside.say_why`), PlanNotAgreed, SessionFull, PersonBusy,
    FundExhausted, IdempotencyConflict.
    """
    require(actor, Permission.BOOK)
    return await _book(actor, activity_session_id, fund_id, key, hold, wish, _TRIES)


async def _book(
    actor: Actor,
    activity_session_id: UUID,
    fund_id: UUID,
    key: Key | None,
    hold: Hold | None,
    wish: Wish,
    again: int,
) -> Booked:
    facts = await queries.booking_facts(actor, activity_session_id, fund_id, wish=wish)
    try:
        rules.check_fund_user(facts.route, Side.COUNCIL if actor.council_id else Side.PERSON)
        rules.check_bookable(facts, clock.now())
        if not facts.in_plan:
            raise OutsideThePlan
        if wish.at_most is not None and facts.price > wish.at_most:
            raise Conflict(f"This costs {facts.price} now, more than a moment ago. Look at the price again.")
    except DomainError:
        # What was booked before gets its answer again, whatever has changed since.
        if key is not None and (answer := await kept_answer(key)) is not None:
            return msgspec.json.decode(answer, type=Booked)
        raise
    try:
        return await _place_with_fresh_reference(actor, facts, activity_session_id, fund_id, key, hold)
    except asyncpg.PostgresError as failure:
        if failure.sqlstate == SEAT_CHANGED and again and not db.in_transaction():
            return await _book(actor, activity_session_id, fund_id, key, hold, wish, again - 1)
        refusal = refusal_of(failure)
        if refusal is None:
            raise
        raise refusal from failure


async def _place_with_fresh_reference(
    actor: Actor, facts: BookingFacts, session_id: UUID, fund_id: UUID, key: Key | None, hold: Hold | None
) -> Booked:
    # Six letters that can be read aloud meet their like once in some ten thousand bookings: then others are drawn.
    for _ in range(4):
        try:
            return await _take(actor, facts, session_id, fund_id, key, hold)
        except asyncpg.UniqueViolationError as failure:
            if failure.constraint_name != "booking_reference_key" or db.in_transaction():
                raise
    return await _take(actor, facts, session_id, fund_id, key, hold)


async def place_by_exception(actor: Actor, facts: BookingFacts, session_id: UUID, fund_id: UUID) -> Booked:
    """Take a place that the council allowed once: nobody is paid for it (`rules.md` 2). The facts were checked.

    Joins the open unit of work, in which the exception was approved. Raises SessionFull, PersonBusy, FundExhausted.
    """
    try:
        return await _take(actor, facts, session_id, fund_id, None, None, Payment.NETTED)
    except asyncpg.PostgresError as failure:
        refusal = refusal_of(failure)
        if refusal is None:
            raise
        raise refusal from failure


async def _take(
    actor: Actor,
    facts: BookingFacts,
    session_id: UUID,
    fund_id: UUID,
    key: Key | None,
    hold: Hold | None,
    payment: Payment = Payment.INVOICE,
) -> Booked:
    payment = Payment.CARD if hold else payment
    if facts.offered_until is None:
        return await _place(actor, facts, session_id, fund_id, key, hold, payment)
    # Whoever waited takes the place that is kept for them; when the money fails, it stays kept.
    async with db.unit_of_work():
        await use_offer(actor, session_id, facts.person_id)
        try:
            return await _place(actor, facts, session_id, fund_id, key, hold, payment)
        except asyncpg.PostgresError as failure:
            # In the words of a booking, before the unit of work finds its own.
            refusal = refusal_of(failure)
            if refusal is None:
                raise
            raise refusal from failure


async def _place(
    actor: Actor,
    facts: BookingFacts,
    session_id: UUID,
    fund_id: UUID,
    key: Key | None,
    hold: Hold | None,
    payment: Payment,
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
        " $19, $20, $21, $22, NULL, $23, $24, $25, $26, $27)",
        booked.id,
        booked.reference,
        facts.person_id,
        fund_id,
        session_id,
        actor.user_id,
        actor.organisation_id,
        booked.state,
        str(payment),
        hold.until if hold else None,
        facts.price.pence,
        facts.vat_category,
        facts.vat_rate_basis_points,
        facts.terms.notice_hours,
        facts.terms.charge_percent,
        facts.terms.refill_waives_charge,
        # Nobody is told here: the database notes what happened, and `news` tells of it afterwards.
        *("", "", ""),
        key.key if key else None,
        key.fingerprint if key else None,
        msgspec.json.encode(booked).decode() if key else None,
        facts.ratio,
        facts.worker_pence,
        facts.transport_pence or 0,
        facts.transport_vat_category,
        facts.transport_vat_rate_basis_points,
    )
    if key is not None and replayed is not None:
        answer = stored_answer(key, replayed["replayed_fingerprint"], replayed["replayed_body"])
        return msgspec.json.decode(answer, type=Booked)
    return booked
