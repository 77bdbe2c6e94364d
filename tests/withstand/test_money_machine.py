"""Any order of bill, credit, dispute, pay, return and refund leaves ledger, invoices and bank tied to the penny.

A longer search: `MONEY_EXAMPLES=200 .venv/bin/python -m pytest tests/withstand/test_money_machine.py`.
"""

import os

import pytest

from tests.withstand.card_company import beside_a_company
from tests.withstand.money_cards import MoneyModel
from tests.withstand.moving import search

FEW = 5
"""Runs of one seed."""
SEEDS = 2
ENOUGH = 20
"""So many of the moves change something in a short search; the long one (`MONEY_EXAMPLES=40`) reaches nearly all."""


@pytest.mark.row("V1")
@pytest.mark.row("V3")
@pytest.mark.row("V5")
@pytest.mark.row("V7")
@pytest.mark.row("V9")
@pytest.mark.row("Y1")
def test_any_order_of_bill_credit_dispute_pay_return_and_refund_ties_to_the_penny() -> None:
    runs = int(os.environ.get("MONEY_EXAMPLES", FEW))
    with beside_a_company(MoneyModel, "_all_money"):
        search(MoneyModel, seeds=SEEDS, runs=runs, steps=50)
    # A model that never gets anywhere proves nothing: many of the moves were made, and changed something.
    assert len(MoneyModel.reached.done) >= ENOUGH, MoneyModel.reached.never(MoneyModel)
