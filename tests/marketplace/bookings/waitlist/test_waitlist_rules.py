"""How long an offer is kept, and the words of a line: no database."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.bookings.waitlist.rules import TRANSITIONS, WaitState, before_words, in_line, offer_until

STARTS = datetime(2026, 12, 1, 10, tzinfo=UTC)


@pytest.mark.row("B3")
@pytest.mark.parametrize(
    ("hours_before", "offer_hours", "kept_minutes"),
    [
        (200, 24, 24 * 60),  # Time enough: what the council set.
        (26, 24, 12 * 60),  # Half of what is left, so that the next has time too.
        (4, 24, 60),
        (2.75, 24, 30),  # Never less than half an hour …
        (2.4, 24, None),  # … and no offer that nobody could answer.
        (1, 24, None),
        (200, 1, 60),
    ],
)
def test_an_offer_is_kept_for_the_councils_hours_but_never_past_the_last_moment_to_come(
    hours_before: float, offer_hours: int, kept_minutes: int | None
) -> None:
    now = STARTS - timedelta(hours=hours_before)
    until = offer_until(now, STARTS, offer_hours)
    assert until == (None if kept_minutes is None else now + timedelta(minutes=kept_minutes))


@pytest.mark.row("B3")
def test_places_in_line_in_words() -> None:
    assert [in_line(place) for place in (1, 10, 11)] == [
        "first in line",
        "tenth in line",
        "number 11 in line",
    ]
    assert before_words(0) == "Nobody waits for a place yet. You would be first in line."
    assert before_words(1) == "1 person waits already. You would be second in line."


def test_what_has_ended_stays_ended() -> None:
    assert all(state.open or not TRANSITIONS[state] for state in WaitState)
