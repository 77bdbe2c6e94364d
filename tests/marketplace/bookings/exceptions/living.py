"""A one-off session that waits for a decision, for the tests that visit every address."""

from collections.abc import Mapping
from datetime import timedelta

from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from marketplace.bookings.exceptions.commands import Question, ask_exception
from marketplace.kernel import clock
from tests.world import World


async def live_with_exceptions(world: World) -> Mapping[str, object]:
    """What fills the parameters of these pages' addresses: Emma’s care manager asks for one at Vivo."""
    await set_parameter(
        world.finance_officer,
        Parameter.IN_HOUSE_EXCEPTIONS_MOST,
        2,
        clock.today() - timedelta(days=5),
        "Tried",
    )
    activity = await world.activity(world.in_house_manager, title="Clay and paint", price="12.00")
    asked, other = [
        await world.session(
            activity, manager=world.in_house_manager, day=clock.today() + timedelta(days=days)
        )
        for days in (51, 52)
    ]
    question = Question(asked, world.emma_isf, "The usual group is closed that week.")
    return {
        "exception_id": await ask_exception(world.care_manager, world.emma, question),
        "in_house_session_id": other,
    }
