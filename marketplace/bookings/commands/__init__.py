"""Booking, cancelling, attending: each one use case, one transaction; session locked first, fund last."""

from marketplace.bookings.commands.attending import NO_TIMES, Times, charge_kept, record_attendance
from marketplace.bookings.commands.cancelling import (
    cancel_booking,
    cancel_for_ownership,
    cancel_for_relative,
    give_back,
)
from marketplace.bookings.commands.holding import confirm_held, let_go
from marketplace.bookings.commands.placing import Booked, Hold, book
from marketplace.bookings.commands.several import place_several

__all__ = [
    "NO_TIMES",
    "Booked",
    "Hold",
    "Times",
    "book",
    "cancel_booking",
    "cancel_for_ownership",
    "cancel_for_relative",
    "charge_kept",
    "confirm_held",
    "give_back",
    "let_go",
    "place_several",
    "record_attendance",
]
