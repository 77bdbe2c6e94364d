"""A month of life in a fund, made through the same commands as in real life."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.statements.document import StatementDocument, thawed
from isf.statements.rules import first_of_month
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.invoicing.delivering import attend, booked_before, deliver
from tests.world import World

__all__ = ["attend", "booked_before", "deliver"]


@contextmanager
def on_day(day: date, at: time = time(9)) -> Iterator[None]:
    """The clock stands at a moment of another day."""
    with use_clock(FixedClock(from_wall(day, at))):
        yield


def last_month() -> date:
    """The first day of the last month that is over; the world's funds run all through it."""
    return first_of_month(first_of_month(clock.today()) - timedelta(days=1))


@dataclass(frozen=True)
class Lived:
    """What happened to Emma's ISF last month: two used, one missed register, one cancelled, one ahead."""

    month: date
    used: UUID
    waiting: UUID
    cancelled: UUID
    ahead: UUID


async def live(world: World) -> Lived:
    """A month in Emma's ISF: money in, two sessions, a register left open, a cancelled one, one for next month."""
    month = last_month()
    fund = world.emma_isf
    garden = await world.activity()
    day = month.replace
    async with db.unit_of_work():
        await ledger.pay_in(
            SYSTEM,
            fund,
            Account.FUNDING,
            Money(30_000),
            day(day=2),
            reference=f"test:{new_id()}",
            subject_id=None,
        )
        await ledger.top_up(
            SYSTEM, fund, Money(2_000), day(day=3), reference=f"test:{new_id()}", subject_id=None
        )
    used = await deliver(world, world.broker, fund, day(day=6), activity=garden)
    await deliver(world, world.broker, fund, day(day=13), activity=garden)
    waiting = await booked_before(world, world.broker, fund, day(day=20), activity=garden)
    with on_day(day(day=5)):
        cancelled = (await book(world.broker, await world.session(garden, day=day(day=27)), fund)).id
        ahead_day = first_of_month(clock.today() + timedelta(days=40)) + timedelta(days=10)
        ahead = (await book(world.broker, await world.session(garden, day=ahead_day), fund)).id
    with on_day(day(day=10)):
        await cancel_booking(world.broker, cancelled, Reason.CHANGED_MIND)
    return Lived(month, used, waiting, cancelled, ahead)


async def documents(fund_id: UUID) -> list[StatementDocument]:
    """The stored statements of a fund, the first one first."""
    rows = await db.fetch_all(
        "SELECT document::text AS document FROM statement WHERE fund_id = $1 ORDER BY number", fund_id
    )
    return [thawed(row["document"]) for row in rows]
