"""Credits, payments, returns and billing in any order and at once: the books tie to the lines at every moment."""

import asyncio
import random
from collections.abc import Awaitable
from datetime import date, time
from typing import Any
from uuid import UUID

import pytest

from invoicing.credits.commands import CreditDraft, bill_again, issue_credit_note, receive_credit
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.payment_runs.returning import return_payment
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.kept_world import kept_world
from tests.world import World

# What each fund has to be paid is what is open of its lines, and what of its visits is not billed, or billed anew.
_TIES = """
    SELECT f.id, a.balance_pence AS books,
           coalesce((SELECT sum(line_open_pence(l.id)) FROM invoice_line l WHERE l.fund_id = f.id), 0)
         + coalesce((SELECT sum(t.charge_pence) FROM attendance t JOIN booking b ON b.id = t.booking_id
                      WHERE b.fund_id = f.id AND (billable_again(b.id) OR NOT EXISTS (
                            SELECT 1 FROM claim c WHERE c.booking_id = b.id))), 0) AS lines
      FROM fund f JOIN account a ON a.fund_id = f.id AND a.kind = 'payable'
"""


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same steps again for the same seed


async def answer(work: Awaitable[Any]) -> Any:
    """What it answers, or the refusal as a value."""
    try:
        return await work
    except DomainError as refusal:
        return refusal


async def scene(database: str) -> tuple[World, list[UUID]]:
    """Four visits of Emma's in November, billed to Harbour."""
    with use_clock(FixedClock(from_wall(date(2026, 10, 5), time(9)))):
        world = await kept_world(database)
    with use_clock(FixedClock(from_wall(date(2026, 12, 1), time(9)))):
        activity = await world.activity()
        bookings = [
            await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
            for day in (6, 7, 8, 9)
        ]
        await issue_invoices(SYSTEM, NOVEMBER)
    return world, bookings


async def one_step(world: World, bookings: list[UUID], chance: random.Random, number: int) -> Any:
    """Something that somebody may do with the lines, the payments or the credits."""
    lines = await db.fetch_all(
        "SELECT l.id, l.invoice_id, l.gross_pence FROM invoice_line l WHERE l.booking_id = ANY ($1)"
        " ORDER BY l.service_on, l.id",
        bookings,
    )
    line = chance.choice(lines)
    match chance.choice(["credit", "credit", "pay", "return", "receive", "again", "bill"]):
        case "credit":
            part = chance.choice([line["gross_pence"], chance.randint(1, line["gross_pence"])])
            draft = CreditDraft({line["id"]: Money(part)}, f"Wrong {number}")
            return await answer(issue_credit_note(world.manager, line["invoice_id"], draft))
        case "pay":
            return await answer(mark_paid(world.broker, line["invoice_id"], f"BACS {number}", clock.today()))
        case "return":
            sent = await db.fetch_all("SELECT id FROM payment WHERE state = 'sent' ORDER BY created_at, id")
            if not sent:
                return None
            paid = chance.choice(sent)["id"]
            return await answer(return_payment(world.broker, paid, clock.today(), "Account closed"))
        case "receive":
            notes = await db.fetch_all("SELECT id FROM credit_note ORDER BY number")
            if not notes:
                return None
            note = chance.choice(notes)["id"]
            return await answer(receive_credit(world.broker, note, f"BACK {number}", clock.today()))
        case "again":
            return await answer(bill_again(world.manager, chance.choice(bookings), "Wrong"))
        case _:
            return await answer(issue_invoices(SYSTEM, NOVEMBER))


async def check(told: object) -> None:
    """The law of every moment."""
    assert [row for row in await db.fetch_all(_TIES) if row["books"] != row["lines"]] == [], told
    over = await db.fetch_all(
        "SELECT id FROM invoice_line WHERE line_credited_pence(id) > gross_pence OR line_open_pence(id) < 0"
    )
    assert over == [], told
    standing = await db.fetch_all(
        "SELECT booking_id FROM invoice_line WHERE line_credited_pence(id) < gross_pence"
        " GROUP BY booking_id, part HAVING count(*) > 1"
    )
    assert standing == [], told
    numbers = [row["number"] for row in await db.fetch_all("SELECT number FROM credit_note ORDER BY number")]
    assert [int(number[-6:]) for number in numbers] == list(range(1, len(numbers) + 1)), told
    assert await verify() == [], told


@pytest.mark.row("V3")
@pytest.mark.row("V9")
@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_credit_pay_return_receive_and_bill_ties_to_the_penny(
    database: str, seed: int
) -> None:
    world, bookings = await scene(database)
    chance, told = _chance(seed), []
    with use_clock(FixedClock(from_wall(date(2026, 12, 2), time(9)))):
        for number in range(25):
            told.append(await one_step(world, bookings, chance, number))
            await check(told[-3:])
    assert sum(not isinstance(each, DomainError) for each in told) > 8


@pytest.mark.row("V3")
@pytest.mark.row("V9")
async def test_all_of_it_at_once_waits_and_ties(database: str) -> None:
    world, bookings = await scene(database)
    with use_clock(FixedClock(from_wall(date(2026, 12, 2), time(9)))):
        for wave in range(3):
            steps = [
                one_step(world, bookings, _chance(100 * wave + number), 100 * wave + number)
                for number in range(12)
            ]
            told = await asyncio.gather(*steps)
            await check(told)
