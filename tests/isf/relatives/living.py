"""A relative who sells support, for the tests that visit every address."""

from collections.abc import Mapping
from datetime import timedelta

from isf.relatives.commands import RelativeDraft, declare_relative
from isf.relatives.rules import Kind
from marketplace.kernel import clock
from tests.world import World


async def live_with_relatives(world: World) -> Mapping[str, object]:
    """What fills the parameters of these pages' addresses: Emma's aunt runs First Enable."""
    draft = RelativeDraft(
        world.first_enable, "Rose Marsh", Kind.AUNT_OR_UNCLE, True, clock.today() - timedelta(days=3),
        "Said at the visit.",
    )  # fmt: skip
    return {"relative_id": await declare_relative(world.broker, world.emma, draft)}
