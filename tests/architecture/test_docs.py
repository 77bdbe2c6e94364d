"""What the docs say of the code is made from the code."""

import subprocess
import sys

from marketplace.kernel.settings import ROOT


def test_the_state_diagrams_are_current() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/write_states.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
