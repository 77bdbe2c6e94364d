"""A world made in October 2026, seen on the morning of 1 December 2026: November is over and can be billed."""

from collections.abc import AsyncIterator
from datetime import date, time

import httpx
import pytest_asyncio
from litestar import Litestar

from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from tests.kept_world import kept_world
from tests.world import World


@pytest_asyncio.fixture
async def december(database: str) -> AsyncIterator[World]:
    """The world on 1 December 2026; the clock stands."""
    with use_clock(FixedClock(from_wall(date(2026, 10, 5), time(9)))):
        world = await kept_world(database)
    with use_clock(FixedClock(from_wall(date(2026, 12, 1), time(9)))):
        yield world


@pytest_asyncio.fixture
async def visitor(december: World, app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """The application in this process, on 1 December 2026."""
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client
