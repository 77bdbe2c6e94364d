"""The site as a visitor meets it: server processes on a real database, driven from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from marketplace.kernel.settings import ROOT
from marketplace.serving import free_port
from tests.apart import Apart
from tests.database import empty_database, make_database_apart
from tests.stripe_server.process import stripe_server
from tests.world import PASSWORD, World, make_world

T = TypeVar("T")


@dataclass
class Site:
    """A running site: its address, its database, its world, and its server processes."""

    url: str
    dsn: str
    stripe_url: str
    environment: dict[str, str]
    apart: Apart
    processes: int = 1
    server: subprocess.Popen[bytes] | None = None
    _world: World | None = field(default=None, repr=False)

    @property
    def world(self) -> World:
        """The world made last."""
        assert self._world is not None
        return self._world

    def fresh_world(self) -> World:
        """Empty the database and make a new world."""

        async def make() -> World:
            await empty_database()
            return await make_world()

        self._world = self.run(make)
        return self._world

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run commands or queries on the site's database from a test."""
        return self.apart.run(work)

    def client(self, token: str) -> httpx.Client:
        """A program that calls the API with a token; one for many calls, for each reads the machine's certificates."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        self.server = subprocess.Popen(
            [sys.executable, "-m", "marketplace", "serve", "--processes", str(self.processes), "--no-seed"],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
        )
        patience = time.monotonic() + 120
        with httpx.Client(timeout=2) as visitor:
            while time.monotonic() < patience:
                try:
                    visitor.get(f"{self.url}/readyz")
                    return
                except httpx.TransportError:
                    if self.server.poll() is not None:
                        break
                    time.sleep(0.1)
        raise RuntimeError("the site did not start")

    def kill(self) -> None:
        """SIGKILL to the server and all its processes, as a power cut would."""
        assert self.server is not None
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def stop(self) -> None:
        """Stop the server."""
        if self.server is not None and self.server.poll() is None:
            os.killpg(self.server.pid, signal.SIGTERM)
            try:
                self.server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def running_site(suffix: str = "_site", processes: int = 1) -> Iterator[Site]:
    """A site on a fresh database, with card payments going to the test card server."""
    dsn = make_database_apart(suffix)
    apart = Apart(dsn)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    secret = "whsec_only_for_tests"
    with stripe_server(f"{url}/webhooks/stripe", webhook_secret=secret) as cards:
        environment = {
            **os.environ,
            "DATABASE_URL": dsn,
            "PORT": str(port),
            "BASE_URL": url,
            "POOL_SIZE": "4",
            "STRIPE_API_KEY": "sk_test_fairday",
            "STRIPE_API_BASE": cards.url,
            "STRIPE_WEBHOOK_SECRET": secret,
        }
        site = Site(url, dsn, cards.url, environment, apart, processes)
        site.start()
        try:
            yield site
        finally:
            site.stop()
            apart.close()


__all__ = ["PASSWORD", "Site", "running_site"]
