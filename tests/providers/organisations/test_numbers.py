"""Numbers of companies, charities and VAT, as people type them."""

import pytest

from providers.organisations.numbers import charity_number, company_number

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
