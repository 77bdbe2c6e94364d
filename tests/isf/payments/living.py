"""Payments, client accounts and unused money in the lived-in world: one payment made, one to look at, one account."""

from collections.abc import Mapping
from datetime import timedelta

from isf.payments.client_accounts.commands import declare
from marketplace.kernel import clock
from marketplace.kernel.money import Money
from tests.isf.payments.making import line_of, on, pay, pays_unsigned, proposed, second_officer
from tests.world import World


async def live_with_payments(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses."""
    today = clock.today()
    await pays_unsigned(world)
    async with on(today - timedelta(days=28)):
        await pay(world, await second_officer(world))
    payment = await proposed(world)
    return {
        "payment_id": payment,
        "line_id": (await line_of(payment, world.emma_isf))["id"],
        "check_id": await declare(world.broker, today, Money(10_000), {world.emma_isf: Money(10_000)}),
    }
