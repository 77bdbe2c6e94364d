"""A billing run: seen before it is made, made in steps, taken up where it stopped, and kept (rows V1, V3)."""

import asyncio
from datetime import date, time

import httpx
import pytest

from invoicing import billing
from invoicing.purchase_orders.commands import record_order
from invoicing.purchase_orders.rules import OrderDraft
from invoicing.runs import commands, queries
from invoicing.runs.commands import begin, bill, resume_runs, work_on
from invoicing.runs.issued import IssuedRun
from invoicing.runs.rules import Scope, month_scope
from isf.ledger.verify import verify
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from tests.asking import sign_in, words_of
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.invoicing.runs.pressing import press
from tests.world import World, actor_again

pytestmark = pytest.mark.row("V1")

WHOLE = month_scope(NOVEMBER)


async def _payers(world: World, many: int) -> None:
    """So many direct payment holders, each with one session in November."""
    activity = await world.activity(price="10")
    for number in range(many):
        _, fund = await world.person_with_fund(f"P{number} Payer", Route.DIRECT_PAYMENT, "100")
        holder = await db.fetch_value("SELECT holder_user_id FROM fund WHERE id = $1", fund)
        await deliver(
            world, await actor_again(holder), fund, november(5), activity=activity, at=time(8 + number)
        )


async def test_the_preview_is_exactly_what_is_made(december: World) -> None:
    world = december
    garden = await world.activity()
    vat = await world.activity(title="Studio", price="12.00", vat=(VatCategory.STANDARD, 2000))
    for day in (6, 13):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=garden)
    await deliver(world, world.care_manager, world.emma_managed, november(8), activity=garden)
    # Without a VAT number this one cannot be billed; the rest of the payer's month waits for nothing.
    await deliver(world, world.dan_user, world.dan_direct, november(9), activity=vat)

    seen = await queries.preview(world.manager, WHOLE)
    assert [(draft.between.payer_name, len(draft.delivered), draft.gross) for draft in seen.drafts] == [
        ("Harbour Brokerage", 2, Money(7700)),
        ("Northshire Council", 1, Money(3850)),
    ]
    assert [(left.payer_name, left.lines, left.gross) for left in seen.left_out] == [
        ("Dan Example", 1, Money(1200))
    ]
    assert "has no VAT number" in seen.left_out[0].because
    assert await db.fetch_value("SELECT count(*) FROM claim") == 0

    made = await bill(world.manager, seen.scope)
    assert [(each.payer_name, each.lines, each.total) for each in made.invoices] == [
        (draft.between.payer_name, len(draft.delivered), draft.gross) for draft in seen.drafts
    ]
    assert list(made.skipped) == seen.left_out
    assert (await queries.preview(world.manager, WHOLE)).drafts == []


async def test_a_run_covers_any_days_and_one_payer(december: World) -> None:
    world = december
    activity = await world.activity()
    for day in (2, 8, 9):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    await deliver(world, world.dan_user, world.dan_direct, november(3), activity=activity)
    week = Scope(november(2), november(8), payer_id=world.harbour)
    made = await bill(world.manager, week)
    assert [(each.payer_name, each.lines) for each in made.invoices] == [("Harbour Brokerage", 2)]
    row = await db.fetch_one("SELECT period_starts, period_ends FROM invoice")
    assert row == {"period_starts": november(2), "period_ends": november(8)}
    rest = await bill(world.manager, WHOLE)
    assert sorted(each.payer_name for each in rest.invoices) == ["Dan Example", "Harbour Brokerage"]
    for wrong in (
        Scope(november(8), november(2)),
        Scope(date(2025, 1, 1), november(2)),
        Scope(date(2027, 1, 1), date(2027, 1, 2)),
    ):
        with pytest.raises(Invalid):
            await bill(world.manager, wrong)


