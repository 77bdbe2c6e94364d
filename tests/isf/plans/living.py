"""A plan at every stage in a lived-in world: what fills the parameters of the pages about plans."""

from collections.abc import Mapping

from isf.plans.commands import change_item, name_helper, start_next_version, submit_plan
from isf.plans.queries import load, plan_in_force
from isf.plans.rules import Chapter, HelperKind, KeyKind
from marketplace.kernel import clock
from marketplace.kernel.money import Money
from tests.plans import anything
from tests.world import World


async def live_with_plans(world: World) -> Mapping[str, object]:
    """Emma's next version is being written, Dan's waits for the key that covers the money."""
    draft = await start_next_version(world.broker, world.emma)
    item = (await load(draft)).items[0]
    cheaper = anything(item.paid_from, Money(item.cost_pence - 100))
    await change_item(world.broker, item.id, cheaper)
    helper = await name_helper(world.broker, draft, HelperKind.FRIEND, "Sam", "Asked the questions")
    waiting = await start_next_version(world.dan_user, world.dan)
    dans = (await load(waiting)).items[0]
    await change_item(world.dan_user, dans.id, anything(dans.paid_from, Money(dans.cost_pence - 100)))
    await submit_plan(world.dan_user, waiting)
    today = clock.today()
    return {
        "version_id": draft,
        "dan_version_id": waiting,
        "other_id": await plan_in_force(world.emma, today),
        "dan_other_id": await plan_in_force(world.dan, today),
        "item_id": item.id,
        "dan_item_id": dans.id,
        "helper_id": helper,
        "chapter": Chapter.KEEPS_ME_WELL,
        "key": KeyKind.ALLOCATION,
    }
