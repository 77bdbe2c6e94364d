"""A visit of Emma's that she says is wrong and one that is right, for the tests that visit every address."""

from collections.abc import Mapping
from datetime import time, timedelta

from marketplace.bookings.checks.commands import confirm_attendance, dispute_attendance
from marketplace.kernel import clock
from tests.invoicing.delivering import deliver
from tests.world import World


async def live_with_disputes(world: World) -> Mapping[str, object]:
    """What fills the parameter of these pages' addresses: the booking of a disputed visit, and of a confirmed one."""
    day = clock.today() - timedelta(days=2)
    visit = await deliver(world, world.broker, world.emma_isf, day, at=time(7))
    await dispute_attendance(world.emma_user, visit, "I was ill that day.")
    right = await deliver(world, world.broker, world.emma_isf, day, at=time(8, 30))
    await confirm_attendance(world.emma_user, right)
    return {"visit_id": visit, "other_visit_id": right}
