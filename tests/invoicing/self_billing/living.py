"""Self-billing in the lived-in world: Harbour offers to write Pettypool's invoices."""

from collections.abc import Mapping
from datetime import timedelta

from invoicing.self_billing.rules import Dates
from marketplace.kernel import clock
from tests.invoicing.self_billing.agreed import proposed
from tests.world import World


async def live_with_self_billing(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses."""
    today = clock.today()
    return {"self_billing_id": await proposed(world, world.broker, Dates(today, today + timedelta(days=300)))}
