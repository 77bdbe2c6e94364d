"""A one-off session at the council's own service: when it may be asked for and allowed (`rules.md` 2). Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from marketplace.bookings.rules import BookingFacts, check_bookable
from marketplace.kernel.errors import Conflict, FundExhausted, NotBookable
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route


class ExceptionState(StrEnum):
    """How far a question is. What is approved is one booking."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """The state as people read it."""
        return {
            "asked": "Waits for a decision",
            "approved": "Approved and booked",
            "refused": "Refused",
            "withdrawn": "Withdrawn",
        }[self.value]


TRANSITIONS: Mapping[ExceptionState, frozenset[ExceptionState]] = {
    ExceptionState.ASKED: frozenset(
        {ExceptionState.APPROVED, ExceptionState.REFUSED, ExceptionState.WITHDRAWN}
    ),
    ExceptionState.APPROVED: frozenset(),
    ExceptionState.REFUSED: frozenset(),
    ExceptionState.WITHDRAWN: frozenset(),
}


class ExceptionsOff(Conflict):
    """The council has not turned them on for that day."""

    code = "exceptions_off"

    def __init__(self) -> None:
        super().__init__(
            "You cannot do this, because the council allows no one-off sessions at its own service on that day. "
            "The council can arrange it with money that it manages."
        )


class TooManyExceptions(Conflict):
    """The person had as many as the council allows."""

    code = "too_many_exceptions"

    def __init__(self) -> None:
        super().__init__(
            "You cannot approve this, because the person has had as many one-off sessions as the council allows in "
            "that time. You can refuse it, or the care manager can ask for a later day."
        )


class NotTheirOwnService(Conflict):
    """Whatever is not the council's own service is booked and paid as usual."""

    code = "not_own_service"

    def __init__(self) -> None:
        super().__init__(
            "You cannot ask for this, because the service is not the council’s own on that day. "
            "You can book it as usual."
        )


class NothingToNet(Conflict):
    """Too little is still to be paid in for the price to be taken from it."""

    code = "nothing_to_net"

    def __init__(self, coming: Money) -> None:
        super().__init__(
            f"You cannot do this, because only {max(coming, ZERO)} is still to be paid into this money, and the price "
            "has to come off a payment. You can choose other money, or a session that costs less."
        )


def check_exception(facts: BookingFacts, most: int, coming: Money, now: datetime) -> BookingFacts:
    """The facts of the booking that would come of it. `coming`: what the council still pays in, less what is netted.

    `most` is how many the council allows. Raises ExceptionsOff, NotTheirOwnService, NotBookable, NothingToNet,
    FundExhausted and what stands in the way of any booking.
    """
    if most <= 0:
        raise ExceptionsOff
    if facts.owner_council_id != facts.fund_council_id or facts.route is Route.COUNCIL_MANAGED:
        raise NotTheirOwnService
    excepted = replace(facts, by_exception=True)
    check_bookable(excepted, now)
    if not facts.price:
        raise NotBookable(
            "You cannot ask for this, because it costs nothing. The council can arrange it without this money."
        )
    if facts.available_pence < facts.price.pence:
        raise FundExhausted(Money(facts.price.pence - facts.available_pence))
    if coming < facts.price:
        raise NothingToNet(coming)
    return excepted
