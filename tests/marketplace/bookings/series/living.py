"""A series with a date that could not be booked, for the tests that visit every address."""

from collections.abc import Mapping
from datetime import time, timedelta

from marketplace.bookings.commands import book
from marketplace.bookings.series.commands import SeriesDraft, book_series
from marketplace.bookings.series.rules import Mode
from marketplace.kernel import clock
from tests.world import World


async def live_with_series(world: World) -> Mapping[str, object]:
    """What fills the parameter of these addresses."""
    activity = await world.activity(title="Evening choir", price="4.00")
    days = [clock.today() + timedelta(days=5 + 7 * week) for week in range(4)]
    sessions = [await world.session(activity, day=day, at=time(21), capacity=1) for day in days]
    await book(world.dan_user, sessions[2], world.dan_direct)
    made = await book_series(
        world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS, every_weeks=1)
    )
    return {"series_id": made.id}
