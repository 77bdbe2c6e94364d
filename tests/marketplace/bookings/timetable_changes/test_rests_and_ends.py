"""A date does not take people along into their pause, or past the end of their support (rows P4, B7)."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from isf.endings.rules import EndDraft, EndKind
from isf.ledger.verify import verify
from isf.pauses.rules import PauseKind
from marketplace.bookings.commands import book
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.pauses.commands import pause
from marketplace.bookings.pauses.retainers import Term, set_term
from marketplace.bookings.pauses.rules import PauseDraft
from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.bookings.timetable_changes.rules import Affected, Fate
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.routes_of_money import Route
from providers.timetables.changing import Change
from tests.world import World, balances

pytestmark = [pytest.mark.row("P4"), pytest.mark.row("B7")]


def tuesday() -> date:
    """Of the week after next: there is a Thursday after it in the same week."""
    today = clock.today()
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)


async def _two_days_later(world: World, session: object) -> Affected:
    asked = Asked((session,), Change(day=tuesday() + timedelta(days=2)))  # type: ignore[arg-type]
    return (await make_change(world.manager, asked))[0].bookings[0]


async def test_nobody_is_moved_into_their_pause(world: World) -> None:
    session = await world.session(day=tuesday())
    await book(world.broker, session, world.emma_isf)
    days = tuesday() + timedelta(days=1), tuesday() + timedelta(days=4)
    await pause(world.broker, world.emma, PauseDraft(PauseKind.HOLIDAY, *days))
    moved = await _two_days_later(world, session)
    assert (moved.fate, moved.why) == (Fate.ELSEWHERE, "The person pauses on the new day.")
    assert await db.fetch_value("SELECT state FROM booking") == "cancelled"
    assert (await balances(world.emma_isf))["available"] == 100_000
    assert await verify() == []


async def test_the_database_moves_nobody_into_their_pause_by_whichever_statement(world: World) -> None:
    session = await world.session(day=tuesday())
    await book(world.broker, session, world.emma_isf)
    days = tuesday() + timedelta(days=1), tuesday() + timedelta(days=4)
    await pause(world.broker, world.emma, PauseDraft(PauseKind.HOLIDAY, *days))
    later = (
        "UPDATE activity_session SET starts_at = starts_at + $2::interval, ends_at = ends_at + $2::interval"
        " WHERE id = $1"
    )
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await db.execute(later, session, timedelta(days=2))
    assert refusal.value.constraint_name == "booking_not_in_pause"
    await db.execute(later, session, timedelta(hours=1))


async def test_moving_a_date_and_pausing_at_the_same_moment_leaves_nothing_booked_inside(
    world: World,
) -> None:
    days = tuesday() + timedelta(days=1), tuesday() + timedelta(days=4)
    for number in range(6):
        person, fund = await world.person_with_fund(f"Person {number}", Route.ISF, "100.00")
        session = await world.session(day=tuesday())
        await book(world.broker, session, fund)
        moved = Asked((session,), Change(day=tuesday() + timedelta(days=2)))
        both = (
            make_change(world.manager, moved),
            pause(world.broker, person, PauseDraft(PauseKind.HOLIDAY, *days)),
        )
        refused = [
            each
            for each in await asyncio.gather(*both, return_exceptions=True)
            if isinstance(each, Exception)
        ]
        # Whoever comes second sees the first, or is asked to try again.
        assert all(isinstance(each, Conflict) for each in refused), refused
        inside = await db.fetch_value(
            "SELECT count(*) FROM booking b JOIN activity_session s ON s.id = b.activity_session_id"
            " WHERE b.state = 'confirmed' AND person_paused(b.person_id, s.activity_id, b.service_on)"
        )
        assert inside == 0
        assert len(refused) < 2
    assert await verify() == []


async def test_a_pause_from_something_else_lets_a_date_move(world: World) -> None:
    session = await world.session(day=tuesday())
    await book(world.broker, session, world.emma_isf)
    other = await world.activity(title="Pottery")
    days = tuesday() + timedelta(days=1), tuesday() + timedelta(days=4)
    await pause(world.broker, world.emma, PauseDraft(PauseKind.OTHER, *days, activity_ids=(other,)))
    assert (await _two_days_later(world, session)).fate is Fate.MOVED


async def test_a_place_that_is_kept_moves_within_its_pause(world: World) -> None:
    activity = await world.activity()
    await set_term(world.manager, activity, Term(30, 4))
    session = await world.session(activity, day=tuesday())
    made = await book(world.broker, session, world.emma_isf)
    days = tuesday() - timedelta(days=1), tuesday() + timedelta(days=4)
    await pause(world.broker, world.emma, PauseDraft(PauseKind.HOSPITAL, *days, keep=True))
    assert (await _two_days_later(world, session)).fate is Fate.MOVED
    assert await db.fetch_value("SELECT kept_percent($1)", made.id) == 30


async def test_nobody_is_moved_past_the_end_of_their_support(world: World) -> None:
    session = await world.session(day=tuesday())
    await book(world.broker, session, world.emma_isf)
    last = tuesday() + timedelta(days=1)
    await end_person(world.care_manager, world.emma, EndDraft(EndKind.MOVED, last, "To Leeds."))
    moved = await _two_days_later(world, session)
    assert (moved.fate, moved.why) == (Fate.ELSEWHERE, "The person’s support has ended by the new day.")
    assert await verify() == []
