"""Changing dates for programs: the same commands as the pages."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

from litestar import Router, post
from msgspec import Meta, Struct

from marketplace.bookings.timetable_changes.commands import MOST_DATES, Asked, look, make_change
from marketplace.bookings.timetable_changes.rules import DateChange, Fate, Movers, fingerprint
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from providers.schemas import DayName, WallTime
from providers.timetables.changing import Change, Place, Reach
from providers.timetables.recurrence import Weekday

MANAGE = {"permission": Permission.OFFER_MANAGE}


class DatesChangeIn(Struct, forbid_unknown_fields=True):
    """What is to be different; what is left out stays. With `shown` (from a look) anything else than that is not done.

    `reach` following or all goes from one date to others of its timetable. `place` null is the activity's own place.
    """

    session_ids: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_DATES)]
    do: Literal["look", "make"] = "look"
    shown: str | None = None
    reach: Reach = Reach.THIS
    movers: Movers = Movers.MOVE
    start_time: WallTime | None = None
    minutes: int | None = None
    weekday: DayName | None = None
    day: date | None = None
    later_minutes: int = 0
    capacity: int | None = None
    keep_place: bool = True
    place: UUID | None = None
    stop: bool = False

    def asked(self) -> Asked:
        """What the command takes."""
        change = Change(
            start_time=time.fromisoformat(self.start_time) if self.start_time else None,
            minutes=self.minutes,
            weekday=Weekday[self.weekday.upper()] if self.weekday else None,
            day=self.day,
            later_minutes=self.later_minutes,
            capacity=self.capacity,
            place=None if self.keep_place else Place(self.place),
            stop=self.stop,
        )
        return Asked(tuple(self.session_ids), change, self.reach, self.movers)


class BookingFateOut(Struct):
    """What becomes of a booking."""

    booking_id: UUID
    reference: str
    fate: Fate
    why: str


class DateChangeOut(Struct):
    """A date as it was and as it is (or would be), and what becomes of its bookings."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    new_starts_at: datetime | None
    new_ends_at: datetime | None
    bookings: list[BookingFateOut]

    @classmethod
    def of(cls, change: DateChange) -> "DateChangeOut":
        """As it was reckoned."""
        return cls(
            change.slot.id,
            change.slot.starts_at,
            change.slot.ends_at,
            None if change.off else change.new.starts_at,
            None if change.off else change.new.ends_at,
            [BookingFateOut(x.booking.id, x.booking.reference, x.fate, x.why) for x in change.bookings],
        )


class DatesChangeOut(Struct):
    """What was done, or would be; `shown` is what `make` takes."""

    done: bool
    shown: str
    dates: list[DateChangeOut]


@post("/sessions/change", opt=MANAGE, status_code=200, tags=["Offers"])
async def post_change(actor: Actor, data: DatesChangeIn) -> DatesChangeOut:
    """Look at what a change of dates would do to each booking, or make it."""
    making = data.do == "make"
    changes: Sequence[DateChange] = (
        await make_change(actor, data.asked(), data.shown) if making else await look(actor, data.asked())
    )
    return DatesChangeOut(making, fingerprint(changes), [DateChangeOut.of(each) for each in changes])


router = Router("/api/v1", include_in_schema=True, route_handlers=[post_change])
