"""Several times as many rows of everything that a list shows, made through the commands."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from uuid import UUID

from invoicing.runs.commands import issue_invoices
from isf.care.calls.commands import CallDraft, ask_for_a_call
from isf.care.circle.commands import CircleDraft, add_to_circle
from isf.disagreements.commands import raise_disagreement
from isf.notices import Notice, tell_person
from isf.pauses.rules import PauseKind
from isf.plans.commands import submit_plan
from isf.relatives.commands import RelativeDraft, declare_relative
from isf.relatives.rules import Kind as RelativeKind
from isf.statements.making import make_statements
from isf.statements.rules import first_of_month
from marketplace.bookings.checks.commands import dispute_attendance
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.exceptions.commands import Question as ExceptionAsked
from marketplace.bookings.exceptions.commands import ask_exception
from marketplace.bookings.feeds.commands import FeedDraft, make_feed
from marketplace.bookings.feeds.rules import FeedKind
from marketplace.bookings.outside.commands import say_why
from marketplace.bookings.pauses.commands import pause
from marketplace.bookings.pauses.rules import PauseDraft
from marketplace.bookings.rules import Reason
from marketplace.bookings.series.commands import SeriesDraft, book_series
from marketplace.bookings.series.rules import Mode
from marketplace.bookings.transitions.commands import start
from marketplace.bookings.uplifts.commands import propose
from marketplace.bookings.waitlist.commands import join
from marketplace.bookings.week.commands import add_idea
from marketplace.directory.questions.commands import Question, ask
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.commands import (
    ProviderDraft,
    TimetableDraft,
    apply_to_lot,
    create_framework,
    create_provider,
    create_timetable,
    decide_commission,
)
from providers.commissions.commands import Decision
from providers.people.commands import invite_to_provider
from providers.rules import Category, SellerType
from providers.timetables.rules import Weekday
from providers.timetables.terms.commands import TermDraft, add_term
from tests import plans
from tests.grown_money import grow_money
from tests.invoicing.delivering import deliver
from tests.isf.statements.lived import last_month
from tests.marketplace.bookings.reprovision.living import suspend
from tests.marketplace.bookings.uplifts.living import REASON, dearer
from tests.world import World, name_safeguarding_contact, persona

MORE = 4


async def grow(world: World, values: Mapping[str, object]) -> Mapping[str, object]:
    """Answers the values of addresses that now lead to a thing with more parts than before."""
    people = [
        await world.person_with_fund(f"More People {n}", Route.ISF, "300.00", holder=world.harbour)
        for n in range(MORE)
    ]
    activities = [await world.activity(title=f"More activities {n}", price="1.00") for n in range(MORE)]
    await _offer(world, activities)
    await _register(world, values, people)
    await _week(world, activities)
    await _waitlists(world, people, activities)
    await _asked(world, values, activities)
    bill = await _past(world, people, activities)
    await _care(world, people)
    await grow_money(world, MORE)
    return {
        "name": bill,
        "grown_activity_id": activities[0],
        "until": _day(26),
        "series_id": await _series(world),
        **await _stopped(world, people),
    }


async def _care(world: World, people: list[tuple[UUID, UUID]]) -> None:
    """Who is around Emma, who asked for a call, who is to be moved, and plans that wait for their keys."""
    for n in range(3 * MORE):
        around = CircleDraft(f"Friend {n}", "Friend", f"01606 555 1{n}", f"friend{n}@example.com")
        await add_to_circle(world.care_manager, world.emma, around)
    for n, (person, _) in enumerate(people):
        await ask_for_a_call(CallDraft(world.council, f"Caller {n}", f"01606 555 2{n}"), whence="a test")
        await start(world.care_manager, person, world.vivo, "There is more to do elsewhere.")
        waiting, _ = await world.person_with_locked_fund(f"Waits For Keys {n}", Route.ISF, "100.00")
        await submit_plan(world.care_manager, await plans.write_plan(world.care_manager, waiting))
        budget = await db.fetch_value("SELECT id FROM personal_budget WHERE person_id = $1", waiting)
        await raise_disagreement(
            world.care_manager, waiting, budget, "The bus costs more now.", Money(20_000)
        )


def _day(offset: int) -> date:
    return clock.today() + timedelta(days=offset)


async def _offer(world: World, activities: list[UUID]) -> None:
    """Timetables, prices to come, terms, and people who work there."""
    for n, activity in enumerate(activities):
        week = TimetableDraft(frozenset(Weekday), time(6 + n), 60, _day(1), _day(30))
        await create_timetable(world.manager, activity, week)
        await create_timetable(
            world.manager,
            activities[0],
            TimetableDraft(frozenset(Weekday), time(12 + n), 50, _day(1), _day(10)),
        )
        await propose(world.manager, activity, dearer(200), REASON)
        await add_term(world.manager, TermDraft(f"More terms {n}", _day(100 + 40 * n), _day(120 + 40 * n)))
        await invite_to_provider(
            world.manager, f"more{n}@example.com", f"More Staff {n}", Role.PROVIDER_STAFF
        )


async def _series(world: World) -> UUID:
    """One with more dates."""
    activity = await world.activity(title="A long series", price="1.00")
    sessions = [
        await world.session(activity, day=_day(41 + 7 * week), at=time(21, 30), minutes=25)
        for week in range(9)
    ]
    made = await book_series(
        world.broker, SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS, every_weeks=1)
    )
    return made.id


async def _register(world: World, values: Mapping[str, object], people: list[tuple[UUID, UUID]]) -> None:
    """More people on today's register, and more dates of today."""
    session = values["today_session_id"]
    assert isinstance(session, UUID)
    for _, fund in people:
        await book(world.broker, session, fund)
    for n in range(MORE):
        await world.session_today(await world.activity(title=f"Choir of today {n}", price="1.00"))


