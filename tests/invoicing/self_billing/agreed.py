"""A payer and a supplier who agreed on self-billing."""

from datetime import timedelta
from uuid import UUID

from invoicing.self_billing import commands, queries
from invoicing.self_billing.rules import Dates
from marketplace.identity.access import Actor
from marketplace.kernel import clock
from tests.world import World


async def proposed(world: World, payer: Actor, days: Dates | None = None) -> UUID:
    """An agreement that the payer offers to Pettypool, for a year from today."""
    today = clock.today()
    return await commands.propose(payer, world.pettypool, days or Dates(today, today + timedelta(days=364)))


async def agreed(world: World, payer: Actor, days: Dates | None = None) -> UUID:
    """The same, accepted by Pettypool's manager."""
    agreement_id = await proposed(world, payer, days)
    words = (await queries.agreement(world.manager, agreement_id)).row["terms"]
    await commands.accept(world.manager, agreement_id, words)
    return agreement_id
