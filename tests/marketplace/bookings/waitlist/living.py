"""Lines of people who wait, for the tests that visit every address."""

from collections.abc import Mapping
from datetime import time, timedelta

from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.bookings.waitlist.commands import join
from marketplace.kernel import clock
from tests.world import World


async def live_with_waitlists(world: World) -> Mapping[str, object]:
    """What fills the parameters of these addresses: an offer to Emma, a line she stands in, a full session."""
    activity = await world.activity(title="Pottery", price="4.00", summary="Make pots of clay.")
    day = clock.today() + timedelta(days=12)
    offered, waiting, full = [
        await world.session(activity, day=day + timedelta(days=n), at=time(19), capacity=1) for n in range(3)
    ]
    taken = [await book(world.dan_user, each, world.dan_direct) for each in (offered, waiting, full)]
    entry = await join(world.broker, offered, world.emma_isf)
    waits = await join(world.broker, waiting, world.emma_isf)
    await cancel_booking(world.dan_user, taken[0].id, Reason.CHANGED_MIND)
    return {"entry_id": entry, "waiting_entry_id": waits, "full_session_id": full}