async def _week(world: World, activities: list[UUID]) -> None:
    """Emma's bookings and ideas, some given up, and what was outside her plan."""
    for n, activity in enumerate(activities):
        sessions = await db.fetch_all(
            "SELECT id FROM activity_session WHERE activity_id = $1 ORDER BY starts_at LIMIT 6", activity
        )
        ids = [row["id"] for row in sessions]
        await say_why(world.broker, world.emma, ids[0], f"Asked for, number {n}.")
        booked = [await book(world.broker, each, world.emma_isf) for each in ids[:3]]
        await cancel_booking(world.broker, booked[2].id, Reason.CHANGED_MIND)
        for each in ids[3:]:
            await add_idea(world.broker, world.emma, each)


async def _waitlists(world: World, people: list[tuple[UUID, UUID]], activities: list[UUID]) -> None:
    """Emma waits for more, and more people wait for one."""
    for n, (_, fund) in enumerate(people):
        day = _day(70 + n)
        full = await world.session(activities[0], day=day, at=time(17), capacity=1)
        await book(world.dan_user, full, world.dan_direct)
        await join(world.broker, full, world.emma_isf)
        await join(world.broker, full, fund)


async def _asked(world: World, values: Mapping[str, object], activities: list[UUID]) -> None:
    """Questions, messages, relatives, calendars, and sessions asked for as an exception."""
    clay = await db.fetch_value(
        "SELECT activity_id FROM activity_session WHERE id = $1", values["in_house_session_id"]
    )
    lot = await db.fetch_value("SELECT id FROM lot WHERE name = 'Community activities'")
    for n, activity in enumerate(activities):
        await ask(activity, Question(f"Gran {n}", f"gran{n}@example.com", "Is there a lift?"))
        await tell_person(
            world.emma, Notice(f"More {n}", "Something to know. It is in your week.", f"/people/{world.emma}/week")
        )  # fmt: skip
        await make_feed(world.broker, FeedDraft(FeedKind.PERSON, f"phone {n}", person_id=world.emma))
        session = await world.session(clay, manager=world.in_house_manager, day=_day(80 + n))
        await ask_exception(
            world.care_manager, world.emma, ExceptionAsked(session, world.emma_isf, "Closed that week.")
        )
        seller, manager = await _provider(f"More Sellers {n}")
        await apply_to_lot(manager, seller, lot)
        draft = RelativeDraft(
            seller, f"Cousin {n}", RelativeKind.AUNT_OR_UNCLE, True, _day(-2), "Said at a visit."
        )
        await declare_relative(world.broker, world.emma, draft)
        away = _day(150 + 20 * n)
        await pause(world.broker, world.emma, PauseDraft(PauseKind.HOLIDAY, away, away + timedelta(days=5)))
        await apply_to_lot(world.manager, world.pettypool, await _lot(world, n))


