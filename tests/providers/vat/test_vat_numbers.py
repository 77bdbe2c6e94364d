"""The shape of a VAT number."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from providers.vat.numbers import vat_number


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
