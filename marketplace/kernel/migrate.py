"""Bringing a database to today's shape: one migrator at a time, however many processes start."""

import contextlib
import io

import asyncpg
from piccolo.apps.migrations.commands.forwards import run_forwards

from marketplace.kernel import db

_LOCK = 0x66616972  # "fair"; any number that no other program uses on this database


class MigrationFailed(RuntimeError):
    """A migration did not run; the message is Piccolo's own report."""


async def migrate(dsn: str) -> None:
    """Run every migration not yet run, under an advisory lock. Raises MigrationFailed."""
    db.use_database(dsn)
    guard = await asyncpg.connect(dsn)
    report = io.StringIO()
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", _LOCK)
        with contextlib.redirect_stdout(report):
            result = await run_forwards("all")
        if not result.success:
            raise MigrationFailed(report.getvalue())
    finally:
        await guard.close()
