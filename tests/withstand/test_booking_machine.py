"""Everything that anybody can do with a booking, in any order, by a clock that goes on: nothing is lost or doubled.

A longer search: `BOOKING_EXAMPLES=500 .venv/bin/python -m pytest tests/withstand/test_booking_machine.py`.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, seed
from hypothesis import settings as hypothesis_settings

from invoicing.cards.gateway import close_gateway
from tests.apart import Apart
from tests.database import make_database_apart
from tests.stripe_server.process import StripeServer
from tests.stripe_server.receiver import WebhookReceiver
from tests.withstand.booking_parties import AllParties
from tests.withstand.card_company import card_company
from tests.withstand.moving import Reached

FEW = 8
"""Runs of one seed."""
SEEDS = 3
SELDOM = 6
"""So many of the moves may be missing from a short search; the long one (`BOOKING_EXAMPLES=40`) reaches nearly all."""


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Connections of their own for the model."""
    made = Apart(make_database_apart("_parties"))
    yield made
    made.run(close_gateway)
    made.close()


@pytest.fixture(scope="module")
def company() -> Iterator[tuple[StripeServer, WebhookReceiver]]:
    """The card company."""
    with card_company() as both:
        yield both


@pytest.mark.row("B2")
@pytest.mark.row("B3")
@pytest.mark.row("B5")
@pytest.mark.row("B6")
@pytest.mark.row("B7")
@pytest.mark.row("P7")
@pytest.mark.row("Y1")
def test_any_order_of_what_all_parties_do_keeps_places_people_and_pennies(
    apart: Apart, company: tuple[StripeServer, WebhookReceiver]
) -> None:
    examples = int(os.environ.get("BOOKING_EXAMPLES", FEW))
    AllParties.apart, AllParties.reached = apart, Reached()
    AllParties.company, AllParties.receiver = company
    AllParties.TestCase.settings = hypothesis_settings(
        max_examples=examples, stateful_step_count=60, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for number in range(SEEDS):
        seed(number)(AllParties)
        AllParties.TestCase().runTest()
    # A model that never gets anywhere proves nothing: nearly all that can be done was done, and changed something.
    assert len(AllParties.reached.never(AllParties)) <= SELDOM, AllParties.reached.never(AllParties)
