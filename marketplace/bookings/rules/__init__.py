"""When a place can be booked and what it costs to give it up: values in, values out."""

from marketplace.bookings.rules.bookable import BookingFacts, SupportEnded, SupportPaused, check_bookable
from marketplace.bookings.rules.charges import (
    attendance_charge,
    giving_up_charge,
    kept_charge,
    notice_charge,
    notice_from,
    refilled_places,
    taken_by_others,
)
from marketplace.bookings.rules.desk import (
    Side,
    check_attendance_day,
    check_fund_user,
    check_not_begun,
    how_words,
)
from marketplace.bookings.rules.states import LIVE, TRANSITIONS, BookingState, Outcome, Payment, Reason

__all__ = [
    "LIVE",
    "TRANSITIONS",
    "BookingFacts",
    "BookingState",
    "Outcome",
    "Payment",
    "Reason",
    "Side",
    "SupportEnded",
    "SupportPaused",
    "attendance_charge",
    "check_attendance_day",
    "check_bookable",
    "check_fund_user",
    "check_not_begun",
    "giving_up_charge",
    "how_words",
    "kept_charge",
    "notice_charge",
    "notice_from",
    "refilled_places",
    "taken_by_others",
]
