"""Activities, prices by date, and the dates that a timetable makes, against a real database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from marketplace.bookings.commands import book
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import LONDON, FixedClock, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import (
    ActivityDraft,
    SessionDraft,
    SessionHasBookings,
    TimetableDraft,
    TimetableRepeats,
    VenueDraft,
    Weekday,
    add_single_session,
    add_venue,
    archive_activity,
    cancel_session,
    create_activity,
    create_timetable,
    edit_activity,
    end_timetable,
    publish_activity,
    set_rate,
)
from providers.queries import activities_of, activity, own_activity, quote_on, rates_of, sessions_of
from providers.rules import ActivityState, Category, Terms
from providers.timetables.making import make_ahead
from tests.providers.agreed import set_agreed_rate
from tests.world import World

COOKING = ActivityDraft(
    title="Cook together", category=Category.COOKING, summary="Cook and eat lunch.", capacity=6,
    routes_accepted=frozenset(Route), terms=Terms(48, 50),
)  # fmt: skip
WINTER = TimetableDraft(
    frozenset({Weekday.TUESDAY}), time(10), 300, starts_on=date(2026, 10, 20), ends_on=date(2027, 4, 6)
)
EXEMPT = VatCategory.EXEMPT


@pytest.mark.row("P3")
async def test_a_draft_is_seen_by_its_own_provider_only(world: World) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    assert (await activity(world.manager, activity_id)).state is ActivityState.DRAFT
    for stranger in (None, world.other_manager, world.broker, world.commissioner):
        with pytest.raises(NotFound):
            await activity(stranger, activity_id)


@pytest.mark.row("P3")
async def test_publishing_says_what_people_would_miss(world: World) -> None:
    activity_id = await create_activity(world.manager, ActivityDraft("Bare", Category.OTHER))
    with pytest.raises(Invalid) as refused:
        await publish_activity(world.manager, activity_id)
    assert set(refused.value.fields) == {"summary", "capacity", "price", "routes_accepted"}


@pytest.mark.row("P3")
async def test_a_priced_activity_needs_a_way_of_paying_and_a_free_one_does_not(world: World) -> None:
    activity_id = await create_activity(world.manager, replace(COOKING, routes_accepted=frozenset()))
    await set_rate(world.manager, activity_id, clock.today(), Money(1), EXEMPT)
    with pytest.raises(Invalid) as refused:
        await publish_activity(world.manager, activity_id)
    assert set(refused.value.fields) == {"routes_accepted"}
    free = await create_activity(world.manager, replace(COOKING, routes_accepted=frozenset()))
    await set_rate(world.manager, free, clock.today(), Money(0), EXEMPT)
    await publish_activity(world.manager, free)


@pytest.mark.row("P3")
async def test_an_activity_goes_from_draft_to_published_to_archived_and_back(world: World) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    await set_rate(world.manager, activity_id, clock.today(), Money(1000), EXEMPT)
    await publish_activity(world.manager, activity_id)
    assert (await activity(None, activity_id)).title == "Cook together"
    with pytest.raises(StateConflict):
        await publish_activity(world.manager, activity_id)
    await archive_activity(world.manager, activity_id)
    with pytest.raises(NotFound):
        await activity(None, activity_id)
    await publish_activity(world.manager, activity_id)


@pytest.mark.row("P3")
async def test_another_provider_can_do_nothing_with_an_activity(world: World) -> None:
    activity_id = await world.activity()
    other, today = world.other_manager, clock.today()
    single = SessionDraft(today + timedelta(days=3), time(10), 60)
    for refused in (
        edit_activity(other, activity_id, COOKING),
        archive_activity(other, activity_id),
        set_rate(other, activity_id, today, Money(1), EXEMPT),
        create_timetable(other, activity_id, WINTER),
        add_single_session(other, activity_id, single),
        own_activity(other, activity_id),
    ):
        with pytest.raises(NotFound):
            await refused
    with pytest.raises(Forbidden):
        await edit_activity(world.staff, activity_id, COOKING)


@pytest.mark.row("P3")
async def test_an_activity_is_only_at_a_place_of_its_own_provider(world: World) -> None:
    elsewhere = await add_venue(world.other_manager, VenueDraft("Their hall"))
    with pytest.raises(Invalid) as refused:
        await create_activity(world.manager, replace(COOKING, venue_id=elsewhere))
    assert set(refused.value.fields) == {"venue_id"}


@pytest.mark.row("P3")
async def test_a_change_is_audited_with_what_was_there_before(world: World) -> None:
    activity_id = await world.activity()
    shown = await own_activity(world.manager, activity_id)
    assert shown.venue is not None
    await edit_activity(world.manager, activity_id, replace(COOKING, venue_id=shown.venue.id))
    row = await db.fetch_one("SELECT before, after FROM audit_record WHERE action = 'activity.edited'")
    assert row is not None
    assert '"title": "Garden group"' in row["before"]
    assert '"title": "Cook together"' in row["after"]


@pytest.mark.row("P3")
async def test_each_service_day_has_the_rate_that_started_last(world: World) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    today = clock.today()
    later = today + timedelta(days=30)
    await set_rate(world.manager, activity_id, today - timedelta(days=10), Money(1000), EXEMPT)
    await set_rate(world.manager, activity_id, later, Money(1200), VatCategory.STANDARD, 2000)
    assert await quote_on(activity_id, today - timedelta(days=11)) is None
    before, on = await quote_on(activity_id, later - timedelta(days=1)), await quote_on(activity_id, later)
    assert before is not None
    assert on is not None
    assert (before.price, on.price, on.vat_rate_basis_points) == (Money(1000), Money(1200), 2000)
    assert [rate.price for rate in await rates_of(activity_id)] == [Money(1200), Money(1000)]


@pytest.mark.row("P3")
async def test_the_price_of_days_gone_by_stays(world: World) -> None:
    activity_id = await world.activity()
    with pytest.raises(Invalid) as refused:
        await set_rate(world.manager, activity_id, clock.today() - timedelta(days=1), Money(1), EXEMPT)
    assert set(refused.value.fields) == {"starts_on"}


@pytest.mark.row("P3")
async def test_a_second_rate_for_one_day_replaces_the_first(world: World) -> None:
    activity_id = await world.activity()
    for price in (3800, 3700):
        await set_rate(world.manager, activity_id, clock.today(), Money(price), EXEMPT)
    rate = await quote_on(activity_id, clock.today())
    assert rate is not None
    assert rate.price == Money(3700)


@pytest.mark.row("P3")
async def test_a_booking_keeps_its_price_and_terms_when_the_activity_changes(world: World) -> None:
    activity_id = await world.activity()
    session = await world.session(activity_id)
    booked = await book(world.broker, session, world.emma_isf)
    await set_agreed_rate(world.manager, activity_id, clock.today(), Money(9900))
    await edit_activity(world.manager, activity_id, replace(COOKING, terms=Terms(0, 0)))
    kept = await db.fetch_one(
        "SELECT price_pence, notice_hours, charge_percent FROM booking WHERE id = $1", booked.id
    )
    assert kept == {"price_pence": 3850, "notice_hours": 48, "charge_percent": 50}


@pytest.mark.parametrize(
    ("category", "points", "field"),
    [
        (VatCategory.STANDARD, 0, "vat_rate"),
        (EXEMPT, 2000, "vat_rate"),
        (VatCategory.STANDARD, 10_001, "vat_rate"),
    ],
)
@pytest.mark.row("P3")
async def test_vat_rate_and_status_fit_each_other(
    world: World, category: VatCategory, points: int, field: str
) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    with pytest.raises(Invalid) as refused:
        await set_rate(world.manager, activity_id, clock.today(), Money(100), category, points)
    assert set(refused.value.fields) == {field}


@pytest.mark.row("P4")
async def test_a_timetable_makes_every_date_at_once_over_both_clock_changes(world: World) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    timetable_id, made = await create_timetable(world.manager, activity_id, WINTER)
    assert made == 25
    rows = await db.fetch_all(
        "SELECT starts_at, ends_at, service_on, capacity FROM activity_session WHERE timetable_id = $1"
        " ORDER BY starts_at",
        timetable_id,
    )
    assert {row["starts_at"].astimezone(LONDON).time() for row in rows} == {time(10)}
    assert {row["ends_at"].astimezone(LONDON).time() for row in rows} == {time(15)}
    assert {row["starts_at"].hour for row in rows} == {9, 10}
    assert {row["service_on"].weekday() for row in rows} == {Weekday.TUESDAY}
    assert {row["capacity"] for row in rows} == {6}


@pytest.mark.row("P4")
async def test_making_the_dates_again_makes_nothing_new(world: World) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    await create_timetable(world.manager, activity_id, WINTER)
    assert (await make_ahead(SYSTEM)).sessions == 0
    with pytest.raises(TimetableRepeats):
        await create_timetable(world.manager, activity_id, WINTER)
    longer = replace(WINTER, ends_on=date(2027, 4, 20))
    _, made = await create_timetable(world.manager, activity_id, longer)
    assert made == 2


@pytest.mark.row("P4")
async def test_bank_holidays_are_no_dates(world: World) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    mondays = replace(WINTER, weekdays=frozenset({Weekday.MONDAY}), starts_on=date(2027, 3, 22))
    _, made = await create_timetable(world.manager, activity_id, mondays)
    assert made == 2
    days = await db.fetch_all("SELECT service_on FROM activity_session ORDER BY 1")
    assert [row["service_on"] for row in days] == [date(2027, 3, 22), date(2027, 4, 5)]


@pytest.mark.row("P4")
async def test_a_date_without_bookings_can_be_taken_away_and_one_with_them_cannot(world: World) -> None:
    activity_id = await world.activity()
    booked = await world.session(activity_id)
    await book(world.broker, booked, world.emma_isf)
    with pytest.raises(SessionHasBookings):
        await cancel_session(world.manager, booked)
    free = await world.session(activity_id, at=time(15))
    with pytest.raises(NotFound):
        await cancel_session(world.other_manager, free)
    await cancel_session(world.manager, free)
    assert [row["id"] for row in await sessions_of(None, activity_id)] == [booked]
    # The place in the week is free again.
    await world.session(activity_id, at=time(15))


@pytest.mark.row("P4")
async def test_ending_a_timetable_keeps_the_dates_that_are_booked(world: World) -> None:
    with use_clock(FixedClock(datetime(2026, 10, 1, tzinfo=UTC))):
        activity_id = await create_activity(world.manager, COOKING)
        timetable_id, _ = await create_timetable(world.manager, activity_id, WINTER)
        await db.execute(
            "UPDATE activity_session SET places_taken = 1 WHERE service_on = $1", date(2027, 1, 5)
        )
        gone = await end_timetable(world.manager, timetable_id, date(2026, 12, 31))
        kept = [row["service_on"] for row in await sessions_of(world.manager, activity_id, most=100)]
    assert gone == 12  # The 26 weeks that are made.
    assert kept[-1] == date(2027, 1, 5)
    assert kept[-2] == date(2026, 12, 29)


@pytest.mark.row("P4")
async def test_a_single_date_stands_beside_the_timetable_but_never_twice(world: World) -> None:
    activity_id = await create_activity(world.manager, COOKING)
    draft = SessionDraft(date(2026, 10, 20), time(10), 60)
    await add_single_session(world.manager, activity_id, draft)
    with pytest.raises(TimetableRepeats):
        await add_single_session(world.manager, activity_id, draft)
    _, made = await create_timetable(world.manager, activity_id, WINTER)
    assert made == 24


@pytest.mark.row("P3")
async def test_the_list_of_activities_says_what_is_next(world: World) -> None:
    activity_id = await world.activity()
    session = await world.session(activity_id, capacity=5)
    await book(world.broker, session, world.emma_isf)
    await create_activity(world.manager, COOKING)
    garden, cooking = await activities_of(world.manager)
    assert (garden["title"], garden["places_left"], garden["dates"], garden["booked"]) == (
        "Garden group",
        4,
        1,
        1,
    )
    assert (cooking["state"], cooking["next_at"], cooking["price_pence"]) == ("draft", None, None)
