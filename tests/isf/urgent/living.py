"""Support that could not wait, for the tests that visit every address."""

from collections.abc import Mapping
from datetime import timedelta

from isf.commands import PersonDraft, create_person
from isf.urgent.commands import UrgentDraft, arrange_urgent_support
from marketplace.kernel import clock
from marketplace.kernel.money import Money
from tests.world import World


async def live_with_urgent_support(world: World) -> Mapping[str, object]:
    """What fills the parameters of these pages' addresses: Una's mother went to hospital."""
    una = await create_person(world.care_manager, PersonDraft(name="Una Urgent"))
    today = clock.today()
    draft = UrgentDraft(Money(50_000), today, today + timedelta(weeks=3), "Her mother went to hospital.")
    return {
        "urgent_person_id": una,
        "urgent_id": await arrange_urgent_support(world.care_manager, una, draft),
    }
