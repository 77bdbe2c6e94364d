#!/usr/bin/env bash
# Makes .venv with the newest Python that is installed here, if .venv is not there or no longer works.
set -euo pipefail
cd "$(dirname "$0")/.."

if .venv/bin/python -c 'import pip' 2>/dev/null; then
  exit 0
fi

for candidate in python3.13 python3.12 python3.11 python3; do
  # Running it is the test: a version manager puts names on PATH that only print an error.
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Making .venv with $("$candidate" --version)"
    if ! "$candidate" -m venv --clear .venv; then
      echo "$candidate cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2
      exit 1
    fi
    exit 0
  fi
done

echo "Fairday needs Python 3.11 or later, and none was found on PATH (looked for python3.13, python3.12, python3.11, python3)." >&2
exit 1
