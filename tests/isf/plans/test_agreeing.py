"""Four keys, by others than the authors, and the money is free (row SP3)."""

import pytest

from marketplace.bookings.commands import book
from tests.world import World


@pytest.mark.row("SP3")
async def test_an_agreed_plan_lets_the_money_be_booked(world: World) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
