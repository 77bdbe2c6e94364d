"""A queried line waits, the rest is paid; who answers what; and how promptly a payer paid (row V5, rule 10)."""

from datetime import date, time
from uuid import UUID

import pytest

from invoicing.line_queries.commands import query_line, write_to_query
from invoicing.line_queries.promptness import promptness, warn_payers
from invoicing.line_queries.queries import line_queries, line_query
from invoicing.line_queries.rules import QueriedAlready, QueryState, Step
from invoicing.payment_runs.by_hand import mark_paid
from isf.ledger.verify import verify
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from tests.invoicing.credits.crediting import billed, credit_booking, line_of
from tests.invoicing.delivering import deliver, november
from tests.world import World, balances


async def two_lines(world: World) -> tuple[UUID, UUID, UUID]:
    """An invoice of two lines for Harbour, and its bookings."""
    activity = await world.activity()
    first, second = [
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity) for day in (6, 7)
    ]
    return await billed(), first, second


async def ask(world: World, invoice: UUID, booking: UUID, words: str = "She was not there") -> UUID:
    return await query_line(world.broker, invoice, (await line_of(booking))["id"], words)


@pytest.mark.row("V5")
async def test_a_queried_line_waits_and_the_rest_is_paid_until_it_is_accepted(december: World) -> None:
    world = december
    invoice, first, _ = await two_lines(world)
    query = await ask(world, invoice, first)
    assert (await mark_paid(world.broker, invoice, "BACS 1", clock.today())).state == "part_paid"
    assert (await balances(world.emma_isf))["payable"] == 3850
    with pytest.raises(Conflict, match="queried"):
        await mark_paid(world.broker, invoice, "BACS 2", clock.today())
    assert (
        await write_to_query(world.manager, query, Step.EXPLAIN, "The register says she came")
        is QueryState.EXPLAINED
    )
    assert (
        await write_to_query(world.broker, query, Step.DISPUTE, "She was in hospital") is QueryState.DISPUTED
    )
    await write_to_query(world.manager, query, Step.EXPLAIN, "Signed by her sister")
    assert await write_to_query(world.broker, query, Step.ACCEPT, "") is QueryState.ACCEPTED
    assert (await mark_paid(world.broker, invoice, "BACS 2", clock.today())).state == "paid"
    assert await verify() == []


@pytest.mark.row("V5")
async def test_a_credit_note_agrees_and_what_is_left_is_payable(december: World) -> None:
    world = december
    invoice, first, _ = await two_lines(world)
    query = await ask(world, invoice, first)
    await credit_booking(world.manager, first, "8.50")
    view = await line_query(world.broker, query)
    assert (view.state, view.row["settled_on"]) == (QueryState.CREDITED, clock.today())
    assert view.messages[-1]["words"] == "Credit note PET-CN-2026-000001"
    paid = await mark_paid(world.broker, invoice, "BACS 1", clock.today())
    assert paid.state == "paid"
    assert (await balances(world.emma_isf))["paid"] == 6850


@pytest.mark.row("V5")
async def test_who_may_say_what(december: World) -> None:
    world = december
    invoice, first, _ = await two_lines(world)
    with pytest.raises(Forbidden):
        await query_line(world.manager, invoice, (await line_of(first))["id"], "x")
    with pytest.raises(Invalid):
        await ask(world, invoice, first, "  ")
    query = await ask(world, invoice, first)
    with pytest.raises(Invalid) as again:
        await ask(world, invoice, first)
    assert set(again.value.fields) == {"line"}
    for actor, step, error in (
        (world.manager, Step.ACCEPT, StateConflict), (world.broker, Step.EXPLAIN, StateConflict),
        (world.broker, Step.DISPUTE, StateConflict), (world.finance_officer, Step.WRITE, Forbidden),
        (world.stranger, Step.WRITE, NotFound), (world.other_manager, Step.WRITE, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            await write_to_query(actor, query, step, "x")
    # The council whose money it is looks on.
    assert [row["id"] for row in await line_queries(world.finance_officer)] == [query]
    assert (await line_query(world.finance_officer, query)).steps == []
    letter = await db.fetch_one("SELECT recipient, subject FROM outbox_message WHERE subject LIKE 'Queried%'")
    assert letter is not None
    assert letter["subject"] == "Queried: £38.50 on invoice PET-2026-000001"
    line = (await line_of(first))["id"]
    with pytest.raises(QueriedAlready):
        async with db.unit_of_work():
            await db.execute(
                "INSERT INTO line_query (id, invoice_line_id, asked_on) VALUES (gen_random_uuid(), $1, CURRENT_DATE)",
                line,
            )


@pytest.mark.row("V5")
async def test_the_days_run_from_the_receipt_or_from_when_the_query_was_settled(december: World) -> None:
    """Received on 1 December. Line 2 is paid on 2 January, 32 days later: late.

    Line 1 is queried, accepted on 20 December and paid on 10 January, 21 days later: in time. So 50% and 27 days
    (26.5, the half up).
    """
    world = december
    invoice, first, _ = await two_lines(world)
    query = await ask(world, invoice, first)
    with use_clock(FixedClock(from_wall(date(2027, 1, 2), time(9)))):
        await mark_paid(world.broker, invoice, "BACS 1", date(2027, 1, 2))
    with use_clock(FixedClock(from_wall(date(2026, 12, 20), time(9)))):
        await write_to_query(world.broker, query, Step.ACCEPT, "")
    with use_clock(FixedClock(from_wall(date(2027, 1, 10), time(9)))):
        await mark_paid(world.broker, invoice, "BACS 2", date(2027, 1, 10))
        told = await promptness(world.broker, date(2026, 12, 1), date(2027, 1, 31))
    assert (told.in_time_percent, told.average_days, told.amount.pence) == (50, 27, 7700)
    assert [(part.number, part.days) for part in told.late] == [("PET-2026-000001", 32)]
    assert (await promptness(world.finance_officer, date(2026, 12, 1), date(2027, 1, 31))).parts == []


@pytest.mark.row("V5")
async def test_a_payer_is_told_once_before_and_once_on_the_day_of_what_can_be_paid(december: World) -> None:
    world = december
    invoice, first, second = await two_lines(world)
    await ask(world, invoice, first)
    told = {}
    for day in (
        date(2026, 12, 23),
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2026, 12, 31),
        date(2027, 1, 1),
    ):
        with use_clock(FixedClock(from_wall(day, time(7)))):
            told[day.day] = await warn_payers()
    assert told == {23: 0, 24: 1, 25: 0, 31: 1, 1: 0}
    letters = await db.fetch_all("SELECT subject, body FROM outbox_message WHERE subject LIKE 'Pay by%'")
    assert {letter["subject"] for letter in letters} == {"Pay by 31 December 2026: invoice PET-2026-000001"}
    assert all("£38.50 of invoice" in letter["body"] for letter in letters)
    assert (await line_of(second))["open"] == 3850
