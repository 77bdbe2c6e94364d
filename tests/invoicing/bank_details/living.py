"""Bank details in the lived-in world: Pettypool's wait to be confirmed by a call."""

from collections.abc import Mapping

from invoicing.bank_details.commands import propose
from invoicing.bank_details.rules import Purpose
from tests.invoicing.bank_details.making import ACCOUNT
from tests.world import World


async def live_with_bank_details(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses."""
    change = await propose(world.manager, Purpose.INTO, ACCOUNT, "First account")
    return {"purpose": "into", "dan_purpose": "from", "details_id": change}
