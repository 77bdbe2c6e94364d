"""Where the publications are: our own small ones, and the two real ones where somebody has put them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


@pytest.fixture
def odd() -> Path:
    """The folder of our own broken and odd files."""
    return ROOT / "fixtures" / "imports"


@pytest.fixture(scope="module")
def published() -> Path:
    """The folder of the two real publications: `DATA_DIR`, else `../shared/data` beside the checkout."""
    folder = Path(os.environ.get("DATA_DIR") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the published files are not here: set DATA_DIR to the folder that holds them")
    return folder
