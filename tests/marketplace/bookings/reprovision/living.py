"""What the tests of a stopped provider do again and again."""

from datetime import date, timedelta
from uuid import UUID

from marketplace.bookings.commands import book
from marketplace.bookings.reprovision.commands import Suspended, suspend_provider
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from providers.commands import ProviderDraft, apply_to_lot, create_provider, decide_commission
from providers.commissions.commands import Decision
from providers.rules import Category, SellerType
from providers.suspensions.commands import SuspensionDraft
from tests.world import World, name_safeguarding_contact, persona

DRAFT = SuspensionDraft("A worker hurt somebody and it was not reported.", "Sam Safe, 01606 000000")


def day(offset: int) -> date:
    return clock.today() + timedelta(days=offset)


async def suspend(world: World, provider_id: UUID | None = None) -> Suspended:
    return await suspend_provider(world.commissioner, provider_id or world.pettypool, DRAFT)


async def state(booking_id: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking_id))


async def items() -> list[db.Row]:
    return await db.fetch_all(
        "SELECT i.*, b.starts_at FROM reprovision_item i JOIN booking b ON b.id = i.booking_id ORDER BY b.starts_at"
    )


async def live_with_a_suspension(world: World) -> dict[str, object]:
    """A farm that was stopped with a booking of Emma's to come; what fills the parameters of its addresses."""
    farm = await create_provider(
        SYSTEM,
        ProviderDraft(
            name="Stopped Farm",
            seller_type=SellerType.PRIVATE,
            description="A farm.",
            email="farm@example.com",
        ),
    )
    await name_safeguarding_contact(farm)
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", farm)
    farmer = await persona("Farah Farmer", Role.PROVIDER_MANAGER, organisation)
    asked = await apply_to_lot(farmer, farm, await db.fetch_value("SELECT id FROM lot LIMIT 1"))
    await decide_commission(world.commissioner, asked, Decision.APPROVE, clock.today())
    activity = await world.activity(farmer, title="Farm morning", category=Category.ANIMALS, price="10.00")
    await book(world.broker, await world.session(activity, manager=farmer, day=day(45)), world.emma_isf)
    stopped = await suspend(world, farm)
    return {
        "suspension_id": stopped.suspension_id,
        "lost_id": await db.fetch_value(
            "SELECT id FROM reprovision_item WHERE suspension_id = $1", stopped.suspension_id
        ),
    }
