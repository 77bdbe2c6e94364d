"""The terms of a booking as dated sentences."""

from datetime import UTC, datetime

import pytest

from marketplace.bookings.terms import cancel_now_words, cancel_words
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.money import Money
from providers.rules import Terms

STARTS = datetime(2026, 11, 24, 10, tzinfo=UTC)
PRICE = Money(3850)

pytestmark = pytest.mark.row("B5")


def words(terms: Terms, now: datetime, price: Money = PRICE) -> list[str]:
    with use_clock(FixedClock(now)):
        return cancel_words(terms, price, STARTS, now)


def test_before_the_window_they_name_the_last_free_moment_and_the_pounds() -> None:
    assert words(Terms(48, 50), datetime(2026, 11, 20, tzinfo=UTC)) == [
        "Cancel before Sunday 22 November, 10:00: you pay nothing.",
        "Cancel after that: you pay £19.25.",
        "If somebody else takes the place, you pay nothing.",
        "If the provider cancels, you pay nothing.",
    ]


def test_inside_the_window_they_say_what_it_costs_now() -> None:
    told = words(Terms(48, 100, refill_waives_charge=False), datetime(2026, 11, 23, tzinfo=UTC))
    assert (
        told[0]
        == "If you cancel now, you pay £38.50. Cancelling for nothing ended on Sunday 22 November, 10:00."
    )
    assert len(told) == 2


@pytest.mark.parametrize(
    ("terms", "price"), [(Terms(0, 50), PRICE), (Terms(48, 0), PRICE), (Terms(48, 50), Money(0))]
)
def test_where_nothing_is_ever_charged_they_say_only_that(terms: Terms, price: Money) -> None:
    told = words(terms, datetime(2026, 11, 23, tzinfo=UTC), price)
    assert told == [
        "You can cancel until it starts. You pay nothing.",
        "If the provider cancels, you pay nothing.",
    ]


def test_what_it_costs_now_is_said_with_the_moment_from_which_it_changes() -> None:
    terms = Terms(48, 50)
    assert cancel_now_words(terms, PRICE, STARTS, datetime(2026, 11, 20, tzinfo=UTC)) == (
        "Until Sunday 22 November, 10:00 it costs nothing. After that it costs £19.25,"
        " or nothing if somebody takes the place."
    )
    assert cancel_now_words(terms, PRICE, STARTS, datetime(2026, 11, 22, 10, tzinfo=UTC)) == (
        "Until Sunday 22 November, 10:00 it cost nothing. Now it costs £19.25,"
        " or nothing if somebody takes the place."
    )
    strict = Terms(48, 50, refill_waives_charge=False)
    assert cancel_now_words(strict, PRICE, STARTS, datetime(2026, 11, 23, tzinfo=UTC)).endswith(
        "Now it costs £19.25."
    )
    assert (
        cancel_now_words(Terms(0, 50), PRICE, STARTS, STARTS) == "It costs nothing to cancel until it starts."
    )
