"""A booking outside the plan, with its reason, for the tests that visit every address."""

from collections.abc import Mapping
from datetime import time, timedelta

from marketplace.bookings.commands import book
from marketplace.bookings.outside.commands import say_why
from marketplace.kernel import clock, db
from tests.world import World


async def live_outside_the_plan(world: World) -> Mapping[str, object]:
    """What fills the parameter of these addresses: a note that the care manager has not seen."""
    activity = await world.activity(title="Evening at the theatre", price="9.00")
    session = await world.session(activity, day=clock.today() + timedelta(days=4), at=time(20))
    await say_why(world.broker, world.emma, session, "Her friend's birthday, asked for this week.")
    await book(world.broker, session, world.emma_isf)
    return {"note_id": await db.fetch_value("SELECT id FROM outside_plan")}
