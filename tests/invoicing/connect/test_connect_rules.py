"""What an account can do, in words, and what this site keeps: values in, values out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.cards.rules import fee_of
from invoicing.connect.rules import STANDING_WORDS, asked_words, fee_words
from invoicing.stripe_values import AccountState, Standing
from marketplace.kernel.money import ZERO, Money

ABLE = AccountState(id="acct_1", charges_enabled=True, payouts_enabled=True, details_submitted=True)
STOPPED = replace(ABLE, charges_enabled=False)


@pytest.mark.row("Y1")
@pytest.mark.parametrize(
    ("account", "standing"),
    [
        (ABLE, Standing.ABLE),
        (replace(ABLE, due=("company.tax_id",)), Standing.ASKED),
        (replace(STOPPED, details_submitted=False, due=("tos_acceptance.date",)), Standing.BEGUN),
        (replace(STOPPED, checking=("individual.verification.document",)), Standing.CHECKING),
        (replace(STOPPED, disabled_reason="under_review"), Standing.CHECKING),
        (replace(STOPPED, due=("external_account",)), Standing.RESTRICTED),
        (replace(STOPPED, disabled_reason="platform_paused"), Standing.RESTRICTED),
        (replace(ABLE, disabled_reason="rejected.fraud"), Standing.REJECTED),
    ],
)
def test_what_stripe_says_has_one_standing(account: AccountState, standing: Standing) -> None:
    assert account.standing is standing


def test_every_standing_has_words_and_what_is_asked_reads_as_sentences() -> None:
    assert set(STANDING_WORDS) == set(Standing)
    due = ["individual.dob.day", "individual.id_number", "external_account", "person_1.email", "new.thing"]
    assert asked_words(due) == [
        "Who you are, and proof of it",
        "The bank account to which your money goes",
        "Who acts for your organisation, and proof of who they are",
        "Other details",
    ]


@pytest.mark.parametrize(
    ("basis_points", "fixed", "words"),
    [
        (0, 0, "This site keeps nothing"),
        (150, 0, "This site keeps 1.5% of each"),
        (100, 20, "This site keeps 1% and £0.20 of each"),
        (0, 25, "This site keeps £0.25 of each"),
    ],
)
def test_the_fee_is_told_as_it_is_taken(basis_points: int, fixed: int, words: str) -> None:
    assert fee_words(basis_points, Money(fixed)).startswith(words)


@pytest.mark.row("Y1")
@given(st.integers(1, 10_000_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_fee_is_never_more_than_what_was_paid_and_nothing_when_none_is_set(
    pence: int, basis_points: int, fixed: int
) -> None:
    fee = fee_of(Money(pence), basis_points=basis_points, fixed=Money(fixed))
    assert ZERO <= fee <= Money(pence)
    assert abs(min(pence, pence * basis_points / 10_000 + fixed) - fee.pence) <= 0.5
    assert fee_of(Money(pence), basis_points=0, fixed=ZERO) == ZERO
