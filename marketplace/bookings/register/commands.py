"""One Save for a whole register (row P5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from marketplace.bookings.commands import NO_TIMES, Times, record_attendance
from marketplace.bookings.register.queries import known_bookings, own_session
from marketplace.bookings.rules import Outcome, check_attendance_day
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from providers.access import own_provider

if TYPE_CHECKING:
    from marketplace.bookings.register.sheet import Fate  # it is made of what is here


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody ticked and typed for one booking."""

    outcome: Outcome
    note: str = ""
    times: Times = NO_TIMES


@dataclass(slots=True)
class Saved:
    """What became of a register: the bookings recorded, and why others were not."""

    recorded: list[UUID] = field(default_factory=list)
    refusals: dict[UUID, str] = field(default_factory=dict)


async def save_register(actor: Actor, session_id: UUID, marks: Mapping[UUID, Mark]) -> Saved:
    """Record every mark of a session, each in a transaction of its own: one that is refused stops no other.

    Marks of bookings that are not on the register are left out. Raises NotFound for another's session, NotBookable
    before its day.
    """
    session = await own_session(actor, session_id)
    check_attendance_day(session.service_on, clock.today())
    known = await known_bookings(await own_provider(actor, Permission.ATTENDANCE_RECORD), session_id)
    return await _save(actor, {each: mark for each, mark in marks.items() if each in known})


async def save_sheet(actor: Actor, fates: "Sequence[Fate]") -> Saved:
    """Record what a sheet changes, each row in a transaction of its own."""
    return await _save(actor, {each.booking_id: each.mark for each in fates if each.mark and each.booking_id})


async def _save(actor: Actor, marks: Mapping[UUID, Mark]) -> Saved:
    saved = Saved()
    for booking_id, mark in marks.items():
        try:
            await record_attendance(actor, booking_id, mark.outcome, mark.note, mark.times)
        except DomainError as refusal:
            saved.refusals[booking_id] = refusal.message
        else:
            saved.recorded.append(booking_id)
    return saved
