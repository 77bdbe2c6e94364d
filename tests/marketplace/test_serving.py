"""`marketplace serve` on a database that it starts itself: known only after the settings were first read."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.kernel import db
from marketplace.kernel.settings import ROOT
from marketplace.serving import free_port

# As `serve` does without DATABASE_URL: the settings are read, then PostgreSQL says where it is.
WORK = """
import sys
from marketplace.kernel.settings import settings
assert settings().database_url is None
from marketplace.serving import serve
serve(sys.argv[1], processes=1, test_cards=False, seed=False)
"""
_LEADER = (
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
)


@pytest.mark.row("O1")
async def test_served_without_test_cards_the_schedule_knows_its_database(
    database: str, tmp_path: Path
) -> None:
    unset = ("DATABASE_URL", "STRIPE_API_KEY")
    server = subprocess.Popen(
        [sys.executable, "-c", WORK, database],
        cwd=ROOT,
        env={**{name: value for name, value in os.environ.items() if name not in unset},
             "PORT": str(free_port()), "VAR_DIR": str(tmp_path), "POOL_SIZE": "2"},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        for _ in range(300):
            if await db.fetch_value(_LEADER):  # Its schedule leads: it asked this very database.
                break
            assert server.poll() is None
            await asyncio.sleep(0.1)
        else:
            pytest.fail("no schedule leads on the database that was served")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            await asyncio.to_thread(server.wait, 10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
