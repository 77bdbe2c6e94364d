"""Everything that anybody can do with a booking, in any order, by a clock that goes on: nothing is lost or doubled.

A longer search: `BOOKING_EXAMPLES=500 .venv/bin/python -m pytest tests/withstand/test_booking_machine.py`.
"""

import os

import pytest

from tests.withstand.booking_parties import AllParties
from tests.withstand.card_company import beside_a_company
from tests.withstand.moving import search

FEW = 8
"""Runs of one seed."""
SEEDS = 3
SELDOM = 6
"""So many of the moves may be missing from a short search; the long one (`BOOKING_EXAMPLES=40`) reaches nearly all."""


@pytest.mark.row("B2")
@pytest.mark.row("B3")
@pytest.mark.row("B5")
@pytest.mark.row("B6")
@pytest.mark.row("B7")
@pytest.mark.row("P7")
@pytest.mark.row("Y1")
def test_any_order_of_what_all_parties_do_keeps_places_people_and_pennies() -> None:
    runs = int(os.environ.get("BOOKING_EXAMPLES", FEW))
    with beside_a_company(AllParties, "_parties"):
        search(AllParties, seeds=SEEDS, runs=runs, steps=60)
    # A model that never gets anywhere proves nothing: nearly all that can be done was done, and changed something.
    assert len(AllParties.reached.never(AllParties)) <= SELDOM, AllParties.reached.never(AllParties)
