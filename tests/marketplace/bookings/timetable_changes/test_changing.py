"""Dates change with their bookings: kept, moved or offered elsewhere, each person told, money and terms as agreed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.timetable_changes.commands import Asked, look, make_change
from marketplace.bookings.timetable_changes.rules import (
    CapacityBelowBooked,
    ChangedMeanwhile,
    DateChange,
    Fate,
    Movers,
    SameStart,
    StartsInThePast,
    fingerprint,
)
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import LONDON
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from marketplace.kernel.routes_of_money import Route
from providers.commands import TimetableDraft, Weekday, add_venue, create_timetable, record_ownership
from providers.timetables.changing import Change, Place, Reach
from providers.timetables.making import make_ahead
from providers.venues.commands import VenueDraft
from tests.world import World, balances

pytestmark = pytest.mark.row("P4")

ELEVEN = Change(start_time=time(11))


def next_tuesday() -> date:
    today = clock.today()
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)


async def tuesdays(
    world: World, *, capacity: int = 8, weekdays: frozenset[Weekday] | None = None
) -> list[UUID]:
    """The dates of a weekly timetable without an end, the earliest first."""
    activity = await world.activity()
    days = weekdays or frozenset({Weekday.TUESDAY})
    timetable, _ = await create_timetable(
        world.manager, activity, TimetableDraft(days, time(10), 120, next_tuesday(), capacity=capacity)
    )
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE timetable_id = $1 ORDER BY starts_at", timetable
    )
    return [row["id"] for row in rows]


async def starts(sessions: Sequence[UUID]) -> list[datetime]:
    rows = await db.fetch_all(
        "SELECT starts_at FROM activity_session WHERE id = ANY ($1::uuid[]) AND state = 'scheduled' ORDER BY starts_at",
        list(sessions),
    )
    return [row["starts_at"].astimezone(LONDON) for row in rows]


def fates(changes: Sequence[DateChange]) -> list[Fate]:
    return [each.fate for change in changes for each in change.bookings]


async def letters() -> list[tuple[str, str]]:
    await tell_what_happened()
    rows = await db.fetch_all(
        "SELECT subject, words FROM sent_notice WHERE person_id IS NOT NULL ORDER BY made_at"
    )
    return [(row["subject"], row["words"]) for row in rows]


async def change(
    world: World, session: UUID, what: Change, reach: Reach = Reach.THIS, movers: Movers = Movers.MOVE,
    actor: Actor | None = None,
) -> Sequence[DateChange]:  # fmt: skip
    return await make_change(actor or world.manager, Asked((session,), what, reach, movers))


async def test_what_is_shown_changes_nothing_and_is_what_is_done(world: World) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[1], world.emma_isf)
    asked = Asked((sessions[0],), ELEVEN, Reach.FOLLOWING)
    shown = await look(world.manager, asked)
    assert {moment.time() for moment in await starts(sessions)} == {time(10)}
    assert fates(shown) == [Fate.MOVED]
    done = await make_change(world.manager, asked, fingerprint(shown))
    assert fates(done) == [Fate.MOVED]
    assert {moment.time() for moment in await starts(sessions)} == {time(11)}


async def test_a_booking_made_after_the_look_is_shown_before_anything_is_done(world: World) -> None:
    sessions = await tuesdays(world)
    asked = Asked((sessions[0],), ELEVEN)
    shown = fingerprint(await look(world.manager, asked))
    await book(world.broker, sessions[0], world.emma_isf)
    with pytest.raises(ChangedMeanwhile):
        await make_change(world.manager, asked, shown)
    assert (await starts(sessions[:1]))[0].time() == time(10)


async def test_a_booking_moves_with_its_date_at_the_price_and_terms_that_were_agreed(world: World) -> None:
    sessions = await tuesdays(world)
    booked = await book(world.broker, sessions[0], world.emma_isf)
    before = await db.fetch_one("SELECT * FROM booking WHERE id = $1", booked.id)
    assert before is not None
    await change(world, sessions[0], Change(weekday=Weekday.THURSDAY, start_time=time(14), minutes=180))
    after = await db.fetch_one("SELECT * FROM booking WHERE id = $1", booked.id)
    assert after is not None
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"starts_at", "ends_at", "service_on"}
    assert after["service_on"] == before["service_on"] + timedelta(days=2)
    assert after["ends_at"] - after["starts_at"] == timedelta(hours=3)
    # What is held belongs to the new day; nothing more and nothing less is held.
    held = await db.fetch_value(
        "SELECT occurred_on FROM journal WHERE subject_id = $1 AND kind = 'hold' ORDER BY sequence DESC LIMIT 1",
        booked.id,
    )
    assert held == after["service_on"]
    assert (await balances(world.emma_isf))["committed"] == 3850
    assert await verify() == []
    words = next(words for subject, words in await letters() if subject == "Moved: Garden group")
    assert "It was on" in words


async def test_a_small_change_keeps_bookings_whatever_is_chosen_for_moves(world: World) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[0], world.emma_isf)
    done = await change(world, sessions[0], Change(start_time=time(10, 20)), movers=Movers.OFFER)
    assert fates(done) == [Fate.KEPT]
    assert await db.fetch_value("SELECT state FROM booking") == "confirmed"


async def test_the_provider_may_offer_other_dates_instead_of_moving_anybody(world: World) -> None:
    sessions = await tuesdays(world)
    booked = await book(world.broker, sessions[0], world.emma_isf)
    await change(world, sessions[0], Change(start_time=time(15)), movers=Movers.OFFER)
    row = await db.fetch_one("SELECT state, cancelled_because FROM booking WHERE id = $1", booked.id)
    assert row == {"state": "cancelled", "cancelled_because": "provider"}
    assert (await balances(world.emma_isf))["committed"] == 0
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", sessions[0]) == 0
    words = next(words for subject, words in await letters() if subject.startswith("Other dates"))
    assert "Nothing is charged. These dates have places:" in words


async def test_who_is_busy_at_the_new_time_keeps_the_other_booking_and_is_offered_other_dates(
    world: World,
) -> None:
    sessions = await tuesdays(world)
    moved = await book(world.broker, sessions[0], world.emma_isf)
    choir = await world.session(
        await world.activity(title="Choir", price="5.00"), day=next_tuesday(), at=time(15)
    )
    other = await book(world.broker, choir, world.emma_isf)
    (only,) = await change(world, sessions[0], Change(start_time=time(14)))
    assert [(each.fate, each.why) for each in only.bookings] == [
        (Fate.ELSEWHERE, "The person has something else at the new time.")
    ]
    states = {row["id"]: row["state"] for row in await db.fetch_all("SELECT id, state FROM booking")}
    assert states == {moved.id: "cancelled", other.id: "confirmed"}


async def test_dates_of_one_person_that_move_on_to_each_other_all_move(world: World) -> None:
    activity = await world.activity()
    first, second = [await world.session(activity, day=next_tuesday(), at=time(hour)) for hour in (10, 12)]
    for session in (first, second):
        await book(world.broker, session, world.emma_isf)
    done = await make_change(world.manager, Asked((first, second), Change(later_minutes=120)))
    assert fates(done) == [Fate.MOVED, Fate.MOVED]
    rows = await db.fetch_all("SELECT starts_at FROM booking ORDER BY starts_at")
    assert [row["starts_at"].astimezone(LONDON).hour for row in rows] == [12, 14]


async def test_nobody_is_moved_to_another_week_or_out_of_their_fund(world: World) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[0], world.emma_isf)
    done = await look(world.manager, Asked((sessions[0],), Change(day=next_tuesday() + timedelta(days=8))))
    assert done[0].bookings[0].why == "The new time is in another week."
    await db.execute("SET session_replication_role = replica")
    try:
        await db.execute(
            "UPDATE fund SET ends_on = $2 WHERE id = $1", world.emma_isf, next_tuesday() + timedelta(days=1)
        )
    finally:
        await db.execute("SET session_replication_role = DEFAULT")
    done = await look(world.manager, Asked((sessions[0],), Change(weekday=Weekday.FRIDAY)))
    assert done[0].bookings[0].why == "The fund has no money for the new day."


async def test_a_day_on_which_the_council_owns_the_service_gives_its_personal_budgets_back(
    world: World,
) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[0], world.emma_isf)
    await record_ownership(
        world.commissioner, world.pettypool, world.council, next_tuesday() + timedelta(days=1), None
    )
    (only,) = await change(world, sessions[0], Change(weekday=Weekday.FRIDAY))
    assert only.bookings[0].why == "On the new day the service belongs to the council that pays the budget."
    assert await db.fetch_value("SELECT state FROM booking") == "cancelled"


async def test_this_and_following_ends_the_old_timetable_and_the_new_one_knows_it(world: World) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[3], world.emma_isf)
    await change(world, sessions[2], Change(weekday=Weekday.WEDNESDAY, start_time=time(9)), Reach.FOLLOWING)
    moments = await starts(sessions)
    assert [moment.weekday() for moment in moments] == [1, 1] + [2] * (len(sessions) - 2)
    old, new = await db.fetch_all("SELECT * FROM timetable ORDER BY starts_on")
    assert (new["follows_id"], new["rule"], new["ends_on"]) == (
        old["id"],
        "FREQ=WEEKLY;WKST=MO;BYDAY=WE",
        None,
    )
    assert old["ends_on"] == next_tuesday() + timedelta(days=13)
    # The job goes on with the new one, and makes nothing twice.
    with clock.use_clock(clock.FixedClock(clock.now() + timedelta(days=28))):
        made = await make_ahead(SYSTEM)
    assert made.sessions == 4
    last = await db.fetch_one("SELECT starts_at FROM activity_session ORDER BY starts_at DESC LIMIT 1")
    assert last is not None
    assert (last["starts_at"].astimezone(LONDON).weekday(), last["starts_at"].astimezone(LONDON).hour) == (
        2,
        9,
    )
    assert await db.fetch_value("SELECT count(*) FROM booking b JOIN activity_session s ON s.id = b.activity_session_id"
                                " AND s.starts_at = b.starts_at AND s.ends_at = b.ends_at") == 1  # fmt: skip


async def test_all_dates_of_a_timetable_that_has_not_begun_change_where_they_are(world: World) -> None:
    sessions = await tuesdays(world, weekdays=frozenset({Weekday.TUESDAY, Weekday.THURSDAY}))
    await change(world, sessions[3], Change(weekday=Weekday.FRIDAY, minutes=60), Reach.ALL)
    assert await db.fetch_value("SELECT count(*) FROM timetable") == 1
    assert await db.fetch_value("SELECT rule FROM timetable") == "FREQ=WEEKLY;WKST=MO;BYDAY=TU,FR"
    assert {moment.weekday() for moment in await starts(sessions)} == {1, 4}


async def test_a_date_that_falls_on_a_bank_holiday_is_off_and_its_people_are_offered_others(
    world: World,
) -> None:
    activity = await world.activity()
    with clock.use_clock(clock.FixedClock(datetime(2026, 11, 26, 9, tzinfo=UTC))):
        await create_timetable(
            world.manager,
            activity,
            TimetableDraft(frozenset({Weekday.TUESDAY}), time(10), 60, date(2027, 3, 23)),
        )
        rows = await db.fetch_all("SELECT id, service_on FROM activity_session ORDER BY starts_at")
        easter = next(row["id"] for row in rows if row["service_on"] == date(2027, 3, 30))
        await book(world.broker, easter, world.emma_isf)
        done = await change(world, rows[0]["id"], Change(weekday=Weekday.MONDAY), Reach.ALL)
    off = [each for each in done if each.off]
    assert [each.slot.rule_on for each in off] == [date(2027, 3, 30), date(2027, 5, 4)]
    assert fates(off) == [Fate.ELSEWHERE]
    assert await db.fetch_value("SELECT state FROM activity_session WHERE id = $1", easter) == "cancelled"


async def test_stopping_gives_everybody_back_and_no_night_brings_the_dates_again(world: World) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[4], world.emma_isf)
    await change(world, sessions[2], Change(stop=True), Reach.FOLLOWING)
    assert len(await starts(sessions)) == 2
    assert await db.fetch_value("SELECT state FROM booking") == "cancelled"
    with clock.use_clock(clock.FixedClock(clock.now() + timedelta(days=60))):
        assert (await make_ahead(SYSTEM)).sessions == 0


async def test_fewer_places_than_people_is_refused_with_the_date(world: World) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[1], world.emma_isf)
    await book(world.dan_user, sessions[1], world.dan_direct)
    with pytest.raises(CapacityBelowBooked) as refused:
        await change(world, sessions[0], Change(capacity=1), Reach.ALL)
    assert "2 are booked or offered" in refused.value.message
    await change(world, sessions[0], Change(capacity=2), Reach.ALL)
    assert await db.fetch_value("SELECT capacity FROM timetable") == 2


async def test_another_place_keeps_everybody_and_tells_them_where(world: World) -> None:
    sessions = await tuesdays(world)
    await book(world.broker, sessions[0], world.emma_isf)
    barn = await add_venue(world.manager, VenueDraft("The Barn", town="Sandiway"))
    done = await change(world, sessions[0], Change(place=Place(barn)))
    assert fates(done) == [Fate.KEPT]
    assert any("at another place: The Barn, Sandiway" in words for _, words in await letters())
    theirs = await add_venue(world.other_manager, VenueDraft("Their barn"))
    with pytest.raises(Invalid):
        await change(world, sessions[0], Change(place=Place(theirs)))


async def test_what_cannot_be_is_refused_in_words(world: World) -> None:
    sessions = await tuesdays(world)
    activity = await db.fetch_value("SELECT activity_id FROM activity_session WHERE id = $1", sessions[0])
    await world.session(activity, day=next_tuesday(), at=time(16))
    with pytest.raises(SameStart):
        await change(world, sessions[0], Change(start_time=time(16)))
    with pytest.raises(StartsInThePast):
        await change(world, sessions[0], Change(day=clock.today() - timedelta(days=1)))
    with pytest.raises(Invalid):
        await change(world, sessions[0], Change())
    with pytest.raises(NotFound):
        await change(world, sessions[0], ELEVEN, actor=world.other_manager)
    with pytest.raises(Forbidden):
        await change(world, sessions[0], ELEVEN, actor=world.staff)


async def test_council_managed_money_moves_with_its_date_too(world: World) -> None:
    sessions = await tuesdays(world)
    _, fund = await world.person_with_fund("Mo Managed", Route.COUNCIL_MANAGED, "100.00")
    await book(world.care_manager, sessions[0], fund)
    assert fates(await change(world, sessions[0], Change(start_time=time(13)))) == [Fate.MOVED]
