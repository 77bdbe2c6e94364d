"""Is this a rise? By the price of an hour and of a session, for whoever pays most (row P6)."""

from datetime import date

import pytest

from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.rules import PriceUnit, Rate, Split, SupportRatio
from providers.uplifts.rules import is_rise

pytestmark = pytest.mark.row("P6")


def rate(
    pence: int,
    *,
    hour: bool = False,
    least: int | None = None,
    split: Split = Split.EACH,
    ratio: SupportRatio = SupportRatio.ONE_TO_TWO,
) -> Rate:
    """A rate of these facts."""
    unit = PriceUnit.HOUR if hour else PriceUnit.SESSION
    minimum = None if least is None else Money(least)
    return Rate(date(2026, 11, 1), Money(pence), VatCategory.EXEMPT, 0, ratio, unit, minimum, split)


def test_the_first_rate_of_a_ratio_raises_nothing() -> None:
    assert not is_rise(None, rate(9900), [120])


@pytest.mark.parametrize(
    ("old", "new", "rise"),
    [
        (rate(3850), rate(3850), False),
        (rate(3850), rate(3849), False),
        (rate(3850), rate(3851), True),
        (rate(0), rate(1), True),
        (rate(1400, hour=True), rate(1401, hour=True), True),
        (rate(1400, hour=True, least=2800), rate(1500, hour=True), True),
        (rate(1400, hour=True), rate(1300, hour=True, least=2800), True),
        (rate(1400, hour=True, least=2800), rate(1300, hour=True, least=2800), False),
        (rate(4000), rate(1400, hour=True), False),
        (rate(2700), rate(1400, hour=True), True),
        (rate(1400, hour=True), rate(1400), False),
        (rate(1400, hour=True), rate(2000), True),
        (rate(3101, split=Split.SHARED), rate(3102, split=Split.SHARED), True),
        (rate(3101, split=Split.SHARED), rate(1551), False),
        (rate(3101, split=Split.SHARED), rate(1552), True),
        (rate(1551), rate(3102, split=Split.SHARED), False),
        (rate(1551), rate(3103, split=Split.SHARED), True),
    ],
)  # fmt: skip
def test_dearer_for_an_hour_or_for_a_session_of_two_hours_is_a_rise(old: Rate, new: Rate, rise: bool) -> None:
    assert is_rise(old, new, [120]) is rise
