"""Everything that anybody can do with a booking, in any order, by a clock that goes on: nothing is lost or doubled.

A longer search: `BOOKING_EXAMPLES=500 .venv/bin/python -m pytest tests/withstand/test_booking_machine.py`.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, seed
from hypothesis import settings as hypothesis_settings

from invoicing.cards.gateway import close_gateway
from marketplace.kernel.settings import settings
from tests.apart import Apart
from tests.database import make_database_apart
from tests.stripe_server.process import StripeServer, stripe_server
from tests.stripe_server.receiver import WebhookReceiver, webhook_receiver
from tests.withstand.booking_moves import Reached
from tests.withstand.booking_parties import AllParties

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
def card_company() -> Iterator[tuple[StripeServer, WebhookReceiver]]:
    """The card company, and who takes in what it tells."""
    with (
        webhook_receiver() as receiver,
        stripe_server(receiver.url) as company,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("STRIPE_API_KEY", company.api_key)
        patch.setenv("STRIPE_API_BASE", company.url)
        patch.setenv("STRIPE_WEBHOOK_SECRET", company.webhook_secret)
        settings.cache_clear()
        yield company, receiver
    settings.cache_clear()


@pytest.mark.row("B2")
@pytest.mark.row("B3")
@pytest.mark.row("B5")
@pytest.mark.row("B6")
@pytest.mark.row("B7")
@pytest.mark.row("P7")
@pytest.mark.row("Y1")
def test_any_order_of_what_all_parties_do_keeps_places_people_and_pennies(
    apart: Apart, card_company: tuple[StripeServer, WebhookReceiver]
) -> None:
    examples = int(os.environ.get("BOOKING_EXAMPLES", FEW))
    AllParties.apart, AllParties.reached = apart, Reached()
    AllParties.company, AllParties.receiver = card_company
    AllParties.TestCase.settings = hypothesis_settings(
        max_examples=examples, stateful_step_count=60, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for number in range(SEEDS):
        seed(number)(AllParties)
        AllParties.TestCase().runTest()
    # A model that never gets anywhere proves nothing: nearly all that can be done was done, and changed something.
    assert len(AllParties.reached.never(AllParties)) <= SELDOM, AllParties.reached.never(AllParties)