async def test_an_order_stands_on_its_invoices_and_groups_them(december: World) -> None:
    world = december
    activity = await world.activity()
    await record_order(
        world.broker, world.pettypool, OrderDraft("PO-1", november(1), november(10), Money(5000))
    )
    await record_order(world.broker, world.pettypool, OrderDraft("PO-2", november(11)))
    for day in (6, 12, 13):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    made = await bill(SYSTEM, WHOLE)
    rows = await db.fetch_all(
        "SELECT po.number, i.gross_pence, i.document ->> 'purchase_order' AS printed"
        "  FROM invoice i JOIN purchase_order po ON po.id = i.purchase_order_id ORDER BY 1"
    )
    assert rows == [
        {"number": "PO-1", "gross_pence": 3850, "printed": "PO-1"},
        {"number": "PO-2", "gross_pence": 7700, "printed": "PO-2"},
    ]
    assert len(made.invoices) == 2
    # £11.50 is left of the first: the next session on it waits, and says why.
    await deliver(world, world.broker, world.emma_isf, november(7), activity=activity)
    beyond = await bill(SYSTEM, WHOLE)
    assert beyond.invoices == ()
    assert "it comes to £38.50 and purchase order PO-1 has £11.50 left" in beyond.skipped[0].because
    assert await db.fetch_value("SELECT count(*) FROM claim") == 3


