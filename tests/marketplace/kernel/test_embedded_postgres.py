"""The embedded database: a real server, killed and raced for real."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from marketplace.kernel.embedded_postgres import (
    Durability,
    EmbeddedPostgresError,
    ensure_running,
    stop,
    stop_if_unused,
)

START_AND_WAIT_FOR_ENTER = """
import sys
from pathlib import Path
from marketplace.kernel.embedded_postgres import Durability, ensure_running
print(ensure_running(Path(sys.argv[1]), Durability.TEST), flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster shared by this file's tests, each of which may stop it: making one takes a second."""
    var_dir = tmp_path_factory.mktemp("var")
    yield var_dir
    stop(var_dir)


@pytest.fixture
def var_dir(made_once: Path) -> Path:
    stop(made_once)
    return made_once


def another_process(var_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT_FOR_ENTER, str(var_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def pid_of(var_dir: Path) -> int:
    return int((var_dir / "postgres/data/postmaster.pid").read_text().splitlines()[0])


async def ask(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def is_up(dsn: str) -> bool:
    try:
        return await ask(dsn, "SELECT true") is True
    except OSError:
        return False


async def test_the_first_start_gives_an_empty_utf8_database_in_utc(var_dir: Path) -> None:
    dsn = ensure_running(var_dir, Durability.TEST)
    assert await ask(dsn, "SHOW timezone") == "UTC"
    assert await ask(dsn, "SHOW server_encoding") == "UTF8"
    assert await ask(dsn, "SELECT datcollate FROM pg_database WHERE datname = 'fairday'") == "C.UTF-8"
    assert await ask(dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_commits_are_durable_unless_tests_ask_otherwise(var_dir: Path) -> None:
    assert await ask(ensure_running(var_dir), "SHOW fsync") == "on"
    assert await ask(ensure_running(var_dir, Durability.TEST), "SHOW fsync") == "on"
    stop(var_dir)
    assert await ask(ensure_running(var_dir, Durability.TEST), "SHOW fsync") == "off"
    with pytest.raises(EmbeddedPostgresError, match="commits may be lost"):
        ensure_running(var_dir)


async def test_only_the_generated_password_opens_it(var_dir: Path) -> None:
    dsn = ensure_running(var_dir, Durability.TEST)
    password = var_dir / "postgres/password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(dsn.replace(password.read_text().strip(), "guess"), "SELECT 1")


async def test_it_comes_back_with_its_data_after_the_server_was_killed(var_dir: Path) -> None:
    dsn = ensure_running(var_dir)
    await ask(dsn, "CREATE TABLE kept AS SELECT 'yes' AS word")
    os.kill(pid_of(var_dir), signal.SIGKILL)
    dsn = ensure_running(var_dir)
    assert await ask(dsn, "SELECT word FROM kept") == "yes"
    await ask(dsn, "DROP TABLE kept")


async def test_a_pid_file_that_names_somebody_else_does_not_mislead_it(var_dir: Path) -> None:
    ensure_running(var_dir, Durability.TEST)
    pid_file = var_dir / "postgres/data/postmaster.pid"
    truth = pid_file.read_text()
    stop(var_dir)
    with subprocess.Popen(["sleep", "60"]) as somebody_else:
        pid_file.write_text("\n".join([str(somebody_else.pid), *truth.splitlines()[1:]]) + "\n")
        assert await is_up(ensure_running(var_dir, Durability.TEST))
        assert pid_of(var_dir) != somebody_else.pid
        stop(var_dir)
        assert somebody_else.poll() is None
        somebody_else.kill()


def test_processes_that_start_at_once_get_one_server(tmp_path: Path) -> None:
    started = [another_process(tmp_path) for _ in range(3)]
    try:
        dsns = [process.stdout.readline() for process in started if process.stdout]
        assert len(set(dsns)) == 1
        assert dsns[0].startswith("postgresql://")
    finally:
        for process in started:
            process.communicate("\n")
        stop(tmp_path)


async def test_the_last_one_out_stops_the_server(var_dir: Path) -> None:
    other = another_process(var_dir)
    assert other.stdout
    dsn = other.stdout.readline().strip()
    ensure_running(var_dir, Durability.TEST)
    stop_if_unused(var_dir)
    assert await is_up(dsn), "another process still uses it"
    other.kill()
    other.communicate()
    assert await is_up(dsn), "the server outlives whoever started it"
    stop_if_unused(var_dir)
    assert not await is_up(dsn)


async def test_it_keeps_its_port_unless_somebody_took_it(var_dir: Path) -> None:
    first = ensure_running(var_dir, Durability.TEST)
    stop(var_dir)
    assert ensure_running(var_dir, Durability.TEST) == first
    stop(var_dir)
    squatter = await asyncio.start_server(
        lambda _reader, _writer: None, "127.0.0.1", int(first.split(":")[3].split("/")[0])
    )
    async with squatter:
        second = ensure_running(var_dir, Durability.TEST)
    assert second != first
    assert await is_up(second)
