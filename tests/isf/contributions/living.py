"""Emma's contribution after a while: assessed, free for some weeks, asked for, partly paid; for tests of every page."""

from datetime import timedelta
from uuid import UUID, uuid4

from isf.contributions import queries
from isf.contributions.commands import (
    ExemptDraft,
    PaymentDraft,
    TopUpDraft,
    assess_person,
    charge_contributions,
    record_exempt,
    record_payment,
    record_top_up,
)
from isf.contributions.rules.assessment import Figures, Way
from isf.contributions.rules.exempt import ExemptKind
from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from marketplace.kernel import clock
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from tests.world import World

_FIGURES = Figures(
    way=Way.FULL, benefits=18_000, disability_benefit=10_800, mobility=7_590, earnings=3_000, savings=1_475_000,
    housing_costs=2_250, disability_expenses=1_840,
)  # fmt: skip


async def live_with_contributions(world: World) -> dict[str, UUID | str]:
    """What fills the parameters of these pages' addresses, by their names."""
    officer, today = world.finance_officer, clock.today()
    await charge_contributions(SYSTEM)
    charge = (await queries.bills_of(officer, world.emma))[0].id
    financial = await assess_person(officer, world.emma, _FIGURES, today, key=uuid4(), because="Letters seen")
    free = ExemptDraft(
        ExemptKind.REABLEMENT, today - timedelta(days=10), "Cooking again", weekly=Money(3_000)
    )
    exempt = await record_exempt(officer, world.emma, free)
    paid = await record_payment(officer, world.emma, PaymentDraft(Money(1_000), today, uuid4(), "FP 4711"))
    await record_top_up(
        world.broker, world.emma, world.emma_isf, TopUpDraft(Money(2_500), today, uuid4(), "Birthday")
    )
    figure = Parameter.SURPLUS_WEEKS
    later = await set_parameter(officer, figure, 6, today + timedelta(days=100), "Decided by the cabinet")
    return {
        "charge_id": charge,
        "financial_id": financial,
        "exempt_id": exempt,
        "paid_id": paid,
        "figure": str(figure),
        "figure_id": later,
    }
