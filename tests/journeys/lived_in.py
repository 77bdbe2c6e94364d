"""The world after a few weeks of use: something of everything, so that every page has something to show."""

from collections.abc import Mapping
from datetime import time, timedelta
from uuid import UUID

from invoicing.connect.commands import connect_account
from invoicing.runs.commands import issue_invoices
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.week.commands import add_idea
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.routes_of_money import Route
from providers.commands import TimetableDraft, apply_to_lot, create_timetable
from providers.timetables.rules import Weekday
from providers.timetables.terms.commands import TermDraft, add_term
from tests.invoicing.delivering import deliver
from tests.living import live_with_everything
from tests.world import World

ACCOUNT = "acct_1Pettypool"


async def live_in(world: World) -> Mapping[str, object]:
    """Use the world; answers what fills each parameter of an address, by the parameter's name.

    `dan_…` is Dan's where the plain one is Emma's, `new_…` of somebody about whom nothing is agreed yet, `other_…` is a
    second thing of the same kind.
    """
    today = clock.today()
    await connect_account(SYSTEM, world.pettypool, ACCOUNT)
    garden = await world.activity()
    timetable, _ = await create_timetable(
        world.manager,
        garden,
        TimetableDraft(
            frozenset(Weekday), time(10), 120, today + timedelta(days=1), today + timedelta(days=40)
        ),
    )
    in_house = await world.activity(world.in_house_manager, title="Woodwork at Vivo", price="25.00")
    await world.session(in_house, manager=world.in_house_manager, at=time(19))
    session, tomorrow, later = await _sessions(garden)
    booking = await book(world.broker, tomorrow, world.emma_isf)
    cancelled = await book(world.broker, later, world.emma_isf)
    await cancel_booking(world.broker, cancelled.id, Reason.CHANGED_MIND)
    await add_idea(world.broker, world.emma, later)
    dan_booking = await book(world.dan_user, tomorrow, world.dan_direct)
    lot = await db.fetch_value("SELECT id FROM lot")
    return {
        "person_id": world.emma,
        "dan_person_id": world.dan,
        "new_person_id": (await world.person_with_locked_fund("Nell New", Route.ISF, "500.00"))[0],
        "fund_id": world.emma_isf,
        "dan_fund_id": world.dan_direct,
        "booking_id": booking.id,
        "dan_booking_id": dan_booking.id,
        "activity_id": garden,
        "in_house_activity_id": in_house,
        "session_id": session,
        "today_session_id": await _today(world),
        "timetable_id": timetable,
        "term_id": await _term(world),
        "commission_id": await apply_to_lot(world.in_house_manager, world.vivo, lot),
        "provider_id": world.pettypool,
        "slug": await db.fetch_value("SELECT slug FROM provider WHERE id = $1", world.pettypool),
        "venue_id": await db.fetch_value("SELECT venue_id FROM activity WHERE id = $1", garden),
        "authority_id": await db.fetch_value("SELECT id FROM authority WHERE kind = 'representative'"),
        "name": await _invoice(world, garden),
        **await live_with_everything(world, garden),
    }


async def _term(world: World) -> UUID:
    """A term of the provider's, and one of the council's."""
    today = clock.today()
    await add_term(world.commissioner, TermDraft("Spring term", today, today + timedelta(days=70)))
    term, _ = await add_term(world.manager, TermDraft("Our spring", today, today + timedelta(days=60)))
    return term


async def _sessions(activity: UUID) -> list[UUID]:
    """One in a few days that nobody has touched, tomorrow's, and the one after."""
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE activity_id = $1 ORDER BY starts_at LIMIT 5", activity
    )
    return [rows[4]["id"], rows[0]["id"], rows[1]["id"]]


async def _today(world: World) -> UUID:
    """Today's session, with one person recorded and one to come."""
    choir = await world.activity(title="Choir", price="12.00", summary="Sing with others.")
    session = await world.session_today(choir)
    emma = await book(world.broker, session, world.emma_isf)
    await book(world.dan_user, session, world.dan_direct)
    await record_attendance(world.staff, emma.id, Outcome.ATTENDED)
    return session


async def _invoice(world: World, activity: UUID) -> UUID:
    """Last month's invoice to Harbour, and a session of that month that was recorded too late for it."""
    last_month = clock.today().replace(day=1) - timedelta(days=10)
    await deliver(world, world.broker, world.emma_isf, last_month, activity=activity)
    await issue_invoices(SYSTEM, last_month.replace(day=1))
    await deliver(world, world.broker, world.emma_isf, last_month, activity=activity, at=time(14))
    invoice: UUID = await db.fetch_value("SELECT id FROM invoice")
    return invoice
