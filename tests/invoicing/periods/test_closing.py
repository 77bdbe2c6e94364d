"""A month is closed once, in its turn, by who holds the money, and never opened again (rule 11)."""

import asyncio
from datetime import date, time

import asyncpg
import pytest

from invoicing.periods.commands import close_month
from invoicing.periods.rules import CannotClose, next_to_close
from isf.ledger import commands as ledger
from isf.ledger.verify import verify
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.money import Money
from tests.invoicing.delivering import NOVEMBER, november
from tests.world import World

DECEMBER = date(2026, 12, 1)


@pytest.mark.row("V3")
async def test_months_are_closed_in_their_turn_when_they_are_over(december: World) -> None:
    world = december
    assert next_to_close(None, DECEMBER) == NOVEMBER
    with pytest.raises(CannotClose, match="not over"):
        await close_month(world.broker, DECEMBER)
    await close_month(world.broker, NOVEMBER)
    with pytest.raises(CannotClose, match="it is closed"):
        await close_month(world.broker, NOVEMBER)
    with use_clock(FixedClock(from_wall(date(2027, 2, 1), time(9)))):
        with pytest.raises(CannotClose, match="December 2026 is open"):
            await close_month(world.broker, date(2027, 1, 1))
        await close_month(world.broker, DECEMBER)
    # Each holder closes its own.
    assert await db.fetch_value("SELECT books_closed_until($1)", world.emma_managed) is None
    for actor, error in (
        (world.manager, Forbidden),
        (world.dan_user, NotFound),
        (world.care_manager, Forbidden),
    ):
        with pytest.raises(error):
            await close_month(actor, NOVEMBER)


@pytest.mark.row("V3")
async def test_the_database_opens_no_month_and_counts_nothing_in_one(december: World) -> None:
    world = december
    await close_month(world.broker, NOVEMBER)
    for change in (
        "UPDATE closed_period SET month = '2026-10-01'",
        "DELETE FROM closed_period",
        "INSERT INTO closed_period (id, organisation_id, month, journals, figures)"
        " SELECT gen_random_uuid(), organisation_id, '2027-03-01', 0, '{}' FROM closed_period",
        "INSERT INTO journal (id, fund_id, sequence, reference, kind, occurred_on, hash)"
        " SELECT gen_random_uuid(), fund_id, 999, 'by hand', 'hold', '2026-11-10', '' FROM ledger_head"
        f" WHERE fund_id = '{world.emma_isf}'",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(change)


@pytest.mark.row("V3")
async def test_no_posting_slips_into_a_month_while_it_is_closed(december: World) -> None:
    world = december

    async def pay_in(count: int) -> None:
        await ledger.top_up(
            SYSTEM, world.emma_isf, Money(100), november(20), reference=f"late:{count}", subject_id=None
        )

    await asyncio.gather(
        *[pay_in(count) for count in range(6)],
        close_month(world.broker, NOVEMBER),
        *[pay_in(n) for n in range(6, 12)],
    )
    counted = await db.fetch_value(
        "SELECT count(*) FROM journal WHERE occurred_on < '2026-12-01' AND reference LIKE 'late:%'"
    )
    closed = await db.fetch_value("SELECT (figures->>'top_up')::int FROM closed_period")
    assert (closed or 0) == -100 * counted
    assert await db.fetch_value("SELECT count(*) FROM journal WHERE reference LIKE 'late:%'") == 12
    assert (
        await db.fetch_value("SELECT count(*) FROM journal WHERE service_on = '2026-11-20'")
    ) == 12 - counted
    assert await verify() == []
