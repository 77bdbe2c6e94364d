"""Who may not do both: row, action, who did the first part, who is refused the second, and who may do it.

Personas are those of `tests/world.py`; each row is proved in the test that it names.
"""

from typing import NamedTuple


class Duty(NamedTuple):
    """One separation of duties."""

    row: str
    action: str
    did_the_first: str
    refused: str
    may: str
    shown_by: str


DUTIES = [
    Duty(
        "I1",
        "approve a payment into funds that one checked",
        "a finance officer",
        "the same finance officer",
        "another finance officer",
        "tests/isf/payments/test_paying_in.py::"
        "test_who_checked_a_payment_does_not_approve_it_nor_who_proposed_it",
    ),
    Duty(
        "I1",
        "approve a payment into funds that one proposed",
        "a finance officer",
        "the same finance officer",
        "a finance officer who neither proposed nor checked it",
        "tests/isf/payments/test_paying_in.py::"
        "test_who_checked_a_payment_does_not_approve_it_nor_who_proposed_it",
    ),
]