async def test_a_run_that_was_stopped_goes_on_without_loss(
    december: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = december
    monkeypatch.setattr(commands, "STEP", 2)
    await _payers(world, 5)
    run_id = await begin(world.manager, await _own(world))
    assert run_id is not None
    await work_on(world.manager, run_id, steps=1)
    half = await queries.run(world.manager, run_id)
    assert (half.running, half.row["lines_made"], half.row["lines_expected"]) == (True, 2, 5)
    assert await resume_runs() == 0, "it moved a moment ago"
    with use_clock(FixedClock(from_wall(date(2026, 12, 1), time(9, 3)))):
        assert await resume_runs() == 1
    whole = await queries.run(world.manager, run_id)
    assert (whole.running, whole.row["invoices"], whole.row["gross_pence"]) == (False, 5, 5000)
    assert await work_on(world.manager, run_id) == IssuedRun()
    assert await verify() == []


async def test_its_page_says_how_far_it_is_and_asks_again_only_while_it_is_at_work(
    december: World, monkeypatch: pytest.MonkeyPatch, visitor: httpx.AsyncClient
) -> None:
    world = december
    monkeypatch.setattr(commands, "STEP", 2)
    await _payers(world, 3)
    run_id = await begin(world.manager, await _own(world))
    assert run_id is not None
    await work_on(world.manager, run_id, steps=1)
    await sign_in(visitor, world.manager)
    address = f"/invoices/runs/{run_id}"
    at_work = (await visitor.get(address)).text
    assert 'role="status" id="progress" data-follow="3"' in at_work
    assert 'max="3" value="2"' in at_work
    assert "2 of about 3 lines so far, on 2 invoices" in at_work
    assert "Look again" in at_work
    await work_on(world.manager, run_id)
    done = (await visitor.get(address)).text
    assert "It is done. It made 3 invoices." in done
    assert "data-follow=" not in done
    assert "Look again" not in done


async def test_sellers_are_billed_side_by_side_each_with_numbers_of_its_own(
    december: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = december
    monkeypatch.setattr(commands, "STEP", 1)
    await _payers(world, 3)
    other = await world.activity(world.other_manager, title="Music", price="20")
    for day in (6, 7):
        await deliver(
            world,
            world.broker,
            world.emma_isf,
            november(day),
            activity=other,
            manager=world.other_manager,
        )
    made = await bill(SYSTEM, WHOLE)
    assert (len(made.invoices), made.lines, made.skipped) == (4, 5, ())
    rows = await db.fetch_all("SELECT number FROM invoice ORDER BY number")
    assert [row["number"][-6:] for row in rows] == ["000001", "000001", "000002", "000003"]
    told = await db.fetch_one("SELECT state, invoices_made, lines_made FROM billing_run")
    assert told == {"state": "done", "invoices_made": 4, "lines_made": 5}
    assert await verify() == []


async def test_books_that_began_empty_are_not_read_whole_for_each_line(december: World) -> None:
    """A session keeps the plans that it made for empty tables: a month billed by it must not suffer from them."""
    await _payers(december, 8)
    async with db.unit_of_work():
        await db.execute("ANALYZE claim, invoice, invoice_line, bill_again")
        made = await bill(SYSTEM, WHOLE)
        await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        scans = await db.fetch_value(
            "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'invoice_line'"
        )
    assert made.lines == 8
    assert scans < 8


async def _own(world: World) -> Scope:
    return Scope(WHOLE.starts_on, WHOLE.ends_on, world.pettypool)


@pytest.mark.row("V3")
@pytest.mark.row("V9")
async def test_two_that_work_on_one_run_and_a_second_run_make_everything_once(
    december: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = december
    monkeypatch.setattr(commands, "STEP", 2)
    await _payers(world, 6)
    first, second = await begin(SYSTEM, WHOLE), await begin(world.manager, await _own(world))
    assert first
    assert second
    await asyncio.gather(
        work_on(SYSTEM, first), work_on(SYSTEM, first), work_on(world.manager, second), bill(SYSTEM, WHOLE)
    )
    rows = await db.fetch_all("SELECT number, run_id FROM invoice ORDER BY number")
    assert [row["number"] for row in rows] == [f"PET-2026-{count:06}" for count in range(1, 7)]
    told = await db.fetch_all("SELECT state, invoices_made, lines_made, gross_pence FROM billing_run")
    assert {row["state"] for row in told} == {"done"}
    assert sum(row["invoices_made"] for row in told) == sum(row["lines_made"] for row in told) == 6
    assert sum(row["gross_pence"] for row in told) == 6000


async def test_each_side_sees_its_own_part_of_a_run(december: World) -> None:
    world = december
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    await deliver(world, world.care_manager, world.emma_managed, november(8), activity=activity)
    await bill(SYSTEM, WHOLE)
    run_id = await db.fetch_value("SELECT id FROM billing_run")
    told = {
        name: (await queries.run(actor, run_id)).row["gross_pence"]
        for name, actor in (
            ("seller", world.manager), ("holder", world.broker), ("council", world.finance_officer),
        )
    }  # fmt: skip
    assert told == {"seller": 7700, "holder": 3850, "council": 3850}
    for stranger in (world.stranger, world.other_manager):
        assert await queries.runs(stranger) == []
        with pytest.raises(NotFound):
            await queries.run(stranger, run_id)
    with pytest.raises(Forbidden):
        await queries.preview(world.broker, WHOLE)


async def test_what_changed_since_the_preview_is_shown_again(
    december: World, visitor: httpx.AsyncClient
) -> None:
    world = december
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    await sign_in(visitor, world.manager)
    seen = "/invoices/preview?starts_on=2026-11-01&ends_on=2026-11-30"
    shown = (await visitor.get(seen)).text
    await deliver(world, world.broker, world.emma_isf, november(13), activity=activity)
    old = shown.split('name="fingerprint" value="')[1].split('"')[0]
    token = shown.split('name="_csrf_token" value="')[1].split('"')[0]
    answer = await visitor.post(
        "/invoices/runs",
        data={"_csrf_token": token, "starts_on": "2026-11-01", "ends_on": "2026-11-30", "fingerprint": old},
    )
    assert answer.status_code == 409
    assert "something changed since you looked" in answer.text
    assert await db.fetch_value("SELECT count(*) FROM invoice") == 0
    made = await press(visitor, seen, "/invoices/runs")
    said = await words_of(visitor, made.headers["location"])
    assert "1 invoice made: 2 lines, £77.00 in all" in said
    assert "1 invoice, together £77.00" in said
    assert (await billing.batches(WHOLE)) == []
    assert "November 2026" in await words_of(visitor, "/invoices/runs")


async def test_a_program_previews_and_bills(december: World, visitor: httpx.AsyncClient) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    with use_clock(FixedClock(from_wall(date(2026, 12, 1), time(9)))):
        manager = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    days = {"starts_on": "2026-11-01", "ends_on": "2026-11-30"}
    seen = (await visitor.get("/api/v1/billing-runs/preview", params=days, headers=manager)).json()
    assert [each["gross_pence"] for each in seen["invoices"]] == [3850]
    other = await visitor.post("/api/v1/billing-runs", headers=manager, json=days | {"fingerprint": "x"})
    assert other.status_code == 409
    made = await visitor.post(
        "/api/v1/billing-runs", headers=manager, json=days | {"fingerprint": seen["fingerprint"]}
    )
    assert (made.json()["state"], made.json()["invoices"], made.json()["gross_pence"]) == ("done", 1, 3850)
    again = await visitor.post("/api/v1/billing-runs", headers=manager, json=days)
    assert again.json() is None
    runs = (await visitor.get("/api/v1/billing-runs", headers=manager)).json()
    assert [run["id"] for run in runs] == [made.json()["id"]]
