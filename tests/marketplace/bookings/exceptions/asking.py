"""What the tests of one-off sessions do again and again: Dan's direct payment, and Vivo, the council's own."""

from datetime import date, time, timedelta
from uuid import UUID

from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from marketplace.bookings.commands.placing import Booked
from marketplace.bookings.exceptions.commands import Question, approve_exception, ask_exception
from marketplace.kernel import clock
from providers.rules import Terms
from tests.world import World

WHY = "The usual group is closed that day, and nothing else is near."
YES = "Nothing else can be found for that day."


async def allow(world: World, most: int = 1, weeks: int = 26, *, since: int = 100) -> None:
    """The council turns it on, from so many days ago."""
    day = clock.today() - timedelta(days=since)
    for name, value in (
        (Parameter.IN_HOUSE_EXCEPTIONS_MOST, most),
        (Parameter.IN_HOUSE_EXCEPTIONS_WEEKS, weeks),
    ):
        await set_parameter(world.finance_officer, name, value, day, "For a test")


async def woodwork(world: World, *, price: str = "38.50", terms: Terms | None = None) -> UUID:
    """An activity of the council's own service."""
    return await world.activity(world.in_house_manager, title="Woodwork", price=price, terms=terms)


async def at_vivo(
    world: World, day: date | None = None, *, activity: UUID | None = None, at: time = time(10)
) -> UUID:
    """A session of it."""
    return await world.session(
        activity or await woodwork(world), manager=world.in_house_manager, day=day, at=at
    )


async def asked(world: World, session: UUID, fund: UUID | None = None, person: UUID | None = None) -> UUID:
    """The care manager asks; for Dan unless told otherwise."""
    return await ask_exception(
        world.care_manager, person or world.dan, Question(session, fund or world.dan_direct, WHY)
    )


async def approved(world: World, session: UUID) -> Booked:
    """Asked for Dan, and approved by the finance officer."""
    return await approve_exception(world.finance_officer, await asked(world, session), YES)
