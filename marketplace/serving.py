"""`marketplace serve`: seed, start the server processes, say where it is and who can sign in."""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from granian.constants import Interfaces
from granian.server import Server

from marketplace.kernel import db
from marketplace.kernel.settings import ROOT, settings


def serve(dsn: str, *, processes: int, test_cards: bool, seed: bool) -> None:
    """Serve until stopped. The server processes inherit the environment that is set here."""
    os.environ["DATABASE_URL"] = dsn
    os.environ.setdefault("PICCOLO_CONF", "marketplace.piccolo_conf")
    os.environ.setdefault("SECRET_KEY", settings().secret)
    # The server processes are copies of this one: they must not inherit the settings as they were read before.
    settings.cache_clear()
    _fresh_metrics_folder()
    demonstration = asyncio.run(_prepare(dsn, seed=seed))
    with _test_cards() if test_cards and not settings().stripe_api_key else _nothing():
        _say_where(demonstration=demonstration)
        Server(
            "marketplace.app:create_app",
            factory=True,
            interface=Interfaces.ASGI,
            address=os.environ.get("HOST", "127.0.0.1"),
            port=settings().port,
            workers=processes,
            websockets=False,
            respawn_failed_workers=True,
            log_enabled=False,
        ).serve()


def _fresh_metrics_folder() -> None:
    # The server processes add up their counts through files here (prometheus_client's multiprocess mode).
    folder = settings().var_dir / f"metrics-{settings().port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


async def _prepare(dsn: str, *, seed: bool) -> bool:
    """Make the demonstration council in an empty database, if asked; answers whether there is one."""
    db.use_database(dsn)
    await db.open_pool()
    try:
        if seed and not await db.fetch_value("SELECT EXISTS (SELECT 1 FROM council)"):
            from fixtures.demonstration import make_demonstration

            click.echo("Making the demonstration council …")
            await make_demonstration()
        return bool(await db.fetch_value("SELECT EXISTS (SELECT 1 FROM app_user WHERE demonstration)"))
    finally:
        await db.close_pool()


def _say_where(*, demonstration: bool) -> None:
    click.echo(f"\n  Fairday is at {settings().base_url}\n")
    if demonstration:
        from fixtures.demonstration import PASSWORD, WHO_CAN_SIGN_IN

        click.echo(f"  Demonstration people (all invented) sign in with the password  {PASSWORD}")
        for email, what in WHO_CAN_SIGN_IN:
            click.echo(f"    {email:<34} {what}")
    click.echo("\n  Stop with Ctrl-C.\n")


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _test_cards() -> Iterator[None]:
    """The local server that speaks Stripe's wire format, and the settings that lead to it."""
    port, secret = free_port(), "whsec_" + secrets.token_hex(16)
    os.environ.update(
        STRIPE_API_KEY="sk_test_demonstration",
        STRIPE_API_BASE=f"http://127.0.0.1:{port}",
        STRIPE_WEBHOOK_SECRET=secret,
    )
    settings.cache_clear()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.stripe_server", "--port", str(port),
         "--webhook-url", f"{settings().base_url}/webhooks/stripe", "--webhook-secret", secret],
        cwd=ROOT,
    )  # fmt: skip
    click.echo(
        f"  Card payments go to the TEST card page at http://127.0.0.1:{port} (no real card, no real money)."
    )
    try:
        yield
    finally:
        server.terminate()
        server.wait(timeout=10)
