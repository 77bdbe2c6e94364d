"""An end for the tests that visit every address."""

from collections.abc import Mapping

from isf.endings.liabilities import set_aside
from isf.endings.rules import EndDraft, EndKind, LiabilityDraft, LiabilityKind
from marketplace.bookings.endings.commands import end_person
from marketplace.kernel import clock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.world import World


async def live_with_ends(world: World) -> Mapping[str, object]:
    """What fills the parameters of these addresses: Vera moved away, and a week's wages are held aside."""
    person, fund = await world.person_with_fund("Vera Vale", Route.ISF, "300.00")
    await end_person(world.care_manager, person, EndDraft(EndKind.MOVED, clock.today(), "To Leeds."))
    draft = LiabilityDraft(LiabilityKind.WAGES, "Wages of the last week", Money(4_000), "Payslip in the file")
    return {"liability_id": await set_aside(world.care_manager, fund, draft), "ended_person_id": person}
