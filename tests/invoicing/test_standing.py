"""Where an invoice stands is told by its lines alone (rows V3, V5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.rules import SETTLED, TRANSITIONS, UNPAID, InvoiceState, state_by
from marketplace.kernel.money import Money

AMOUNTS = st.integers(min_value=0, max_value=10**9).map(Money)


@pytest.mark.row("V3")
@given(AMOUNTS, AMOUNTS)
def test_an_invoice_waits_to_be_paid_as_long_as_a_penny_is_open(still_open: Money, paid: Money) -> None:
    state = state_by(still_open=still_open, paid=paid)
    assert (state in UNPAID) == bool(still_open)
    assert (state in {InvoiceState.PART_PAID, InvoiceState.PAID}) == bool(paid)


@pytest.mark.row("V3")
def test_every_state_is_either_waiting_or_settled_and_only_a_credit_is_for_ever() -> None:
    assert {*UNPAID, *SETTLED} == set(InvoiceState)
    assert [state for state in InvoiceState if not TRANSITIONS[state]] == [InvoiceState.CREDITED]
