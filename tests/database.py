"""A real PostgreSQL for the tests: one cluster, a migrated template, a database for each worker."""

import asyncio
import fcntl
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

from marketplace.kernel import db
from marketplace.kernel.embedded_postgres import Durability, ensure_running
from marketplace.kernel.migrate import migrate
from marketplace.kernel.settings import ROOT

MIGRATED = ("migration", "standard_vat_rate")
"""Tables that migrations fill: their rows are no test's, so emptying a database leaves them as they are."""

CLUSTER = Path(os.environ.get("TEST_VAR_DIR") or ROOT / "var" / "test")


def worker() -> str:
    """The name of this pytest-xdist worker."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


def _shape() -> str:
    """A fingerprint of every migration: another shape, another template."""
    told = hashlib.sha256()
    for path in sorted(ROOT.glob("**/piccolo_migrations/*")):
        if path.suffix in (".py", ".sql") and ".venv" not in path.parts:
            told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:12]


def _with_name(dsn: str, name: str) -> str:
    return dsn.rsplit("/", 1)[0] + "/" + name


async def make_database(suffix: str = "") -> str:
    """A fresh, migrated, empty database of this worker; answers its DSN."""
    dsn = ensure_running(CLUSTER, Durability.TEST)
    template, name = f"template_{_shape()}", f"test_{worker()}{suffix}"
    with (CLUSTER / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        admin = await asyncpg.connect(dsn)
        try:
            if not await admin.fetchval(
                "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", template
            ):
                # One whose making failed half way stays behind.
                await admin.execute(f"DROP DATABASE IF EXISTS {template}_draft WITH (FORCE)")
                await admin.execute(f"CREATE DATABASE {template}_draft")
                await migrate(_with_name(dsn, f"{template}_draft"))
                await admin.execute(f"ALTER DATABASE {template}_draft RENAME TO {template}")
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            await admin.close()
    return _with_name(dsn, name)


def make_database_apart(suffix: str) -> str:
    """The same from a sync test, whatever loop its thread is busy with."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(make_database(suffix))).result()


async def empty_database() -> None:
    """Remove every row, past the triggers that refuse it in real life.

    Deleted, not truncated: a test writes few rows, and truncating a hundred tables makes five hundred files anew.
    """
    async with db.connection() as conn:
        await conn.execute(
            "SET session_replication_role = replica;"
            " DO $$ DECLARE t text; BEGIN"
            "   FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            f"      AND tablename NOT IN {MIGRATED}"
            "   LOOP EXECUTE format('DELETE FROM %I', t); END LOOP; END $$;"
            " SET session_replication_role = DEFAULT"
        )
