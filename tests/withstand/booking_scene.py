"""A small world for the model of all booking commands: four people, five activities of three sellers, a fortnight."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from invoicing.connect.commands import connect_account
from marketplace.bookings.pauses.retainers import Term, set_term
from marketplace.bookings.queries import AS_USUAL, Wish
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import LONDON
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import set_rate, set_transport_rate
from providers.rules import Split, SupportRatio, Terms
from providers.timetables.commands import create_timetable
from providers.timetables.recurrence import Weekday
from providers.timetables.rules import TimetableDraft
from tests.database import empty_database
from tests.invoicing.cards.table import ACCOUNT
from tests.kept_world import Rows, copy_in, copy_out
from tests.marketplace.bookings.exceptions.asking import allow
from tests.world import World, actor_again, make_world

# A Monday; the clocks go forward and the month ends within the fortnight after it.
START = datetime(2027, 3, 22, 8, tzinfo=LONDON)
WORKER = Money(70_00)
THREE = Wish(SupportRatio.ONE_TO_THREE)
DRIVEN = Wish(None, True)


@dataclass
class Somebody:
    """A person, the fund that pays for them, and who books with it."""

    person: UUID
    fund: UUID
    books: Actor
    route: Route


@dataclass
class Dates:
    """The dates of one activity, who sells them, and how people book them."""

    sessions: list[UUID]
    manager: Actor
    staff: Actor
    provider: UUID
    activity: UUID
    wish: Wish = AS_USUAL
    timetable: UUID | None = None
    """The rule that the dates come from, where they are not single ones."""


@dataclass
class Scene:
    """Who and what there is."""

    world: World
    people: list[Somebody] = field(default_factory=list)
    offers: list[Dates] = field(default_factory=list)

    @property
    def sessions(self) -> list[UUID]:
        """Every date, by activity."""
        return [session for each in self.offers for session in each.sessions]

    def offer_of(self, session: UUID) -> Dates:
        """The activity of a date."""
        return next(each for each in self.offers if session in each.sessions)


def _day(offset: int) -> date:
    return clock.today() + timedelta(days=offset)


async def make_scene() -> Scene:
    """Two people whose money a broker holds, one with a direct payment, one for whom the council pays."""
    world = await make_world()
    scene = Scene(world)
    for name, route, amount in (
        ("Ada", Route.ISF, "150.00"), ("Ben", Route.DIRECT_PAYMENT, "170.00"),
        ("Cal", Route.COUNCIL_MANAGED, "200.00"), ("Dot", Route.ISF, "80.00"),
    ):  # fmt: skip
        person, fund = await world.person_with_fund(name, route, amount)
        scene.people.append(Somebody(person, fund, await _who_books(world, route, fund), route))
    scene.offers = [
        await _garden(world), await _choir(world), await _walk(world), await _kitchen(world), await _own(world)
    ]  # fmt: skip
    await connect_account(SYSTEM, world.pettypool, ACCOUNT)
    await allow(world)
    return scene


async def _who_books(world: World, route: Route, fund: UUID) -> Actor:
    if route is Route.ISF:
        return world.broker
    if route is Route.COUNCIL_MANAGED:
        return world.care_manager
    return await actor_again(await db.fetch_value("SELECT holder_user_id FROM fund WHERE id = $1", fund))


async def _garden(world: World) -> Dates:
    """Two places at £38.50, charged in part when given up late, with a share that keeps a place in a pause."""
    activity = await world.activity(terms=Terms(48, 50, refill_waives_charge=True))
    await set_term(world.manager, activity, Term(30, 1))
    sessions = [await world.session(activity, day=_day(n), capacity=2) for n in (1, 4, 8, 11)]
    return Dates(sessions, world.manager, world.staff, world.pettypool, activity)


async def _choir(world: World) -> Dates:
    """One place at £21.99 with a journey at £6.00; the first at the time of the garden group."""
    activity = await world.activity(
        world.other_manager, title="Choir", price="21.99", terms=Terms(24, 100, refill_waives_charge=True)
    )
    await set_transport_rate(world.other_manager, activity, world.starts_on, Money(6_00), VatCategory.ZERO)
    sessions = [
        await world.session(activity, manager=world.other_manager, day=_day(n), at=time(11), capacity=1)
        for n in (1, 2, 9)
    ]
    seller = world.other_manager
    return Dates(sessions, seller, seller, world.first_enable, activity, DRIVEN)


async def _walk(world: World) -> Dates:
    """Three people share a worker at £70.00."""
    activity = await world.activity(title="Walk", price="0.00", terms=Terms(72, 50))
    await set_rate(
        world.manager, activity, world.starts_on, WORKER, VatCategory.EXEMPT,
        ratio=SupportRatio.ONE_TO_THREE, split=Split.SHARED,
    )  # fmt: skip
    sessions = [await world.session(activity, day=_day(n), at=time(14), capacity=4) for n in (3, 10)]
    return Dates(sessions, world.manager, world.staff, world.pettypool, activity, THREE)


async def _kitchen(world: World) -> Dates:
    """Two places at £12.00 each Wednesday and Friday, from a rule without an end: the first four dates are booked."""
    activity = await world.activity(title="Kitchen", price="12.00", terms=Terms(24, 50))
    draft = TimetableDraft(frozenset({Weekday.WEDNESDAY, Weekday.FRIDAY}), time(13), 60, _day(1), capacity=2)
    timetable, _ = await create_timetable(world.manager, activity, draft)
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE timetable_id = $1 ORDER BY starts_at LIMIT 4", timetable
    )
    sessions = [row["id"] for row in rows]
    return Dates(sessions, world.manager, world.staff, world.pettypool, activity, timetable=timetable)


async def _own(world: World) -> Dates:
    """The council's own service: for council-managed money only, or one session once in a while by exception."""
    seller = world.in_house_manager
    activity = await world.activity(seller, title="Day centre", price="15.00")
    sessions = [
        await world.session(activity, manager=seller, day=_day(n), at=time(12, 30), minutes=60, capacity=2)
        for n in (3, 5, 9)
    ]
    return Dates(sessions, seller, seller, world.vivo, activity)


_kept: dict[str, tuple[Scene, Rows]] = {}


async def laid_again(dsn: str) -> Scene:
    """The scene in an emptied database: by its commands the first time, later by laying its rows back."""
    await empty_database()
    if dsn not in _kept:
        _kept[dsn] = await make_scene(), await copy_out()
    else:
        await copy_in(_kept[dsn][1])
    return _kept[dsn][0]
