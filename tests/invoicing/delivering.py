"""Sessions that were booked and attended in the past, for what is billed afterwards."""

from datetime import date, time, timedelta
from uuid import UUID

from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from tests.world import World

NOVEMBER = date(2026, 11, 1)


def november(day: int) -> date:
    """A day of November 2026."""
    return NOVEMBER.replace(day=day)


async def booked_before(
    world: World,
    actor: Actor,
    fund: UUID,
    day: date,
    *,
    activity: UUID | None = None,
    manager: Actor | None = None,
    at: time = time(10),
    minutes: int = 60,
) -> UUID:
    """A booking of an activity's session on a day, made two days before."""
    with use_clock(FixedClock(from_wall(day - timedelta(days=2), time(9)))):
        session = await world.session(
            activity, manager=manager or world.manager, day=day, at=at, minutes=minutes
        )
        return (await book(actor, session, fund)).id


async def attend(manager: Actor, booking: UUID, day: date, outcome: Outcome = Outcome.ATTENDED) -> None:
    """The register of a day, filled in late that evening."""
    with use_clock(FixedClock(from_wall(day, time(23, 30)))):
        await record_attendance(manager, booking, outcome)


async def deliver(
    world: World,
    actor: Actor,
    fund: UUID,
    day: date,
    *,
    activity: UUID | None = None,
    manager: Actor | None = None,
    at: time = time(10),
    outcome: Outcome = Outcome.ATTENDED,
) -> UUID:
    """A booking that was made and attended."""
    booking = await booked_before(world, actor, fund, day, activity=activity, manager=manager, at=at)
    await attend(manager or world.manager, booking, day, outcome)
    return booking
