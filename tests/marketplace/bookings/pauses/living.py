"""A pause for the tests that visit every address."""

from collections.abc import Mapping
from datetime import time, timedelta

from isf.pauses.rules import PauseKind
from marketplace.bookings.commands import book
from marketplace.bookings.pauses.commands import pause
from marketplace.bookings.pauses.rules import PauseDraft
from marketplace.kernel import clock
from marketplace.kernel.routes_of_money import Route
from tests.world import World


async def live_with_pauses(world: World) -> Mapping[str, object]:
    """What fills the parameter of these addresses: a pause of Emma's from far ahead, with one booking given back."""
    day = clock.today() + timedelta(days=120)
    session = await world.session(
        await world.activity(title="Pottery", price="15.00", routes=frozenset(Route)), day=day, at=time(19)
    )
    await book(world.broker, session, world.emma_isf)
    draft = PauseDraft(PauseKind.HOLIDAY, day, day + timedelta(days=7))
    return {"pause_id": await pause(world.broker, world.emma, draft)}
