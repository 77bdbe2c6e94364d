"""Whole pence: parts that add up, and amounts as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.money import Money, allocate, total


def test_70_pounds_in_three_is_23_34_23_33_23_33() -> None:
    """Hard case 8: a 1:3 session at £70.00."""
    assert allocate(Money(7000), [1, 1, 1]) == [Money(2334), Money(2333), Money(2333)]


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(lambda weights: sum(weights) > 0),
)
def test_the_parts_always_add_up_to_the_whole(pence: int, weights: list[int]) -> None:
    parts = allocate(Money(pence), weights)
    assert total(parts) == Money(pence)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.pence * sum(weights) - pence * weight) < sum(weights)
        assert weight or not part


@pytest.mark.parametrize(
    ("typed", "pence"),
    [("38.50", 3850), ("£38.50", 3850), ("1,200", 120_000), (" 7 ", 700), ("0.1", 10), ("-3.05", -305)],
)
def test_amounts_are_read_as_people_type_them(typed: str, pence: int) -> None:
    assert Money.parse(typed) == Money(pence)


@pytest.mark.parametrize("typed", ["", "abc", "1.005", "NaN", "Infinity", "1e400", "£", "12.3.4"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fraction"):
        Money.parse(typed)


def test_money_takes_no_floats() -> None:
    with pytest.raises(TypeError):
        Money(38.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(100) * 0.5  # type: ignore[operator]


@pytest.mark.parametrize(
    ("pence", "percent", "share"), [(3850, 50, 1925), (1, 50, 1), (333, 33, 110), (-1, 50, -1)]
)
def test_a_share_rounds_the_half_penny_up(pence: int, percent: int, share: int) -> None:
    assert Money(pence).share(percent) == Money(share)
