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
    Duty(
        "SP3",
        "turn a key on a plan that one wrote",
        "a care manager",
        "the same care manager",
        "another care manager; for the money a finance officer",
        "tests/isf/plans/test_the_lock.py::test_the_author_turns_no_key_also_by_a_bare_statement",
    ),
    Duty(
        "SP3",
        "turn a key on a plan that one helped with",
        "a care manager who is named as having helped",
        "the same care manager",
        "another care manager",
        "tests/isf/plans/test_agreeing.py::"
        "test_a_care_manager_who_helped_with_the_plan_turns_none_of_its_keys",
    ),
    Duty(
        "SP3",
        "turn a key on the next version of a plan that one wrote",
        "a care manager, the version before",
        "the same care manager",
        "another care manager",
        "tests/isf/plans/test_agreeing.py::"
        "test_the_key_of_somebody_who_wrote_the_next_version_is_not_carried",
    ),
    Duty(
        "SP3",
        "keep a key on a plan in which one writes afterwards",
        "a care manager who turned a key",
        "the same care manager: the key falls",
        "another care manager",
        "tests/isf/plans/test_agreeing.py::test_who_turned_a_key_and_then_writes_loses_the_key",
    ),
    Duty(
        "SP3",
        "turn the key of another role",
        "a care manager (allocation), a finance officer (the other three)",
        "each of them",
        "the other role",
        "tests/isf/plans/test_agreeing.py::test_every_key_has_its_role",
    ),
    Duty(
        "I2",
        "sign an agreement for a second party",
        "a holder's broker, who signed for the holder",
        "the same user, as the person's representative",
        "the person, or another representative",
        "tests/isf/agreements/test_signing.py::test_nobody_signs_for_two_sides",
    ),
    Duty(
        "I2",
        "sign for the person or the holder what one drafted",
        "a care manager who drafted it for the council",
        "the same user, as the person's representative",
        "the person or their representative; the holder's broker",
        "tests/isf/agreements/test_signing.py::test_who_drafted_it_signs_for_nobody_but_the_council",
    ),
    Duty(
        "I6",
        "send the money of a fund on whose end one announced",
        "who announced the end",
        "the same user",
        "a finance officer who did not announce it",
        "tests/isf/agreements/test_exit.py::test_who_announced_it_does_not_send_the_money_on",
    ),
    Duty(
        "V7",
        "approve a payment run that one proposed",
        "a broker or finance officer",
        "the same person",
        "another person of the same payer",
        "tests/invoicing/payment_runs/test_runs.py::"
        "test_who_proposed_a_run_does_not_approve_it_also_by_a_bare_statement",
    ),
    Duty(
        "V7",
        "confirm bank details that one proposed",
        "a provider's manager",
        "the same manager",
        "another manager of the provider",
        "tests/invoicing/bank_details/test_changing.py::"
        "test_who_proposed_it_does_not_confirm_it_also_by_a_bare_statement",
    ),
]
