"""Emma disagrees with the amount, for the tests that visit every address."""

from collections.abc import Mapping

from isf.disagreements.commands import raise_disagreement
from marketplace.kernel import db
from marketplace.kernel.money import Money
from tests.world import World


async def live_with_disagreements(world: World) -> Mapping[str, object]:
    """What fills the parameter of these pages' addresses: a disagreement that waits for its answer."""
    budget = await db.fetch_value(
        "SELECT id FROM personal_budget WHERE person_id = $1 ORDER BY version LIMIT 1", world.emma
    )
    words = "The bus costs more now, and I cannot go by myself yet."
    return {
        "disagreement_id": await raise_disagreement(
            world.emma_user, world.emma, budget, words, Money(180_000)
        )
    }
