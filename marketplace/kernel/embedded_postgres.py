"""A real PostgreSQL of our own in `var/`, for when no `DATABASE_URL` is given.

Lifecycle, in full:

- `ensure_running()` starts the server, or finds it running, and notes that this process uses it. The note is a shared
  file lock, so a process that dies takes its note with it.
- The server is a daemon: it outlives the process that started it.
- `stop_if_unused()` takes back this process's note and stops the server when nobody else holds one. Commands and
  tests end with it: the last one out turns off the light.
- `stop()` stops the server whoever uses it. After a crash of the whole program the server may stay up: the next
  `ensure_running()` finds it, and `python -m marketplace.kernel.embedded_postgres stop var` ends it.

In `var/postgres/` (owner only): `data/`, `password`, `port`, `durability`, `server.log`.
"""

import fcntl
import os
import secrets
import shlex
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from marketplace.kernel.postgres_programs import (
    EmbeddedPostgresError,
    command_line,
    give_to_server_account,
    read_text,
    run,
)

__all__ = ["Durability", "EmbeddedPostgresError", "ensure_running", "stop", "stop_if_unused"]

USER = DATABASE = "fairday"
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 30

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    # Sockets have a path limit of about 100 bytes, which a checkout in a deep folder breaks.
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
UNSAFE_BUT_FAST: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Durability(StrEnum):
    DURABLE = "durable"  # a commit survives a power cut
    TEST = "test"  # a power cut may lose the cluster


@dataclass(frozen=True)
class Cluster:
    """Where one cluster keeps its things."""

    var_dir: Path

    @property
    def home(self) -> Path:
        return self.var_dir / "postgres"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def dsn(self) -> str:
        password = (self.home / "password").read_text().strip()
        return f"postgresql://{USER}:{password}@{HOST}:{self.port()}/{DATABASE}"

    def port(self) -> int | None:
        return int(remembered) if (remembered := read_text(self.home / "port")) else None


def ensure_running(var_dir: Path, durability: Durability = Durability.DURABLE) -> str:
    """Make sure the cluster in `var_dir/postgres` runs; return its DSN (`postgresql://…`).

    Safe to call from several processes at once: they get one server. Takes some seconds the first time.
    A running durable cluster serves tests too; the reverse is refused.

    Raises EmbeddedPostgresError in plain words when something is missing.
    """
    cluster = Cluster(var_dir.resolve())
    cluster.var_dir.mkdir(parents=True, exist_ok=True)
    with _starting_alone(cluster):
        cluster.home.mkdir(mode=0o700, exist_ok=True)
        if not cluster.data.exists():
            _create(cluster, durability)
        _start_until_it_answers(cluster, durability)
        if durability is Durability.DURABLE and read_text(cluster.home / "durability") == Durability.TEST:
            raise EmbeddedPostgresError(
                f"The database in {cluster.home} is running for tests, where commits may be lost. "
                "Stop it first, or set VAR_DIR to another directory."
            )
        _note_use(cluster)
    return cluster.dsn()


