"""What billing leaves behind in a world that is lived in."""

from collections.abc import Mapping
from datetime import timedelta

from invoicing.purchase_orders.commands import record_order
from invoicing.purchase_orders.rules import OrderDraft
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from tests.world import World


async def live_with_billing(world: World) -> Mapping[str, object]:
    """A run that is done, and a purchase order of Harbour's; invoices were made before."""
    today = clock.today()
    draft = OrderDraft("PO-4711", today, today + timedelta(days=364), Money(500_000))
    return {
        "run_id": await db.fetch_value("SELECT id FROM billing_run ORDER BY started_at LIMIT 1"),
        "order_id": await record_order(world.broker, world.pettypool, draft),
    }
