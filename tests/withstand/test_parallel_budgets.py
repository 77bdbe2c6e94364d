"""A budget is changed while people book, cancel and change it too: no window, no deadlock, one wins."""

import asyncio
from collections.abc import Awaitable
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest

from isf.budgets.commands import change_route
from isf.budgets.rules import BudgetMoved
from isf.budgets.standing import standing_on
from isf.ledger.verify import verify
from isf.rules import FundDraft
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import ZERO
from marketplace.kernel.routes_of_money import Route
from tests.isf.budgets.changing import change, isf, versions, weekly_budget
from tests.world import World, balances


async def answer(work: Awaitable[Any]) -> Any:
    """What it answers, or the refusal as a value."""
    try:
        return await work
    except DomainError as refusal:
        return refusal


async def sessions(world: World, count: int) -> list[UUID]:
    activity = await world.activity(price="50")
    first = clock.today() + timedelta(days=5)
    return [
        await world.session(activity, day=first + timedelta(days=number), at=time(10))
        for number in range(count)
    ]


async def owed(fund: UUID) -> tuple[int, int]:
    """What a fund was agreed to have, and what it still owes back."""
    row = await db.fetch_one(
        "SELECT amount_pence, (SELECT coalesce(sum(still_to_take_pence), 0)::bigint FROM over_commitment"
        " WHERE fund_id = f.id) AS owed FROM fund f WHERE id = $1",
        fund,
    )
    assert row is not None
    return row["amount_pence"], row["owed"]


@pytest.mark.row("W2")
async def test_no_booking_slips_through_while_a_budget_is_cut(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "50"), weeks=10)
    wanted = await sessions(world, 12)
    made = await asyncio.gather(
        *(answer(book(world.broker, one, fund)) for one in wanted[:6]),
        answer(change(world, person, isf(world, "1"), day=clock.today(), agreed="They agreed")),
        *(answer(book(world.broker, one, fund)) for one in wanted[6:]),
    )
    assert not isinstance(made[6], DomainError)
    books, (amount, missing) = await balances(fund), await owed(fund)
    assert books["available"] >= 0
    assert books["available"] + books["committed"] == amount + missing
    assert missing == 0 or books["available"] == 0
    assert await verify() == []


@pytest.mark.row("F5")
async def test_what_is_booked_while_the_holder_changes_is_refused_or_listed(world: World) -> None:
    _, (fund,) = await weekly_budget(world, isf(world, "100"), weeks=10)
    wanted = await sessions(world, 8)
    to = FundDraft(Route.ISF, ZERO, holder_organisation_id=world.lighthouse)
    await asyncio.gather(
        *(answer(book(world.broker, one, fund)) for one in wanted[:4]),
        answer(change_route(world.care_manager, fund, clock.today() + timedelta(days=3), to, "Wished for")),
        *(answer(book(world.broker, one, fund)) for one in wanted[4:]),
    )
    row = await db.fetch_one(
        "SELECT f.ends_on, (SELECT count(*) FROM booking b WHERE b.fund_id = f.id AND b.state = 'confirmed'"
        "          AND b.service_on >= f.ends_on) AS beyond,"
        "       (SELECT count(*) FROM over_commitment o WHERE o.fund_id = f.id AND o.state = 'open') AS listed"
        "  FROM fund f WHERE f.id = $1",
        fund,
    )
    assert row is not None
    assert row["ends_on"] == clock.today() + timedelta(days=3)
    assert row["beyond"] == 0 or row["listed"] == 1
    assert await verify() == []


@pytest.mark.row("W2")
async def test_cancelling_and_cutting_at_once_wait_for_each_other_in_one_order(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "50"), weeks=10)
    made = [await book(world.broker, one, fund) for one in await sessions(world, 8)]
    answers = await asyncio.gather(
        *(answer(cancel_booking(world.broker, one.id, Reason.CHANGED_MIND)) for one in made[:4]),
        answer(change(world, person, isf(world, "1"), day=clock.today(), agreed="They agreed")),
        *(answer(cancel_booking(world.broker, one.id, Reason.CHANGED_MIND)) for one in made[4:]),
    )
    assert [one for one in answers if isinstance(one, DomainError)] == []
    books, (amount, missing) = await balances(fund), await owed(fund)
    assert (missing, books["committed"], books["available"]) == (0, 0, amount)
    assert await verify() == []


@pytest.mark.row("F2")
async def test_of_two_changes_at_once_one_wins_and_the_other_is_told(world: World) -> None:
    person, _ = await weekly_budget(world, isf(world, "100"))
    standing = await standing_on(person, clock.today())
    assert standing is not None
    answers = await asyncio.gather(
        *(
            answer(change(world, person, isf(world, weekly), day=clock.today(), seen=standing.seen))
            for weekly in ("110", "120", "130")
        )
    )
    assert sorted(isinstance(one, BudgetMoved) for one in answers) == [False, True, True]
    assert len(await versions(person)) == 2
