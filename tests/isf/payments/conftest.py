"""Payments are mostly not about agreements: here the council pays without, unless a test says otherwise."""

import pytest_asyncio

from tests.isf.payments.making import pays_unsigned
from tests.world import World


@pytest_asyncio.fixture
async def world(world: World) -> World:
    """The usual world, whose council does not wait for agreements."""
    await pays_unsigned(world)
    return world
