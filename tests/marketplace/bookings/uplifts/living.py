"""What the tests of a dearer price do again and again."""

from datetime import date, timedelta
from uuid import UUID

from marketplace.bookings.uplifts import commands
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.commands import apply_to_lot, create_framework, decide_commission
from providers.commissions.commands import Decision
from providers.rules import PriceUnit, Rate, SupportRatio
from tests.world import World

REASON = "Wages go up by 6 per cent in April."


def day(offset: int) -> date:
    return clock.today() + timedelta(days=offset)


def dearer(
    pence: int = 4200,
    starts: int = 28,
    *,
    ratio: SupportRatio = SupportRatio.GROUP,
    unit: PriceUnit = PriceUnit.SESSION,
) -> Rate:
    """A rate that starts in so many days: £42.00 a session, where the garden costs £38.50."""
    return Rate(day(starts), Money(pence), VatCategory.EXEMPT, 0, ratio, unit)


async def proposed(world: World, activity: UUID, rate: Rate | None = None) -> UUID:
    """A proposal of Pettypool's."""
    return await commands.propose(world.manager, activity, rate or dearer(), REASON)


async def approved_by_another_council(world: World) -> None:
    """Southshire approves Pettypool too."""
    await create_framework(SYSTEM, world.other_council, "Day support", ["Days out"], day(-400))
    lot = await db.fetch_value(
        "SELECT l.id FROM lot l JOIN framework f ON f.id = l.framework_id WHERE f.council_id = $1",
        world.other_council,
    )
    asked = await apply_to_lot(world.manager, world.pettypool, lot)
    await decide_commission(world.other_commissioner, asked, Decision.APPROVE, day(-30))


async def price_on(activity: UUID, on: date) -> int:
    """What the garden costs on a day, in pence."""
    return int(await db.fetch_value("SELECT price_pence FROM rate_on($1, 'group', $2)", activity, on))


async def live_with_uplifts(world: World) -> dict[str, object]:
    """A price that waits for the council."""
    activity = await db.fetch_value(
        "SELECT id FROM activity WHERE title = 'Garden group' ORDER BY id LIMIT 1"
    )
    return {"uplift_id": await proposed(world, activity or await world.activity())}
