#!/usr/bin/env bash
# install_python_packages.sh LOCK_FILE: installs exactly what the lock file says, then this checkout itself.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/make_venv.sh
echo "Installing Python packages ($1)"
# The lock file is whole, so nothing is left to decide: left to itself, pip asks for the newest release that a package
# allows beside the one that is locked, and refuses it for want of a hash as soon as there is a newer one.
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r "$1"
# No network: the build tool is in the lock file, too.
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
