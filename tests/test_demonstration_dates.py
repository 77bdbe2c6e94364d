"""The demonstration council has a past, a present and a future on any day of the year."""

from datetime import datetime, timedelta

import pytest

from fixtures.demonstration import make_demonstration
from fixtures.demonstration.calendar import Calendar
from isf.ledger.verify import verify
from marketplace.bookings.rules import BookingState
from marketplace.kernel import clock, db
from marketplace.kernel.clock import LONDON, FixedClock, use_clock


async def counted(sql: str, *args: object) -> int:
    """The number that a query answers."""
    number: int = await db.fetch_value(f"SELECT count(*) FROM {sql}", *args)
    return number


# The first minutes of a year, a clock change, and a story that began in the last days of a financial year.
_MOMENTS = (
    "2027-01-01 00:05",
    "2027-03-28 01:30",
    "2027-05-31 23:55",
)


@pytest.mark.parametrize("moment", _MOMENTS)
async def test_it_has_past_present_and_future_on_any_day(database: str, moment: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=LONDON)
    with use_clock(FixedClock(at)):
        assert await make_demonstration() is True
        now = clock.now()
    assert await verify() == []
    for state in (*(BookingState.DELIVERED, BookingState.MISSED), BookingState.CANCELLED):
        assert await counted("booking WHERE state = $1", str(state)) > 0, state
    assert await counted("booking WHERE state = 'confirmed' AND starts_at > $1", now) > 20
    assert await counted("attendance WHERE outcome = 'late_cancelled'") > 0
    assert await counted("invoice WHERE state = 'paid'") > 0
    assert await counted("invoice WHERE state = 'issued'") > 0
    assert (
        await counted(
            "attendance t WHERE NOT EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = t.booking_id)"
        )
        > 0
    )
    assert await counted("attendance_check WHERE state = 'disputed'") == 1
    assert await counted("agreement WHERE kind = 'direct_payment' AND state = 'offered'") > 0
    unmet = (
        "need n JOIN plan_version v ON v.person_id = n.person_id AND v.state = 'agreed'"
        " WHERE NOT EXISTS (SELECT 1 FROM plan_item i WHERE i.version_id = v.id AND i.need_id = n.id)"
    )
    assert await counted(unmet) == 0
    declared = (
        "client_account_declaration d JOIN ring_fence_check c ON c.declaration_id = d.id WHERE d.day = $1"
    )
    assert await counted(declared, at.date() - timedelta(days=1)) == 2, "each holder once"
    assert await counted("invoice WHERE issued_on > $1 OR paid_on > $1", at.date()) == 0


def test_the_same_moment_has_the_same_dates() -> None:
    calendar = Calendar(datetime(2026, 11, 21, 21, 0, tzinfo=LONDON))
    assert calendar.starts_on.isoformat() == "2026-09-28"
    assert calendar.ends_on.isoformat() == "2027-03-31"
    assert [month.isoformat() for month in calendar.months_over] == ["2026-09-01", "2026-10-01"]
    assert calendar.later_price_on.isoformat() == "2027-01-01"
