"""Where a booking stands, how it is paid, what came of it and why it was given up."""

from collections.abc import Mapping
from enum import StrEnum


class BookingState(StrEnum):
    """Where a booking stands."""

    HELD = "held"
    CONFIRMED = "confirmed"
    DELIVERED = "delivered"
    MISSED = "missed"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


TRANSITIONS: Mapping[BookingState, frozenset[BookingState]] = {
    BookingState.HELD: frozenset({BookingState.CONFIRMED, BookingState.LAPSED}),
    BookingState.CONFIRMED: frozenset({BookingState.DELIVERED, BookingState.MISSED, BookingState.CANCELLED}),
    # A register is corrected until the attendance is claimed.
    BookingState.DELIVERED: frozenset({BookingState.MISSED}),
    BookingState.MISSED: frozenset({BookingState.DELIVERED}),
    BookingState.CANCELLED: frozenset(),
    BookingState.LAPSED: frozenset(),
}


LIVE = frozenset({BookingState.HELD, BookingState.CONFIRMED, BookingState.DELIVERED, BookingState.MISSED})


class Payment(StrEnum):
    """How a booking is paid: on the provider's monthly invoice, or by card before it is confirmed; or never.

    What a council allowed once at its own service is netted from the next payment into the fund (`rules.md` 2).
    """

    INVOICE = "invoice"
    CARD = "card"
    NETTED = "netted"

    @property
    def waits_in_fund(self) -> bool:
        """Whether the money is booked in the fund until it is known what is owed; a card has paid it before."""
        return self is not Payment.CARD


class Outcome(StrEnum):
    """What came of a booking."""

    ATTENDED = "attended"
    ABSENT = "absent"
    LATE_CANCELLED = "late_cancelled"


class Reason(StrEnum):
    """Why a booking was cancelled; the first ones are the person's, the others cost the person nothing."""

    PERSON_ILL = "person_ill"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"
    BUDGET_CHANGED = "budget_changed"
    COUNCIL = "council"
    PROVIDER = "provider"
    PAUSED = "paused"
    ENDED = "ended"
    BECAME_IN_HOUSE = "became_in_house"
    CLOSE_RELATIVE = "close_relative"
    PROVIDER_SUSPENDED = "provider_suspended"
    MOVED_OFF_IN_HOUSE = "moved_off_in_house"

    @property
    def by_person(self) -> bool:
        """Whether the person's side gave the place up, so that the notice terms apply (`rules.md` 14, 15)."""
        return self not in _AT_NO_COST

    @property
    def label(self) -> str:
        """The words on a page."""
        return {
            Reason.PERSON_ILL: "Ill, or in hospital",
            Reason.CHANGED_MIND: "A change of mind",
            Reason.OTHER: "Something else",
            Reason.BUDGET_CHANGED: "The budget does not cover it any more",
            Reason.COUNCIL: "The council cancelled",
            Reason.PROVIDER: "The provider cancelled",
            Reason.PAUSED: "A pause: in hospital, on holiday",
            Reason.ENDED: "Support has ended",
            Reason.BECAME_IN_HOUSE: "The council now owns this service",
            Reason.MOVED_OFF_IN_HOUSE: "A move to something else was agreed with you",
            Reason.PROVIDER_SUSPENDED: "Nothing can be booked with this provider at the moment",
            Reason.CLOSE_RELATIVE: "A direct payment may not pay this relative",
        }[self]


_AT_NO_COST = frozenset(
    {
        Reason.PROVIDER,
        Reason.BECAME_IN_HOUSE,
        Reason.CLOSE_RELATIVE,
        Reason.PROVIDER_SUSPENDED,
        Reason.MOVED_OFF_IN_HOUSE,
    }
)
