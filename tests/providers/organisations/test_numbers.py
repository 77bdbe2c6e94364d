"""Numbers of companies, charities and VAT, as people type them."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from providers.organisations.numbers import charity_number, company_number, vat_number

pytestmark = pytest.mark.row("P1")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("01234567", "01234567"), ("1234567", "01234567"), ("sc 123456", "SC123456"), ("OC-300001", "OC300001")],
)
def test_a_company_number_is_kept_as_it_is_written(typed: str, kept: str) -> None:
    assert company_number(typed) == kept


@pytest.mark.parametrize("typed", ["", "123456", "123456789", "ABC12345", "S1234567", "none"])
def test_what_is_no_company_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="like 01234567"):
        company_number(typed)


@pytest.mark.parametrize("typed", ["1234567", "234567", "1234567-1", "SC012345", "nic 101234"])
def test_charities_of_three_registers_are_known(typed: str) -> None:
    assert charity_number(typed)


@pytest.mark.parametrize("typed", ["12345", "12345678", "SC12", "charity"])
def test_what_is_no_charity_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="like 1234567"):
        charity_number(typed)


@pytest.mark.parametrize("typed", ["GB 980 7806 84", "980780684", "gb980780684001"])
def test_a_vat_number_with_right_check_digits_is_kept(typed: str) -> None:
    assert vat_number(typed).startswith("GB980780684")


@given(st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_a_vat_number_is_found(place: int, more: int) -> None:
    digits, weights = list("980780684"), (8, 7, 6, 5, 4, 3, 2, 10, 1)
    before = int(digits[place])
    digits[place] = str((before + more) % 10)
    # Two schemes are in use, 55 apart: a change by as much leads from one into the other.
    assume(weights[place] * (int(digits[place]) - before) % 97 not in (55, 97 - 55))
    with pytest.raises(ValueError, match="wrong"):
        vat_number("".join(digits))
