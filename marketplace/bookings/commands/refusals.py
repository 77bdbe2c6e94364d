"""What the database refuses when places are taken, in words."""

from collections.abc import Callable

import asyncpg

from isf.ledger.posting import overdrawn
from isf.relatives.rules import CloseRelativeNotAgreed
from marketplace.bookings.rules import SupportEnded, SupportPaused
from marketplace.kernel import db
from marketplace.kernel.errors import (
    AccreditationLapsed,
    Conflict,
    DomainError,
    InHouseBlocked,
    NotBookable,
    PersonBusy,
    SessionFull,
)
from providers.suspensions.rules import ProviderStopped

db.explain_constraint("booking_person_busy", PersonBusy())
db.explain_constraint("booking_not_in_house", InHouseBlocked())
db.explain_constraint("booking_not_to_relative", CloseRelativeNotAgreed())
db.explain_constraint("booking_accredited", AccreditationLapsed())
db.explain_constraint("booking_not_suspended", ProviderStopped())
db.explain_constraint("booking_not_in_pause", SupportPaused())
db.explain_constraint("booking_not_after_end", SupportEnded())
# Ownership changed between our reading and our writing.
db.explain_constraint(
    "booking_session_facts", Conflict("This session changed a moment ago. Look at it again before you book.")
)

SEAT_CHANGED = "FD004"
# Functions, because each refusal is an exception of its own.
_BY_STATE: dict[str, Callable[[], DomainError]] = {
    "FD001": SessionFull,
    "FD002": lambda: NotBookable(
        "You cannot book this, because it is not offered any more. You can choose another date."
    ),
    "FD003": lambda: NotBookable(
        "You cannot book this with this fund, because it has no money for that date."
    ),
    SEAT_CHANGED: lambda: Conflict(
        "Somebody else joined or left a moment ago, so your share is another one. Look at the price again."
    ),
}


def refusal_of(failure: asyncpg.PostgresError) -> DomainError | None:
    """The refusal that an error of the database stands for; None for one that nobody expects."""
    if isinstance(failure, asyncpg.DeadlockDetectedError | asyncpg.SerializationError):
        return Conflict("Somebody booked at the same moment. Try again.")
    return refusal_told(
        failure.sqlstate, getattr(failure, "constraint_name", None), getattr(failure, "detail", None)
    )


def refusal_told(sqlstate: str | None, constraint: str | None, detail: str | None) -> DomainError | None:
    """The same from what the database told of an error: its code, the constraint and the row."""
    if (refusal := overdrawn(constraint, detail)) is not None:
        return refusal
    by_state = _BY_STATE.get(sqlstate or "")
    return by_state() if by_state else db.explained(constraint)
