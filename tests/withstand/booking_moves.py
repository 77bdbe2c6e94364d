"""What the model of all booking commands knows: how something is refused, whom and which day, what much is."""

import hypothesis.strategies as st

from tests.withstand.moving import State

# Every way in which a command may say no.
KNOWN = {
    "conflict", "state_conflict", "invalid", "not_bookable", "session_full", "person_busy", "fund_exhausted",
    "support_paused", "support_ended", "provider_stopped", "place_free", "already_waiting", "series_refused",
    "session_begun", "capacity_below_booked", "same_start", "starts_in_the_past", "already_suspended",
    "invoice_on_hold", "already_recorded", "in_house_blocked", "not_by_card", "ownership_overlaps",
    "ownership_blocked_by_deliveries", "ownership_blocked_by_bookings", "consultation_first", "close_relative",
    "too_many_exceptions", "not_own_service", "nothing_to_net", "uplift_needed", "no_uplift_needed",
}  # fmt: skip
# After an end nobody acts for the person any more, and a date that is over is no date to change.
GONE = {"forbidden", "not_found"}
WHO, DAY = st.integers(0, 3), st.integers(0, 13)


def much(state: State) -> bool:
    """Enough has happened for something that ends much."""
    return len(state["bookings"]) > 5
