"""Giving up the bookings that were chosen: each by the one command that cancels, each with its own answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from marketplace.bookings.commands import cancel_booking
from marketplace.bookings.news.commands import as_one_change
from marketplace.bookings.overcommitted.queries import candidates, over_commitment
from marketplace.bookings.rules import Reason
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError, Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one booking: what it cost, or why it was not given up."""

    booking_id: UUID
    reference: str
    charge: Money | None
    refusal: str = ""


async def cancel_chosen(actor: Actor, over_id: UUID, chosen: Mapping[UUID, Money | None]) -> list[Answer]:
    """Give up the chosen bookings of an over-commitment; each is one transaction and answers for itself.

    With each comes the cost that was shown, or None: one that costs more by now is not given up. Needs BOOK for the
    person. Raises NotFound, Forbidden, and Invalid when nothing, or something else, was chosen.
    """
    require(actor, Permission.BOOK)
    over = await over_commitment(actor, over_id)
    await require_person(actor, over.person_id, Scope.BOOK)
    known = {booking.id: booking for booking in await candidates(over)}
    if not chosen:
        raise Invalid({"booking": "Choose at least one booking"})
    answers, change = [], new_id()
    for booking_id, shown in chosen.items():
        booking = known.get(booking_id)
        if booking is None:
            answers.append(Answer(booking_id, "", None, "This booking is not among them any more."))
            continue
        now_costs = booking.charge(clock.now())
        if shown is not None and now_costs.pence > shown.pence:
            told = f"Giving it up costs {now_costs} now, not {shown}. Choose it again if you want to."
            answers.append(Answer(booking_id, booking.reference, None, told))
            continue
        try:
            async with db.unit_of_work():
                await as_one_change(change)
                charge = await cancel_booking(actor, booking_id, Reason.BUDGET_CHANGED)
        except DomainError as refusal:
            answers.append(Answer(booking_id, booking.reference, None, refusal.message))
        else:
            answers.append(Answer(booking_id, booking.reference, charge))
    return answers
