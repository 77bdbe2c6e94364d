"""Taking any number of places for one person from one fund in one round trip (row B2)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from marketplace.bookings import rules
from marketplace.bookings.commands.placing import Booked
from marketplace.bookings.commands.refusals import refusal_of, refusal_told
from marketplace.bookings.outside.rules import OutsideThePlan
from marketplace.bookings.rules import BookingFacts, BookingState, Side
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.ids import new_id, reference


class OfferWaits(Conflict):
    """A place is kept for the person: an answer to the offer takes it, not a list of dates."""

    code = "offer_waits"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this with others, because a place is kept for it. You can say yes to that offer."
        )


Answers = dict[UUID, Booked | DomainError]


async def place_several(
    actor: Actor, fund_id: UUID, facts: Mapping[UUID, BookingFacts], *, series_id: UUID | None = None
) -> Answers:
    """Book each session that can be booked, in the order given (earliest first); answers for each what came of it.

    Joins the open unit of work. A refused date undoes only itself: whoever wants all or nothing raises. Raises
    Conflict when nothing at all can be done now.
    """
    side = Side.COUNCIL if actor.council_id else Side.PERSON
    answers: Answers = {}
    wanted: dict[UUID, tuple[BookingFacts, Booked]] = {}
    for session_id, its in facts.items():
        try:
            rules.check_fund_user(its.route, side)
            rules.check_bookable(its, clock.now())
            if its.offered_until is not None:
                raise OfferWaits
            if not its.in_plan:
                raise OutsideThePlan
        except DomainError as refusal:
            answers[session_id] = refusal
            continue
        booked = Booked(new_id(), reference("BK"), str(BookingState.CONFIRMED), its.price.pence)
        wanted[session_id] = its, booked
    if wanted:
        answers |= await _place(actor, fund_id, wanted, series_id)
    return {session_id: answers[session_id] for session_id in facts}


async def _place(
    actor: Actor,
    fund_id: UUID,
    wanted: Mapping[UUID, tuple[BookingFacts, Booked]],
    series_id: UUID | None,
) -> Answers:
    person_id = next(iter(wanted.values()))[0].person_id
    dates = [_date(session_id, its, booked) for session_id, (its, booked) in wanted.items()]
    try:
        rows = await db.fetch_all(
            "SELECT * FROM place_bookings($1, $2, $3, $4, $5, $6)",
            person_id,
            fund_id,
            series_id,
            actor.user_id,
            actor.organisation_id,
            msgspec.json.encode(dates).decode(),
        )
    except asyncpg.PostgresError as failure:
        # Six letters that were drawn before, once in hundreds of series, are such a failure too.
        raise refusal_of(failure) or Conflict("This could not be booked just now. Try again.") from failure
    answers: Answers = {}
    for (session_id, (_, booked)), row in zip(wanted.items(), rows, strict=True):
        if row["refused"] is None:
            answers[session_id] = booked
            continue
        answers[session_id] = refusal_told(
            row["refused"], row["refused_constraint"], row["refused_detail"]
        ) or Conflict("You cannot book this date just now. You can try it again on its own.")
    return answers


def _date(session_id: UUID, its: BookingFacts, booked: Booked) -> dict[str, Any]:
    return {
        "booking": booked.id,
        "reference": booked.reference,
        "session": session_id,
        "price": its.price.pence,
        "vat_category": its.vat_category,
        "vat_rate": its.vat_rate_basis_points,
        "notice_hours": its.terms.notice_hours,
        "charge_percent": its.terms.charge_percent,
        "refill_waives": its.terms.refill_waives_charge,
        "ratio": its.ratio,
        "worker": its.worker_pence,
        "transport": its.transport_pence or 0,
        "transport_vat_category": its.transport_vat_category,
        "transport_vat_rate": its.transport_vat_rate_basis_points,
    }
