"""A provider's own invoice in the lived-in world: Pettypool's draft to Harbour."""

from collections.abc import Mapping

from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads import commands
from marketplace.kernel import clock
from tests.invoicing.made_invoices import ONE, invoice
from tests.world import World


async def live_with_uploads(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses."""
    content = ubl_invoice(invoice(ONE, number="OWN-1", issued_on=clock.today(), due_on=clock.today()))
    return {
        "upload_id": await commands.check_ubl(world.manager, world.harbour, content),
        "payer_id": world.harbour,
    }
