"""Something of everything about changing budgets, for the tests that visit every address."""

from datetime import timedelta

from isf.budgets.answers import Kind, keep, start
from isf.budgets.queries import standing_for
from isf.budgets.reports.commands import open_report, report_change
from marketplace.bookings.commands import book
from marketplace.identity.commands import create_organisation
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from tests.isf.budgets.changing import change, isf, weekly_budget
from tests.world import World


def day_typed(name: str, days: int) -> dict[str, str]:
    """A day from today on, as a form sends it."""
    day = clock.today() + timedelta(days=days)
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


async def live_with_budgets(world: World) -> dict[str, object]:
    """A change of Emma's budget on the way, a new holder on the way, a report, and Nia's over-commitment."""
    told = await report_change(
        world.sister, world.emma, "Mum cannot drive any more.", clock.today(), "More help."
    )
    await open_report(world.care_manager, told)
    standing = await standing_for(world.care_manager, world.emma)
    assert standing is not None
    amounts = await start(
        world.care_manager, world.emma, Kind.AMOUNTS, "when",
        {**day_typed("starts_on", 40), **day_typed("ends_on", 299)}, standing.seen, None,
    )  # fmt: skip
    await keep(world.care_manager, amounts, "because", {"because": "Looked at together in the autumn."})
    # Nobody's employer among those who visit: a holder that begins later may prepare from today.
    async with db.unit_of_work():
        beacon = await create_organisation(SYSTEM, "Beacon Brokerage")
    holder = await start(
        world.care_manager, world.emma, Kind.HOLDER, "who",
        {"fund": str(world.emma_managed), "route": "isf", "holder-organisation": str(beacon)},
        standing.seen, world.emma_managed,
    )  # fmt: skip
    await keep(
        world.care_manager, holder, "when", {**day_typed("starts_on", 45), "because": "Emma wants to."}
    )
    return {
        "change_id": amounts,
        "handover_id": holder,
        "report_id": told,
        "over_id": await _over_committed(world),
    }


async def _over_committed(world: World) -> object:
    person, (fund,) = await weekly_budget(world, isf(world, "40"), weeks=10)
    activity = await world.activity(title="Day out", price="60")
    for days in range(2, 8):
        await book(
            world.broker, await world.session(activity, day=clock.today() + timedelta(days=days)), fund
        )
    made = await change(world, person, isf(world, "20"), day=clock.today(), agreed="Nia has other help now.")
    return made.effects[0].over_commitment_id
