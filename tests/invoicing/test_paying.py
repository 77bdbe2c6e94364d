"""An invoice is paid once, by its payer, and every fund on it follows."""

import asyncio
from datetime import date

import pytest

from invoicing import queries
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.queries import Show, Tally
from invoicing.runs.commands import issue_invoices
from invoicing.runs.issued import Issued
from invoicing.waiting import unbilled_lines, unbilled_months
from isf.ledger.verify import verify
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World, balances

PAID_ON = date(2026, 12, 1)


async def issued(world: World) -> dict[str, Issued]:
    """One session on each route, billed; the invoices by payer."""
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    await deliver(world, world.dan_user, world.dan_direct, november(7), activity=activity)
    await deliver(world, world.care_manager, world.emma_managed, november(8), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    return {invoice.payer_name: invoice for invoice in run.invoices}


@pytest.mark.row("V1")
async def test_paying_moves_what_is_to_be_paid_to_paid_in_every_fund_once(december: World) -> None:
    world = december
    _, amy = await world.person_with_fund("Amy A", Route.ISF, "300")
    activity = await world.activity()
    for fund, day in ((world.emma_isf, 6), (world.emma_isf, 7), (amy, 8)):
        await deliver(world, world.broker, fund, november(day), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    (invoice,) = run.invoices
    assert (await balances(world.emma_isf))["payable"] == 7700

    paid = await mark_paid(world.broker, invoice.invoice_id, " BACS 4711 ", PAID_ON)

    assert (paid.state, paid.payment_reference, paid.paid_on) == ("paid", "BACS 4711", PAID_ON)
    for fund, pence in ((world.emma_isf, 7700), (amy, 3850)):
        money = await balances(fund)
        assert (money["payable"], money["paid"], money["committed"]) == (0, pence, 0)
    letter = await db.fetch_one("SELECT recipient, subject FROM outbox_message WHERE subject LIKE 'Paid: %'")
    assert letter == {"recipient": "bookings@pettypool.example", "subject": "Paid: invoice PET-2026-000001"}
    audited = await db.fetch_one(
        "SELECT actor_user, subject_id FROM audit_record WHERE action = 'invoice.paid'"
    )
    assert audited == {"actor_user": world.broker.user_id, "subject_id": invoice.invoice_id}
    assert await verify() == []


@pytest.mark.row("V9")
async def test_the_same_reference_again_pays_nothing_and_another_is_refused(december: World) -> None:
    world = december
    invoice = (await issued(world))["Harbour Brokerage"].invoice_id
    first = await mark_paid(world.broker, invoice, "BACS 4711", PAID_ON)
    assert await mark_paid(world.broker, invoice, "BACS 4711", PAID_ON) == first
    with pytest.raises(StateConflict, match="it was paid on 1 December 2026 with the reference BACS 4711"):
        await mark_paid(world.broker, invoice, "BACS 4712", PAID_ON)
    assert (await balances(world.emma_isf))["paid"] == 3850


@pytest.mark.row("V9")
async def test_two_payments_at_the_same_moment_count_once(december: World) -> None:
    world = december
    invoice = (await issued(world))["Harbour Brokerage"].invoice_id
    tries = [
        mark_paid(world.broker, invoice, reference, PAID_ON) for reference in ("ONE", "TWO", "ONE", "TWO")
    ]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, StateConflict)]
    paid = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert (len(refused), len(paid)) == (2, 2)
    assert (await balances(world.emma_isf))["paid"] == 3850
    assert await db.fetch_value("SELECT count(*) FROM journal WHERE kind = 'settle'") == 1


@pytest.mark.row("V1")
async def test_each_payer_pays_their_own(december: World) -> None:
    world = december
    made = await issued(world)
    await mark_paid(world.dan_user, made["Dan Example"].invoice_id, "From Dan", PAID_ON)
    await mark_paid(world.finance_officer, made["Northshire Council"].invoice_id, "RUN 12", PAID_ON)
    await mark_paid(world.broker, made["Harbour Brokerage"].invoice_id, "BACS 1", PAID_ON)
    for fund in (world.emma_isf, world.emma_managed, world.dan_direct):
        assert (await balances(fund))["paid"] == 3850


@pytest.mark.row("V1")
async def test_nobody_else_can_say_that_an_invoice_is_paid(december: World) -> None:
    world = december
    made = await issued(world)
    harbour, council = made["Harbour Brokerage"].invoice_id, made["Northshire Council"].invoice_id
    refused: list[tuple[Actor, object, type[Exception]]] = [
        (world.manager, harbour, Forbidden),
        (world.stranger, harbour, NotFound),
        (world.dan_user, harbour, NotFound),
        (world.finance_officer, harbour, NotFound),
        (world.care_manager, council, Forbidden),
        (world.monitoring_officer, council, Forbidden),
        (world.broker, council, NotFound),
        (world.emma_user, made["Dan Example"].invoice_id, NotFound),
    ]
    for actor, invoice, error in refused:
        with pytest.raises(error):
            await mark_paid(actor, invoice, "X", PAID_ON)  # type: ignore[arg-type]
    assert await db.fetch_value("SELECT count(*) FROM invoice WHERE state = 'paid'") == 0


@pytest.mark.parametrize(
    ("reference", "day", "field"),
    [("  ", PAID_ON, "payment_reference"), ("R" * 101, PAID_ON, "payment_reference"),
     ("R", date(2026, 12, 2), "paid_on"), ("R", date(2026, 11, 30), "paid_on")],
)  # fmt: skip
async def test_a_payment_has_a_reference_and_a_day_between_invoice_and_today(
    december: World, reference: str, day: date, field: str
) -> None:
    invoice = (await issued(december))["Harbour Brokerage"].invoice_id
    with pytest.raises(Invalid) as refusal:
        await mark_paid(december.broker, invoice, reference, day)
    assert set(refusal.value.fields) == {field}


@pytest.mark.row("V1")
async def test_the_figures_at_the_top_are_the_sums_of_the_rows_they_lead_to(december: World) -> None:
    world = december
    made = await issued(world)
    await mark_paid(world.dan_user, made["Dan Example"].invoice_id, "From Dan", PAID_ON)
    await deliver(world, world.broker, world.emma_isf, november(20))
    seller = await queries.tallies(world.manager)
    assert seller == {
        Show.TO_BE_BILLED: Tally(1, Money(3850)),
        Show.BILLED: Tally(2, Money(7700)),
        Show.QUERIED: Tally(0, ZERO),
        Show.RECEIVED: Tally(1, Money(3850)),
    }
    for show in (Show.BILLED, Show.RECEIVED):
        listing = await queries.listing(world.manager, show)
        assert listing.whole == seller[show]
        assert sum(row["part_pence"] for row in listing.rows) == seller[show].total.pence
    (month,) = await unbilled_months(world.manager)
    assert (month.month, month.count, month.payers, month.total) == (NOVEMBER, 1, 1, Money(3850))
    assert [row["charge_pence"] for row in await unbilled_lines(world.manager, NOVEMBER)] == [3850]
    nothing, one = Tally(0, ZERO), Tally(1, Money(3850))
    none = {Show.TO_PAY: nothing, Show.TO_CHECK: nothing, Show.PAID: nothing}
    assert await queries.tallies(world.dan_user) == none | {Show.PAID: one}
    assert await queries.tallies(world.broker) == none | {Show.TO_PAY: one}
    assert await queries.tallies(world.monitoring_officer) == await queries.tallies(world.finance_officer)
    assert await queries.tallies(world.stranger) == none
