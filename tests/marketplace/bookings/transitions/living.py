"""What the tests of a move off an in-house service do again and again."""

from datetime import date, timedelta
from uuid import UUID

from marketplace.bookings.commands import book
from marketplace.bookings.transitions import commands
from marketplace.bookings.transitions.rules import ConsultationDraft, HeldBy
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from providers.commands import ProviderDraft, create_provider, record_ownership
from providers.rules import SellerType
from tests.world import World, persona

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
    """A move of Emma off Vivo that was talked about, and another service of the council where she still goes."""
    made = await started(world)
    await commands.record_consultation(world.care_manager, made, SAID)
    mill = await create_provider(
        SYSTEM,
        ProviderDraft(
            name="Old Mill",
            seller_type=SellerType.IN_HOUSE,
            description="The council’s.",
            email="mill@example.com",
        ),
    )
    await record_ownership(world.commissioner, mill, world.council, day(-100), None)
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", mill)
    miller = await persona("Milly Miller", Role.PROVIDER_MANAGER, organisation)
    activity = await world.activity(miller, title="Baking", price="5.00")
    # Before anybody else holds this money: an ISF could not pay for it.
    await book(
        world.care_manager, await world.session(activity, manager=miller, day=day(38)), world.emma_managed
    )
    return {"transition_id": made}
