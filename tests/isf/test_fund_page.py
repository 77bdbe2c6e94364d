"""What a fund tells: movements in words with links, and its months."""

import re
from datetime import time, timedelta

import pytest

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from isf import queries
from isf.burn import BurnKind
from isf.ledger import commands as ledger
from isf.ledger.commands import Settled
from isf.ledger.rules import Account
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.asking import Client, plain, sign_in
from tests.world import World

PRICE = Money(3_850)


@pytest.mark.row("F3")
async def test_every_movement_is_told_in_words_and_linked_to_what_it_is_about(world: World) -> None:
    who, fund, booking, invoice, on = world.broker, world.emma_isf, new_id(), new_id(), clock.today()
    await ledger.hold(who, fund, booking, PRICE, on)
    await ledger.deliver(who, fund, booking, PRICE, PRICE, on)
    await ledger.undo_delivery(who, booking, "left early")
    await ledger.deliver(who, fund, booking, PRICE, Money(1_000), on)
    await ledger.settle(who, [Settled(invoice, fund, Money(1_000))], on)
    told = await queries.movements(who, fund)
    assert [(line.words, line.amount_pence, line.left_pence) for line in told.items] == [
        ("Paid to the provider", 1_000, 99_000),
        ("Used, and £28.50 left again", 1_000, 99_000),
        ("Corrected: not used after all", 3_850, 96_150),
        ("Used", 3_850, 96_150),
        ("Booked", 3_850, 96_150),
        ("Agreed in the budget", 100_000, 100_000),
    ]
    links = [line.about.href if line.about else None for line in told.items]
    assert links == [f"/invoices/{invoice}", *[f"/bookings/{booking}"] * 4, None]


async def test_movements_come_in_pages_with_the_balance_of_their_time(world: World) -> None:
    for _ in range(5):
        await ledger.hold(world.broker, world.emma_isf, new_id(), Money(100), clock.today())
    first = await queries.movements(world.broker, world.emma_isf, page=1, page_size=3)
    second = await queries.movements(world.broker, world.emma_isf, page=2, page_size=3)
    assert first.total == second.total == 6
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
    told = await queries.fund(who, fund)
    burn = await queries.burn_down_of(who, told)
    by_today = [point.used.pence for point in burn.points if point.used is not None]
    assert max(by_today) == told.spent_by_today_pence == burn.used.pence == 2 * 3_850
    assert burn.booked_ahead.pence == 3_850
    assert burn.points[-1].planned.pence == 100_000
    assert burn.planned.pence == told.planned_by_today_pence
    assert burn.standing == told.standing


@pytest.mark.row("F3")
async def test_bookings_and_invoices_are_named_and_linked_for_those_who_may_open_them(world: World) -> None:
    month = clock.today().replace(day=1) - timedelta(days=20)
    with use_clock(FixedClock(from_wall(month, time(7)))):
        session = await world.session(day=month, at=time(10))
        booked = await book(world.broker, session, world.emma_isf)
        on = clock.today()
    with use_clock(FixedClock(from_wall(month, time(20)))):
        await record_attendance(world.manager, booked.id, Outcome.ATTENDED)
    await issue_invoices(SYSTEM, month.replace(day=1))
    invoice = await db.fetch_one("SELECT id, number FROM invoice")
    assert invoice is not None
    await mark_paid(world.broker, invoice["id"], "BACS 77", clock.today())
    paid, used, held, *_ = (await queries.movements(world.broker, world.emma_isf)).items
    assert paid.about == (f"Invoice {invoice['number']}", f"/invoices/{invoice['id']}")
    assert used.about == held.about == (f"Garden group ({booked.reference})", f"/bookings/{booked.id}")
    assert {used.on, held.on} == {on}
    for name, opens in (
        ("sister", False),
        ("emma_user", False),
        ("finance_officer", False),
        ("broker", True),
    ):
        (seen, *_) = (await queries.movements(world.personas()[name], world.emma_isf)).items
        assert seen.about is not None
        assert (seen.about.href is not None) == opens


@pytest.mark.row("B9")
async def test_line_table_and_words_of_the_page_say_the_same(world: World, client: Client) -> None:
    who, fund_id = world.broker, world.emma_isf
    for days, pence in ((-30, 12_000), (-8, 31_000), (0, 9_000), (20, 7_700)):
        await ledger.hold(who, fund_id, new_id(), Money(pence), clock.today() + timedelta(days=days))
    burn = await queries.burn_down_of(who, await queries.fund(who, fund_id))
    assert burn.standing.kind is BurnKind.AHEAD
    await sign_in(client, who)
    html = (await client.get(f"/funds/{fund_id}")).text
    words = plain(html)
    assert f"{burn.standing.words}. {burn.forecast_words}." in words
    table = words[words.index("By the end of") :]
    for point in burn.points:
        shown = [
            point.name,
            *(str(each) for each in (point.planned, point.used, point.forecast) if each is not None),
        ]
        assert shown[0] in table
        row = table[table.index(shown[0]) :][:90]
        assert all(each in row for each in shown[1:]), f"{shown} is not in {row}"
    known = [point.planned.pence for point in burn.points]
    known += [
        each.pence for point in burn.points for each in (point.used, point.forecast) if each is not None
    ]
    for line, values in (
        ("planned", [point.planned for point in burn.points]),
        ("used", [point.used for point in burn.points if point.used is not None]),
        ("forecast", [point.forecast for point in burn.points if point.forecast is not None]),
    ):
        drawn = re.search(rf'data-line="{line}"[^>]*points="([^"]+)"', html)
        assert drawn is not None
        heights = [float(each.split(",")[1]) for each in drawn[1].split()]
        assert heights == [pytest.approx(220 - 200 * value.pence / max(known), abs=0.06) for value in values]


@pytest.mark.row("SP3")
async def test_a_locked_fund_says_what_it_waits_for(world: World, client: Client) -> None:
    _, fund_id = await world.person_with_locked_fund("Nina New", Route.ISF, "300.00")
    await sign_in(client, world.care_manager)
    words = plain((await client.get(f"/funds/{fund_id}")).text)
    assert "Locked until the plan is agreed" in words
    assert "There is no plan yet." in words
    assert "Nothing can be booked until the plan is agreed." in words
    easy = plain((await client.get(f"/funds/{fund_id}?easy=on")).text)
    assert "This money is locked. It opens when the plan is agreed." in easy


@pytest.mark.row("F3")
async def test_money_in_says_what_came_from_whom_and_what_is_to_come(world: World, client: Client) -> None:
    who, fund_id = world.care_manager, world.emma_isf
    for source, pence, reference in ((Account.FUNDING, 30_000, "a"), (Account.CONTRIBUTION, 2_000, "b")):
        await ledger.pay_in(
            who, fund_id, source, Money(pence), clock.today(), reference=f"test:{reference}", subject_id=None
        )
    await ledger.top_up(who, fund_id, Money(5_000), clock.today(), reference="test:c", subject_id=None)
    await ledger.take_fee(who, fund_id, Money(1_250), clock.today(), reference="test:d", subject_id=None)
    await sign_in(client, world.emma_user)
    words = plain((await client.get(f"/funds/{fund_id}?easy=off")).text)
    for said in (
        "£300.00 is paid in so far by Northshire Council.",
        "£20.00 is paid in so far by Emma Example.",
        "£680.00 is still to come.",
        "£50.00 is Emma Example’s own money on top, which the council can never take.",
        "£12.50 is the fee of Harbour Brokerage",
    ):
        assert said in words
