"""A payment run in the lived-in world: Harbour proposed one, with a payment in it; the second person has not looked."""

from collections.abc import Mapping

from invoicing.bank_details.rules import Account, Purpose
from invoicing.payment_runs.proposing import propose_run
from marketplace.kernel import clock, db
from tests.invoicing.bank_details.making import ACCOUNT, in_force, second_broker, second_manager
from tests.world import World


async def live_with_payment_runs(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses; an invoice of Pettypool to Harbour is there already."""
    second = await second_broker(world)
    await in_force(world.manager, await second_manager(world), ACCOUNT)
    await in_force(world.broker, second, Account("Harbour", "118765", "64371389"), Purpose.FROM)
    due = await db.fetch_value("SELECT max(due_on) FROM invoice")
    run = await propose_run(second, due, clock.today())
    payment = await db.fetch_value("SELECT id FROM payment WHERE payment_run_id = $1", run)
    return {"pay_run_id": run, "paid": payment, "sent_id": payment}