async def _lot(world: World, n: int) -> UUID:
    framework = await create_framework(SYSTEM, world.council, f"Framework {n}", [f"Lot {n}"], _day(-30))
    lot: UUID = await db.fetch_value("SELECT id FROM lot WHERE framework_id = $1", framework)
    return lot


async def _provider(name: str) -> tuple[UUID, Actor]:
    seller = await create_provider(
        SYSTEM,
        ProviderDraft(
            name=name, seller_type=SellerType.PRIVATE, description="More.", email="more@example.com"
        ),
    )
    await name_safeguarding_contact(seller)
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", seller)
    manager = await persona(f"{name.replace(' ', '')} Manager", Role.PROVIDER_MANAGER, organisation)
    return seller, manager


async def _past(world: World, people: list[tuple[UUID, UUID]], activities: list[UUID]) -> UUID:
    """Visits of last month: to be billed, on a longer invoice, disputed. Answers that invoice."""
    day = last_month() + timedelta(days=3)
    for n, (_, fund) in enumerate(people):
        await deliver(world, world.broker, fund, day, activity=activities[n], at=time(7))
        for at in (time(9), time(15)):
            visit = await deliver(
                world, world.broker, world.emma_isf, day + timedelta(days=n), activity=activities[n], at=at
            )
        await dispute_attendance(world.emma_user, visit, "I was ill that day.")
    before = {row["id"] for row in await db.fetch_all("SELECT id FROM invoice")}
    await issue_invoices(SYSTEM, last_month())
    for n, (_, fund) in enumerate(people):
        await deliver(world, world.broker, fund, day, activity=activities[n], at=time(18))
    _, elsewhere = await world.person_with_fund("Else Where", Route.ISF, "100.00", holder=world.lighthouse)
    await deliver(world, world.stranger, elsewhere, day, activity=activities[0], at=time(20))
    await make_statements(SYSTEM, first_of_month(last_month() - timedelta(days=1)))
    made = [row["id"] for row in await db.fetch_all("SELECT id FROM invoice") if row["id"] not in before]
    return UUID(str(made[0]))


async def _stopped(world: World, people: list[tuple[UUID, UUID]]) -> Mapping[str, object]:
    """A stopped provider with bookings of several people."""
    seller, manager = await _provider("Stopped Stables")
    asked = await apply_to_lot(
        manager, seller, await db.fetch_value("SELECT id FROM lot WHERE name = 'Community activities'")
    )
    await decide_commission(world.commissioner, asked, Decision.APPROVE, clock.today())
    activity = await world.activity(manager, title="Riding", category=Category.ANIMALS, price="1.00")
    for n, (_, fund) in enumerate([*people, (world.emma, world.emma_isf)]):
        for offset in (90, 91):
            session = await world.session(
                activity, manager=manager, day=_day(offset + 2 * n), at=time(6), capacity=8
            )
            await book(world.broker, session, fund)
    stopped = await suspend(world, seller)
    return {"suspension_id": stopped.suspension_id}
