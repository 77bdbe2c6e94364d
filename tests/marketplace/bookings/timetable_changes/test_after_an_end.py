"""Dates that are booked outlive the end of their rule, and can be changed like others (row P4)."""

from datetime import date, time, timedelta

import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from providers.commands import TimetableDraft, Weekday, create_timetable
from providers.timetables.changing import Change, Reach
from providers.timetables.commands import end_timetable
from providers.timetables.making import make_ahead
from tests.world import World

pytestmark = pytest.mark.row("P4")


def next_tuesday() -> date:
    today = clock.today()
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)


@pytest.mark.parametrize("reach", [Reach.FOLLOWING, Reach.ALL])
async def test_what_is_booked_after_the_end_of_its_rule_can_be_changed_and_the_rule_stays_ended(
    world: World, reach: Reach
) -> None:
    activity = await world.activity()
    draft = TimetableDraft(frozenset({Weekday.TUESDAY}), time(10), 120, next_tuesday())
    timetable, _ = await create_timetable(world.manager, activity, draft)
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE timetable_id = $1 ORDER BY starts_at LIMIT 5", timetable
    )
    third, fifth = rows[2]["id"], rows[4]["id"]
    for session in (third, fifth):
        await book(world.broker, session, world.emma_isf)
    await end_timetable(world.manager, timetable, next_tuesday())
    await make_change(world.manager, Asked((fifth,), Change(capacity=3), reach))
    assert await db.fetch_value("SELECT capacity FROM activity_session WHERE id = $1", fifth) == 3
    assert (await make_ahead(SYSTEM)).sessions == 0
    ends = await db.fetch_value("SELECT ends_on FROM timetable WHERE id = $1", timetable)
    assert ends == next_tuesday()
