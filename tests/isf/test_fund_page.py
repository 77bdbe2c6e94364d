"""What a fund tells: movements in words with links, and its months."""

from datetime import timedelta

import pytest

from isf import queries
from isf.ledger import commands as ledger
from marketplace.kernel import clock, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.world import World

PRICE = Money(3_850)


@pytest.mark.row("F3")
async def test_every_movement_is_told_in_words_and_linked_to_what_it_is_about(world: World) -> None:
    who, fund, booking, invoice, on = world.broker, world.emma_isf, new_id(), new_id(), clock.today()
    await ledger.hold(who, fund, booking, PRICE, on)
    await ledger.deliver(who, fund, booking, PRICE, PRICE, on)
    await ledger.undo_delivery(who, booking, "left early")
    await ledger.deliver(who, fund, booking, PRICE, Money(1_000), on)
    await ledger.settle(who, invoice, {fund: Money(1_000)}, on)
    told = await queries.movements(who, fund)
    assert [(line.words, line.amount_pence, line.left_pence) for line in told.items] == [
        ("Paid to the provider", 1_000, 99_000),
        ("Used, and £28.50 left again", 1_000, 99_000),
        ("Corrected: not used after all", 3_850, 96_150),
        ("Used", 3_850, 96_150),
        ("Booked", 3_850, 96_150),
        ("Money in from the person", 12_500, 100_000),
        ("Money in from the council", 87_500, 87_500),
    ]
    links = [line.about.href if line.about else None for line in told.items]
    assert links == [f"/invoices/{invoice}", *[f"/bookings/{booking}"] * 4, None, None]


async def test_movements_come_in_pages_with_the_balance_of_their_time(world: World) -> None:
    for _ in range(5):
        await ledger.hold(world.broker, world.emma_isf, new_id(), Money(100), clock.today())
    first = await queries.movements(world.broker, world.emma_isf, page=1, page_size=3)
    second = await queries.movements(world.broker, world.emma_isf, page=2, page_size=3)
    assert first.total == second.total == 7
    assert [line.left_pence for line in (*first.items, *second.items)] == [
        99_500, 99_600, 99_700, 99_800, 99_900, 100_000,
    ]  # fmt: skip


async def test_the_money_of_a_month_is_that_of_its_services(world: World) -> None:
    who, fund = world.broker, world.emma_isf
    later = clock.today() + timedelta(days=70)
    for on in (world.starts_on, clock.today(), later):
        await ledger.hold(who, fund, new_id(), PRICE, on)
    cancelled = new_id()
    await ledger.hold(who, fund, cancelled, PRICE, later)
    await ledger.release(who, fund, cancelled, PRICE, later)
    months = await queries.months_of(who, fund)
    assert months[0].used_pence == 3_850
    assert max(month.used_pence or 0 for month in months) == 3 * 3_850
    assert months[-1].planned_pence == 100_000
    assert [month.used_pence for month in months if month.starts_on > later] == [None] * sum(
        month.starts_on > later for month in months
    )
    assert (await queries.fund(who, fund)).spent_by_today_pence == 2 * 3_850


async def test_the_words_of_bookings_and_invoices_come_from_their_own_packages(world: World) -> None:
    # Whatever they register, a movement about something unknown is still linked and named.
    await ledger.hold(world.broker, world.emma_isf, new_id(), PRICE, clock.today())
    (line, *_) = (await queries.movements(world.broker, world.emma_isf)).items
    assert line.about is not None
    assert line.about.text == "Booking"
    assert await db.fetch_value("SELECT count(*) FROM journal WHERE fund_id = $1", world.emma_isf) == 3
