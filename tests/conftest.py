"""Fixtures for every test: a database of its own, one council with named people, a site in a browser."""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from litestar import Litestar

os.environ.setdefault("PICCOLO_CONF", "marketplace.piccolo_conf")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 32)


from marketplace.app import Schedule, create_app
from marketplace.kernel import db
from tests.browser_binary import LAUNCH_ARGUMENTS, find_chromium
from tests.database import CLUSTER, empty_database, make_database
from tests.kept_world import kept_world
from tests.site import Site, running_site
from tests.world import World

# How fast examples come says how busy the machine is, not whether the code is right: times belong in benchmarks.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: sync Playwright and our event loop cannot take turns on one thread."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()) or "site" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest_asyncio.fixture(scope="session")
async def dsn() -> AsyncIterator[str]:
    """This worker's database, with a pool of this process on it."""
    made = await make_database()
    db.use_database(made)
    await db.open_pool(12)
    yield made
    await db.close_pool()


@pytest_asyncio.fixture
async def database(dsn: str) -> AsyncIterator[str]:
    """An empty database; emptied again afterwards."""
    yield dsn
    await empty_database()


@pytest_asyncio.fixture
async def world(database: str) -> World:
    """One council, its people, brokers and providers (`tests/world.py`)."""
    return await kept_world(database)


@pytest.fixture(scope="session")
def app() -> Litestar:
    """The application, assembled once: it keeps nothing of a test."""
    return create_app(Schedule.OFF)


@pytest_asyncio.fixture
async def client(world: World, app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """The application in this process, for API and page tests without a browser."""
    # On the test's own event loop and pool: Litestar's test client would run it on another loop, and its lifespan
    # would close the pool.
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as running:
        yield running


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Which Chromium Playwright starts."""
    return {"executable_path": str(find_chromium()), "args": list(LAUNCH_ARGUMENTS)}


@pytest.fixture(scope="session")
def running() -> Iterator[Site]:
    """A server of its own process on a database of its own, for browser tests."""
    with running_site() as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    """The running site with a fresh world in it."""
    running.fresh_world()
    return running


def pytest_sessionfinish() -> None:
    """The last worker out turns off the light."""
    from marketplace.kernel.embedded_postgres import stop_if_unused

    stop_if_unused(CLUSTER)
