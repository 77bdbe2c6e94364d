"""A provider's own invoice in the lived-in world: Pettypool's draft to Harbour."""

from collections.abc import Mapping

from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads import commands
from marketplace.kernel import clock, db
from tests.invoicing.made_invoices import ONE, invoice
from tests.world import World


async def live_with_uploads(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses: a draft, and a queried line of one that was sent."""
    sent = ubl_invoice(invoice(ONE, number="OWN-0", issued_on=clock.today(), due_on=clock.today()))
    before = await commands.check_ubl(world.manager, world.harbour, sent)
    await commands.send(world.manager, before)
    content = ubl_invoice(invoice(ONE, number="OWN-1", issued_on=clock.today(), due_on=clock.today()))
    return {
        "upload_id": await commands.check_ubl(world.manager, world.harbour, content),
        "payer_id": world.harbour,
        "received_line_id": await db.fetch_value(
            "SELECT id FROM received_line WHERE received_id = $1 AND state = 'queried' ORDER BY position LIMIT 1",
            before,
        ),
    }