def stop_if_unused(var_dir: Path) -> None:
    """Say that this process has finished with the cluster; stop the server when no other process uses it."""
    cluster = Cluster(var_dir.resolve())
    if not cluster.home.exists():
        return
    with _starting_alone(cluster):
        _forget_use(cluster)
        with open(_use_file(cluster), "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            _stop(cluster)


def stop(var_dir: Path) -> None:
    """Stop the server if it runs, whoever uses it: their connections end, their open transactions are undone."""
    cluster = Cluster(var_dir.resolve())
    if not cluster.home.exists():
        return
    with _starting_alone(cluster):
        _forget_use(cluster)
        _stop(cluster)


# --- One at a time, and who uses it -------------------------------------------------------------------------

_uses: dict[Path, int] = {}  # a file descriptor for each cluster this process uses


@contextmanager
def _starting_alone(cluster: Cluster) -> Iterator[None]:
    with open(cluster.var_dir / "postgres.lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _use_file(cluster: Cluster) -> Path:
    return cluster.var_dir / "postgres.in-use"


def _note_use(cluster: Cluster) -> None:
    if cluster.var_dir not in _uses:
        descriptor = os.open(_use_file(cluster), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _uses[cluster.var_dir] = descriptor


def _forget_use(cluster: Cluster) -> None:
    if (descriptor := _uses.pop(cluster.var_dir, None)) is not None:
        os.close(descriptor)


# --- Create, start, stop ------------------------------------------------------------------------------------


def _create(cluster: Cluster, durability: Durability) -> None:
    """Make the cluster and its database aside, then rename: a half-made one is never taken for a whole one."""
    half_made = cluster.home / "data.new"
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.mkdir(mode=0o700)
    password = cluster.home / "password"
    with open(os.open(password, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(24) + "\n")
    give_to_server_account(cluster.home)
    unsynced = ["--no-sync"] if durability is Durability.TEST else []
    made = run(
        "initdb", "-D", str(half_made), "-U", USER, "-A", "scram-sha-256", f"--pwfile={password}",
        "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", *unsynced,
    )  # fmt: skip
    if made.returncode == 0:
        made = run(
            "postgres", "--single", "-D", str(half_made), "postgres", stdin=f"CREATE DATABASE {DATABASE};\n"
        )
    if made.returncode != 0:
        raise EmbeddedPostgresError(
            f"PostgreSQL could not make a database in {cluster.home}:\n{made.stderr.strip()}"
        )
    half_made.rename(cluster.data)


def _start_until_it_answers(cluster: Cluster, durability: Durability) -> None:
    # A server that is recovering, or dying, has a process but does not answer.
    give_up_at = time.monotonic() + START_SECONDS
    while not _answers(cluster):
        if _server_pid(cluster) is None:
            _start(cluster, durability)
        elif time.monotonic() > give_up_at:
            raise EmbeddedPostgresError(
                f"PostgreSQL is not ready after {START_SECONDS} s; see {cluster.log}."
            )
        else:
            time.sleep(0.05)


def _start(cluster: Cluster, durability: Durability) -> None:
    give_to_server_account(cluster.home)
    _remove_misleading_pid_file(cluster)
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        port = _choose_port(cluster)
        settings = {
            **SETTINGS,
            "port": str(port),
            **(UNSAFE_BUT_FAST if durability is Durability.TEST else {}),
        }
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        log_before = cluster.log.stat().st_size if cluster.log.exists() else 0
        started = run("pg_ctl", "-D", str(cluster.data), "-w", f"-t{START_SECONDS}", "-l", str(cluster.log),
                       "-o", options, "start")  # fmt: skip
        if started.returncode == 0:
            break
        said = read_text(cluster.log)[log_before:] or started.stderr
        # The port was taken between our look and the start; or children of a killed server are still leaving.
        passing = "Address already in use" in said or "still in use" in said
        if not passing or time.monotonic() > give_up_at:
            raise EmbeddedPostgresError(
                f"PostgreSQL in {cluster.home} did not start:\n{said.strip()[-2000:]}"
            )
        time.sleep(0.2)
    (cluster.home / "port").write_text(f"{port}\n")
    (cluster.home / "durability").write_text(f"{durability}\n")


def _choose_port(cluster: Cluster) -> int:
    """The port of last time if it is free, else any free one."""
    for wanted in (cluster.port() or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedPostgresError(f"No free port on {HOST} for PostgreSQL.")


def _stop(cluster: Cluster) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT):  # PostgreSQL's “fast”, then “immediate” shutdown
        if (pid := _server_pid(cluster)) is None:
            return
        os.kill(pid, number)
        give_up_at = time.monotonic() + STOP_SECONDS
        while command_line(pid) and time.monotonic() < give_up_at:
            time.sleep(0.02)


# --- Is it there? -------------------------------------------------------------------------------------------


def _answers(cluster: Cluster) -> bool:
    if _server_pid(cluster) is None:
        return False
    return run("pg_isready", "-q", "-h", HOST, "-p", str(cluster.port()), "-d", DATABASE).returncode == 0


def _server_pid(cluster: Cluster) -> int | None:
    """The server's process, if `postmaster.pid` tells the truth: its number may belong to somebody else by now."""
    lines = _pid_file_lines(cluster)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    words = command_line(pid)
    ours = "postgres" in words and str(cluster.data) in words
    return pid if ours else None


def _remove_misleading_pid_file(cluster: Cluster) -> None:
    """PostgreSQL does not start while any process, even a dead one not yet collected, has the noted number.

    Safe because we know it is not our server: and its shared memory keeps a second server out in any case.
    """
    lines = _pid_file_lines(cluster)
    if lines and _server_pid(cluster) is None:
        (cluster.data / "postmaster.pid").unlink()


def _pid_file_lines(cluster: Cluster) -> list[str]:
    return [line.strip() for line in read_text(cluster.data / "postmaster.pid").splitlines()]


def main() -> int:
    """`python -m marketplace.kernel.embedded_postgres start|stop VAR_DIR`, for the Makefile and by hand."""
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        print("usage: python -m marketplace.kernel.embedded_postgres start|stop VAR_DIR", file=sys.stderr)
        return 2
    try:
        if sys.argv[1] == "start":
            print(ensure_running(Path(sys.argv[2])))
        else:
            stop(Path(sys.argv[2]))
    except EmbeddedPostgresError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
