"""What the API about bookings takes and gives: money in pence, times in UTC."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import Parameter

from marketplace.bookings.queries import Wish
from marketplace.kernel import db
from providers.rules import SupportRatio

IdempotencyKey = Annotated[
    str | None,
    Parameter(
        header="Idempotency-Key", description="A key of your own for this request: sent again, it acts once"
    ),
]


class BookingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place to book. What the support plan does not hold is booked with a reason."""

    activity_session_id: UUID
    fund_id: UUID
    outside_plan_because: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    ratio: SupportRatio | None = None
    transport: bool = False

    @property
    def wish(self) -> Wish:
        """How the person wants to be supported."""
        return Wish(self.ratio, self.transport)


class CancelIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a place is given up: a reason of the person's, `provider` by those who deliver it, `council` by the
    council for what its own money pays. `words` say more to whoever is told."""

    because: Literal["person_ill", "changed_mind", "other", "provider", "council"] = "other"
    words: Annotated[str, msgspec.Meta(max_length=500)] = ""


class CancelOut(msgspec.Struct, frozen=True):
    """A booking that was cancelled, and what is charged for it."""

    id: UUID
    state: str
    charge_pence: int


class AttendanceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a booking."""

    outcome: Literal["attended", "absent"]
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class AttendanceOut(msgspec.Struct, frozen=True):
    """What came of a booking, and what is owed for it."""

    id: UUID
    outcome: str
    charge_pence: int


class BookingOut(msgspec.Struct, frozen=True):
    """One booking."""

    id: UUID
    reference: str
    state: str
    payment: str
    person_id: UUID
    fund_id: UUID
    activity_session_id: UUID
    activity_id: UUID
    provider_id: UUID
    starts_at: datetime
    ends_at: datetime
    price_pence: int
    ratio: str
    transport_pence: int
    seat: int | None
    outcome: str | None
    charge_pence: int | None


class ProblemOut(msgspec.Struct, frozen=True):
    """A refusal (RFC 9457): `code` stays the same, `title` is for people."""

    type: str
    title: str
    status: int
    code: str


def booking_out(row: db.Row) -> BookingOut:
    """A booking as it leaves."""
    return BookingOut(**{name: row[name] for name in BookingOut.__struct_fields__})
