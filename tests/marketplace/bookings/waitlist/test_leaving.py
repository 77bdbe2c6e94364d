"""Whoever pauses or whose support ends waits for nothing on those days (rows B3, B7; `rules.md` 17, 18)."""

import pytest

from isf.endings.rules import EndDraft, EndKind
from isf.pauses.rules import PauseKind
from marketplace.bookings.commands import cancel_booking
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.pauses.commands import pause
from marketplace.bookings.pauses.rules import PauseDraft
from marketplace.bookings.rules import Reason
from marketplace.bookings.waitlist.commands import join
from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route
from tests.marketplace.bookings.waitlist.test_waitlist import full_session, state
from tests.world import World


@pytest.mark.row("B3")
@pytest.mark.parametrize("what", ["pause", "end"])
async def test_whoever_pauses_or_ends_leaves_the_line_at_once_and_the_next_is_asked(
    world: World, what: str
) -> None:
    session, booked = await full_session(world)
    _, fund = await world.person_with_fund("Nell Next", Route.ISF, "100.00")
    first = await join(world.broker, session, world.emma_isf)
    second = await join(world.broker, session, fund)
    await cancel_booking(world.dan_user, booked, Reason.OTHER)
    assert await state(first) == "offered"
    if what == "pause":
        draft = PauseDraft(PauseKind.HOLIDAY, clock.today(), None, because="Away")
        await pause(world.broker, world.emma, draft)
    else:
        await end_person(
            world.care_manager, world.emma, EndDraft(EndKind.MOVED, clock.today(), "To her brother.")
        )
    assert await state(first) == "ended"
    assert await state(second) == "offered"
    told = await db.fetch_all(
        "SELECT words FROM sent_notice WHERE person_id = $1 AND recipient = 'emma@example.com'"
        " AND words LIKE '%The wait for Garden group%has ended, because support%'",
        world.emma,
    )
    assert len(told) == 1
