"""Asking for a one-off session at the council's own service, and deciding it: two people, never one (`rules.md` 2)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from isf.notices import Notice, NoticeKind, tell_council, tell_person
from marketplace.bookings import queries as bookings
from marketplace.bookings.commands.placing import Booked, place_by_exception
from marketplace.bookings.exceptions.queries import allowed, coming_less_netted
from marketplace.bookings.exceptions.rules import (
    TRANSITIONS,
    ExceptionsOff,
    ExceptionState,
    NotTheirOwnService,
    TooManyExceptions,
    check_exception,
)
from marketplace.bookings.rules import BookingFacts
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.reasons import check_reason
from marketplace.kernel.states import transition

WHY_MOST: Final = 2000
_YOURS = "You cannot decide this, because you asked for it. You can ask a colleague."

db.explain_constraint("in_house_exception_off", ExceptionsOff())
db.explain_constraint("in_house_exception_limit", TooManyExceptions())
db.explain_constraint("in_house_exception_own_service", NotTheirOwnService())
db.explain_constraint("in_house_exception_two_people", Forbidden(_YOURS))
db.explain_constraint(
    "in_house_exception_one_open",
    Conflict("This is asked for already, or was approved. You can look at what waits."),
)
db.explain_constraint(
    "booking_by_exception",
    Conflict("You cannot book this, because no approved exception covers it. You can ask for one."),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One session, from one fund of the person, and why."""

    activity_session_id: UUID
    fund_id: UUID
    why: str


async def ask_exception(actor: Actor, person_id: UUID, question: Question) -> UUID:
    """Ask for one session of the council's own service; somebody else decides. Needs PERSON_MANAGE and scope BOOK.

    Raises NotFound, Forbidden, Invalid without a reason, and what `check_exception` raises.
    """
    require(actor, Permission.PERSON_MANAGE)
    why = check_reason(question.why, "why", most=WHY_MOST)
    facts = await bookings.booking_facts(actor, question.activity_session_id, question.fund_id)
    if facts.person_id != person_id or facts.fund_council_id != actor.council_id:
        raise NotFound
    await _check(facts, question.fund_id)
    exception_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO in_house_exception (id, person_id, fund_id, council_id, route, activity_session_id,"
            " service_on, price_pence, why, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            exception_id,
            person_id,
            question.fund_id,
            facts.fund_council_id,
            str(facts.route),
            question.activity_session_id,
            facts.service_on,
            facts.price.pence,
            why,
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor, "in_house_exception.asked", "in_house_exception", exception_id,
            after={"person": person_id, "fund": question.fund_id, "session": question.activity_session_id,
                   "price": facts.price},
            because=why,
        )  # fmt: skip
        await tell_council(
            facts.fund_council_id,
            Permission.PAYMENT_IN_DECIDE,
            Notice(
                "A one-off session at the council’s own service waits for a decision",
                f"{facts.title} on {formats.full_date(facts.service_on)} costs {facts.price}. If you approve it, that "
                "comes off the next payment.",
                f"/council/exceptions/{exception_id}",
            ),
            about=person_id,
        )
    return exception_id


async def approve_exception(actor: Actor, exception_id: UUID, because: str) -> Booked:
    """Allow it, and take the place: the price comes off the next payment into the fund and is never paid.

    Needs PAYMENT_IN_DECIDE in the fund's council, and somebody other than who asked. Raises NotFound, Forbidden,
    Invalid, StateConflict, TooManyExceptions, Conflict when the price is another now, and what stands in the way of
    a booking.
    """
    require(actor, Permission.PAYMENT_IN_DECIDE)
    because = check_reason(because, most=WHY_MOST)
    async with db.unit_of_work():
        row = await _own(actor, exception_id)
        facts = await bookings.booking_facts(
            actor, row["activity_session_id"], row["fund_id"], scope=Scope.SEE
        )
        await _decide(actor, row, ExceptionState.APPROVED, "in_house_exception.approved", because)
        excepted = await _check(facts, row["fund_id"])
        if facts.price != Money(row["price_pence"]):
            raise Conflict(
                f"You cannot approve this, because the price is {facts.price} now. "
                "You can refuse it, so that it is asked for anew."
            )
        booked = await place_by_exception(actor, excepted, row["activity_session_id"], row["fund_id"])
        await _tell(row, "One session was allowed at the council’s own service", _approved(facts), booked.id)
    return booked


async def refuse_exception(actor: Actor, exception_id: UUID, because: str) -> None:
    """Say no, with the reason. As for approving. Raises NotFound, Forbidden, Invalid, StateConflict."""
    require(actor, Permission.PAYMENT_IN_DECIDE)
    because = check_reason(because, most=WHY_MOST)
    async with db.unit_of_work():
        row = await _own(actor, exception_id)
        await _decide(actor, row, ExceptionState.REFUSED, "in_house_exception.refused", because)
        await _tell(row, "A session at the council’s own service was not allowed", because)


async def withdraw_exception(actor: Actor, exception_id: UUID) -> None:
    """Take the question back before it is decided. Needs PERSON_MANAGE and scope BOOK.

    Raises NotFound, Forbidden, StateConflict.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        row = await _own(actor, exception_id)
        await require_person(actor, row["person_id"], Scope.BOOK)
        await transition(
            actor, "in_house_exception", exception_id, ExceptionState(row["state"]), ExceptionState.WITHDRAWN,
            TRANSITIONS, action="in_house_exception.withdrawn",
        )  # fmt: skip


async def _check(facts: BookingFacts, fund_id: UUID) -> BookingFacts:
    most = await allowed(facts.fund_council_id, facts.service_on)
    return check_exception(facts, most, await coming_less_netted(fund_id), clock.now())


async def _own(actor: Actor, exception_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT * FROM in_house_exception WHERE id = $1 AND council_id = $2 FOR UPDATE",
        exception_id,
        actor.council_id,
    )
    if row is None:
        raise NotFound
    return row


async def _decide(actor: Actor, row: db.Row, to: ExceptionState, action: str, because: str) -> None:
    if actor.user_id == row["asked_by"]:
        raise Forbidden(_YOURS)
    await transition(
        actor, "in_house_exception", row["id"], ExceptionState(row["state"]), to, TRANSITIONS, action=action,
        because=because, also={"decided_by": actor.user_id, "decided_at": clock.now(), "because": because},
    )  # fmt: skip


def _approved(facts: BookingFacts) -> str:
    return (
        f"{facts.title} is booked for {formats.full_date(facts.service_on)}. It costs {facts.price}. You pay nobody: "
        f"{facts.price} is taken from the next payment of the council, after you went."
    )


async def _tell(row: db.Row, subject: str, words: str, booking_id: UUID | None = None) -> None:
    path = f"/bookings/{booking_id}" if booking_id else f"/people/{row['person_id']}/week"
    await tell_person(row["person_id"], Notice(subject, words, path, kind=NoticeKind.MONEY))
