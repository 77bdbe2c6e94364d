"""Everything that anybody can do with a booking, in any order, by a clock that goes on: nothing is lost or doubled.

A longer search: `BOOKING_EXAMPLES=500 .venv/bin/python -m pytest tests/withstand/test_booking_machine.py`.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.apart import Apart
from tests.database import make_database_apart
from tests.withstand.booking_parties import AllParties

FEW = 40


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Connections of their own for the model."""
    made = Apart(make_database_apart("_parties"))
    yield made
    made.close()


@pytest.mark.row("B2")
@pytest.mark.row("B3")
@pytest.mark.row("B5")
@pytest.mark.row("B6")
@pytest.mark.row("B7")
@pytest.mark.row("P7")
def test_any_order_of_what_all_parties_do_keeps_places_people_and_pennies(apart: Apart) -> None:
    examples = int(os.environ.get("BOOKING_EXAMPLES", FEW))
    AllParties.apart = apart
    AllParties.TestCase.settings = settings(
        max_examples=examples, stateful_step_count=50, deadline=None, derandomize=examples == FEW,
        database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    AllParties.TestCase().runTest()
