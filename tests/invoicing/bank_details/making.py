"""Bank details for tests: proposed, confirmed, in force."""

from datetime import timedelta
from uuid import UUID

from invoicing.bank_details.commands import confirm, propose
from invoicing.bank_details.rules import Account, Purpose
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from tests.world import World, persona

ACCOUNT = Account("Pettypool Trust", "089999", "66374958")
OTHER = Account("Pettypool Trust", "107999", "88837491")
PAYS = Account("Harbour Brokerage", "118765", "64371389")


async def second_manager(world: World) -> Actor:
    """A second manager of Pettypool."""
    return await persona("Paul Second", Role.PROVIDER_MANAGER, world.manager.organisation_id)


async def second_broker(world: World) -> Actor:
    """A second broker of Harbour."""
    return await persona("Bella Broker", Role.BROKER, world.harbour)


async def in_force(
    first: Actor, second: Actor, account: Account = ACCOUNT, purpose: Purpose = Purpose.INTO
) -> UUID:
    """Details that were proposed and confirmed so long ago that they count."""
    with use_clock(FixedClock(clock.now() - timedelta(days=8))):
        change = await propose(first, purpose, account, "First account")
        await confirm(second, change)
    return change


async def letters(subject_part: str) -> list[str]:
    """To whom letters with these words in their subject go."""
    rows = await db.fetch_all(
        "SELECT recipient FROM outbox_message WHERE subject LIKE $1 ORDER BY recipient", f"%{subject_part}%"
    )
    return [row["recipient"] for row in rows]
