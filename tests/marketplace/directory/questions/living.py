"""Somebody asks about an activity, for the tests that visit every address."""

from collections.abc import Mapping

from marketplace.directory.questions.commands import Question, ask
from tests.world import World


async def live_with_questions(world: World) -> Mapping[str, object]:
    """What fills the parameter of these pages' addresses: a question that waits."""
    activity = await world.activity(title="Walking group", price="5.00")
    return {
        "asked_id": await ask(activity, Question("Gran", "gran@example.com", "Can I come with a wheelchair?"))
    }
