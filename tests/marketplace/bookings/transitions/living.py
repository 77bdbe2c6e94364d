"""What the tests of a move off an in-house service do again and again."""

from datetime import date, timedelta
from uuid import UUID

from marketplace.bookings.commands import book
from marketplace.bookings.transitions import commands
from marketplace.bookings.transitions.rules import ConsultationDraft, HeldBy
from marketplace.kernel import clock
from tests.world import World

SAID = ConsultationDraft(
    held_by="Wanda Worker",
    held_by_role=HeldBy.PRACTITIONER,
    held_on=clock.today(),
    present="Emma’s sister",
    persons_view="I like Vera. I want to be outside more.",
    accessible_how="Pictures and a visit to the garden",
    decided="Emma tries the garden group",
)


def day(offset: int) -> date:
    return clock.today() + timedelta(days=offset)


async def booked_in_house(world: World, *offsets: int) -> list[UUID]:
    """Emma's council-managed bookings at Vivo, the council's own."""
    activity = await world.activity(world.in_house_manager, title="Woodwork")
    return [
        (
            await book(
                world.care_manager,
                await world.session(activity, manager=world.in_house_manager, day=day(offset)),
                world.emma_managed,
            )
        ).id
        for offset in offsets
    ]


async def started(world: World) -> UUID:
    return await commands.start(world.care_manager, world.emma, world.vivo, "Emma wants to be outside more")


async def live_with_a_transition(world: World) -> dict[str, object]:
    """A move of Emma off Vivo that was talked about; what fills the parameter of its address."""
    made = await started(world)
    await commands.record_consultation(world.care_manager, made, SAID)
    return {"transition_id": made}
