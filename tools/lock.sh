#!/usr/bin/env bash
# Makes the lock files anew from pyproject.toml and package.json. No lock file names a host: any mirror will do.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {
  .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate "$@"
}

lock pyproject.toml --group build -o requirements.lock
lock pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
lock --group npm -o requirements-npm.lock
npm install --package-lock-only --loglevel=error
