"""Hard case 9: a backdated uplift after the period closed and the surplus was reclaimed (rule 11).

Nia's ISF is £70.00 a week. September is closed by its holder, and £50.00 of unused money was sent back to the council.
On 12 October the council raises the budget to £84.00 a week, from 1 September on.
"""

from datetime import date, time
from uuid import UUID

import pytest

from invoicing.periods.commands import close_month
from invoicing.periods.queries import adjustments, closed_months, figures_of
from invoicing.runs.commands import issue_invoices
from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.statements.making import make_statements
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.money import Money
from tests.invoicing.credits.crediting import credit_booking, line_of
from tests.invoicing.delivering import deliver
from tests.isf.budgets.changing import change, isf, weekly_budget
from tests.kept_world import kept_world
from tests.world import World, balances

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
UPLIFT_DAY = date(2026, 10, 12)


def at(day: date, hour: int = 9) -> FixedClock:
    """The morning of a day."""
    return FixedClock(from_wall(day, time(hour)))


async def scene(database: str) -> tuple[World, UUID, UUID]:
    """The world of August with Nia's budget from 6 July on; answers her and her fund."""
    with use_clock(at(date(2026, 8, 3))):
        world = await kept_world(database)
        person, (fund,) = await weekly_budget(world, isf(world, "70.00"))
    return world, person, fund


async def closed_rows() -> list[db.Row]:
    return await db.fetch_all("SELECT * FROM closed_period ORDER BY organisation_id, month")


@pytest.mark.row("V3")
async def test_what_is_due_stands_in_the_open_period_and_the_closed_one_and_the_reclaim_stay(
    database: str,
) -> None:
    world, person, fund = await scene(database)
    with use_clock(at(date(2026, 10, 2))):
        await ledger.send_on(
            SYSTEM,
            fund,
            Account.AVAILABLE,
            Money(5000),
            date(2026, 9, 30),
            reference="reclaim:1",
            subject_id=None,
        )
        await make_statements(SYSTEM, SEPTEMBER)
        await close_month(world.broker, SEPTEMBER)
    closed, before = await closed_rows(), await balances(fund)
    statements = await db.fetch_all("SELECT id, document, sha256 FROM statement ORDER BY id")

    with use_clock(at(UPLIFT_DAY)):
        await change(world, person, isf(world, "84.00"), day=SEPTEMBER)
        shown = await adjustments(world.broker)
        told = await closed_months(world.broker)
        figures = await figures_of(world.harbour, SEPTEMBER)

    # Posted on the day on which it was made, about the day from which it is due.
    moved = await db.fetch_all(
        "SELECT j.occurred_on, j.service_on FROM journal j WHERE j.fund_id = $1 AND j.posted_at > "
        "(SELECT max(posted_at) FROM journal WHERE fund_id = $1 AND reference = 'reclaim:1')",
        fund,
    )
    assert moved
    assert {(row["occurred_on"], row["service_on"]) for row in moved} == {(UPLIFT_DAY, SEPTEMBER)}
    assert {(row["occurred_on"], row["service_on"]) for row in shown} == {(UPLIFT_DAY, SEPTEMBER)}
    # £14.00 a week more, for the days from 1 September to the budget's end.
    days = await db.fetch_value(
        "SELECT max(ends_on) - $2::date FROM personal_budget WHERE person_id = $1", person, SEPTEMBER
    )
    more = (2 * 1400 * days + 7) // 14
    after = await balances(fund)
    assert abs(after["available"] - before["available"] - more) <= 1
    # The reclaim stands, and so do the closed figures and every statement.
    assert after["returned"] == before["returned"] == 5000
    assert await closed_rows() == closed
    assert figures["journals"] == closed[0]["journals"]
    assert told[0].sent_back == 5000
    assert await db.fetch_all("SELECT id, document, sha256 FROM statement ORDER BY id") == statements
    assert min(after[name] for name in ("available", "committed", "payable", "returned")) >= 0
    assert await verify() == []

    with use_clock(at(date(2026, 11, 2))):
        await make_statements(SYSTEM, OCTOBER)
    october = await db.fetch_value(
        "SELECT document::text FROM statement WHERE fund_id = $1 AND month = $2", fund, OCTOBER
    )
    assert '"service_on": "2026-09-01"' in october


@pytest.mark.row("V3")
async def test_a_late_register_and_a_credit_of_a_closed_month_count_in_the_open_one(database: str) -> None:
    world, _, fund = await scene(database)
    day = date(2026, 9, 8)
    with use_clock(at(date(2026, 9, 1))):
        activity = await world.activity(price="20.00")
    late = await deliver(world, world.broker, fund, day, activity=activity)
    with use_clock(at(date(2026, 10, 1))):
        await issue_invoices(SYSTEM, SEPTEMBER)
    with use_clock(at(date(2026, 10, 2))):
        await close_month(world.broker, SEPTEMBER)
        assert (await closed_months(world.broker))[0].used == 2000
    with use_clock(at(UPLIFT_DAY)):
        await credit_booking(world.manager, late)
        (shown,) = await adjustments(world.broker)
    assert (shown["occurred_on"], shown["service_on"], shown["used_pence"], shown["left_pence"]) == (
        UPLIFT_DAY, day, -2000, 2000,
    )  # fmt: skip
    assert (await line_of(late))["open"] == 0
    assert (await figures_of(world.harbour, SEPTEMBER))["figures"] == (
        await db.fetch_value("SELECT figures::text FROM closed_period")
    )
    assert await verify() == []
