"""Any order of bill, credit, dispute, pay, return and refund leaves ledger, invoices and bank tied to the penny.

A longer search: `MONEY_EXAMPLES=200 .venv/bin/python -m pytest tests/withstand/test_money_machine.py`.
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
from tests.withstand.card_company import card_company
from tests.withstand.money_cards import MoneyModel
from tests.withstand.moving import Reached

FEW = 5
"""Runs of one seed."""
SEEDS = 2
ENOUGH = 20
"""So many of the moves change something in a short search; the long one (`MONEY_EXAMPLES=40`) reaches nearly all."""


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Connections of their own for the model."""
    made = Apart(make_database_apart("_all_money"))
    yield made
    made.run(close_gateway)
    made.close()


@pytest.fixture(scope="module")
def company() -> Iterator[tuple[StripeServer, WebhookReceiver]]:
    """The card company."""
    with card_company() as both:
        yield both


@pytest.mark.row("V1")
@pytest.mark.row("V3")
@pytest.mark.row("V5")
@pytest.mark.row("V7")
@pytest.mark.row("V9")
@pytest.mark.row("Y1")
def test_any_order_of_bill_credit_dispute_pay_return_and_refund_ties_to_the_penny(
    apart: Apart, company: tuple[StripeServer, WebhookReceiver]
) -> None:
    examples = int(os.environ.get("MONEY_EXAMPLES", FEW))
    MoneyModel.apart, MoneyModel.reached = apart, Reached()
    MoneyModel.company, MoneyModel.receiver = company
    MoneyModel.TestCase.settings = hypothesis_settings(
        max_examples=examples, stateful_step_count=50, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for number in range(SEEDS):
        seed(number)(MoneyModel)
        MoneyModel.TestCase().runTest()
    # A model that never gets anywhere proves nothing: many of the moves were made, and changed something.
    assert len(MoneyModel.reached.done) >= ENOUGH, MoneyModel.reached.never(MoneyModel)
