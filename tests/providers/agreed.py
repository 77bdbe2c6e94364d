"""A dearer price as it stands once every council has agreed, for tests about something else."""

from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.offers.pricing import write_rate
from providers.rules import PriceUnit, Rate, SupportRatio


async def set_agreed_rate(
    manager: Actor,
    activity_id: UUID,
    starts_on: date,
    price: Money,
    vat: VatCategory = VatCategory.EXEMPT,
    *,
    ratio: SupportRatio = SupportRatio.GROUP,
    unit: PriceUnit = PriceUnit.SESSION,
) -> None:
    """Set a price, whatever it was before."""
    async with db.unit_of_work():
        await write_rate(manager, activity_id, Rate(starts_on, price, vat, 0, ratio, unit))
