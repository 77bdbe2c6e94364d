"""Agreements in the lived-in world: one signed and its next version offered, one to declare an account on, a draft."""

from collections.abc import Mapping
from datetime import timedelta

from isf.agreements.commands import draft_agreement
from isf.agreements.fees.commands import take_fees
from isf.agreements.rules import Terms
from marketplace.kernel import clock
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.routes_of_money import Route
from tests.isf.agreements.agreed import agreed_isf, offered, supply, terms
from tests.world import World


async def live_with_agreements(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses."""
    today = clock.today()
    await agreed_isf(world)
    await take_fees(SYSTEM)
    _, fund = await world.person_with_locked_fund("Dora Draft", Route.ISF, "500.00")
    return {
        "agreement_id": await offered(
            world, world.emma_isf, terms(today + timedelta(days=7), services=supply())
        ),
        "dan_agreement_id": await offered(world, world.dan_direct, Terms(starts_on=today)),
        "draft_id": await draft_agreement(world.care_manager, fund, terms(today)),
    }
