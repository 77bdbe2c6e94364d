"""What the database itself refuses about invoices, whoever asks: change, gaps, doubles, self-payment."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from invoicing.rules import InHouseInvoice
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.commands import record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict
from marketplace.kernel.ids import NOBODY, new_id
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World

_INVOICE = (
    "INSERT INTO invoice (id, number, provider_id, payer_organisation_id, period_starts, period_ends, issued_on,"
    " due_on, net_pence, vat_pence, gross_pence, document) SELECT $1, $2, provider_id, $3, '2026-11-01', '2026-11-30',"
    " '2026-12-01', '2026-12-31', price_pence, 0, price_pence, '{}' FROM booking WHERE id = $4"
)
_LINE = (
    "INSERT INTO invoice_line (id, invoice_id, position, booking_id, fund_id, council_id, route, owner_council_id,"
    " description, service_on, net_pence, gross_pence, vat_category, vat_rate_basis_points)"
    " SELECT gen_random_uuid(), $1, 1, id, coalesce($3, fund_id), council_id, coalesce($4, route),"
    " coalesce($5, owner_council_id), 'by hand', service_on, price_pence, price_pence, 'exempt', 0"
    " FROM booking WHERE id = $2"
)


async def by_hand(
    world: World,
    booking: UUID,
    *,
    fund: UUID | None = None,
    route: str | None = None,
    owner: UUID | None = None,
    claim: str = "invoice",
) -> None:
    """An invoice of one line as somebody with SQL would write it, with the facts of the line as told."""
    invoice = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO claim (booking_id, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING", booking, claim
        )
        await db.execute(_INVOICE, invoice, f"HAND-{invoice}"[:40], world.harbour, booking)
        await db.execute(_LINE, invoice, booking, fund, route, owner)


@pytest.mark.row("V3")
async def test_an_issued_invoice_is_never_changed_or_deleted(december: World) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    await issue_invoices(SYSTEM, NOVEMBER)
    before = await db.fetch_all("SELECT * FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id")
    for change in (
        "UPDATE invoice SET gross_pence = 1, net_pence = 1",
        "UPDATE invoice SET number = 'PET-2026-000009'",
        "UPDATE invoice SET document = '{}'",
        "UPDATE invoice SET state = 'paid', paid_on = '2026-12-02', payment_reference = 'x', due_on = '2027-01-31'",
        "DELETE FROM invoice",
        "UPDATE invoice_line SET gross_pence = 1, net_pence = 1",
        "UPDATE invoice_line SET description = 'something else'",
        "DELETE FROM invoice_line",
        "TRUNCATE invoice_line CASCADE",
        "TRUNCATE invoice CASCADE",
        "DELETE FROM claim",
        "UPDATE claim SET kind = 'card'",
        "UPDATE invoice_series SET prefix = 'ABC'",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(change)
    assert await db.fetch_all("SELECT * FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id") == before


@pytest.mark.row("V3")
async def test_no_line_is_added_to_an_issued_invoice_and_none_is_empty(december: World) -> None:
    world = december
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    late = await deliver(world, world.broker, world.emma_isf, november(7), activity=activity)
    invoice = run.invoices[0].invoice_id
    await db.execute("INSERT INTO claim (booking_id, kind) VALUES ($1, 'invoice')", late)
    with pytest.raises(asyncpg.CheckViolationError, match="do not add up"):
        await db.execute(_LINE.replace("$1, 1,", "$1, 2,"), invoice, late, None, None, None)
    with pytest.raises(asyncpg.CheckViolationError, match="do not add up"):
        await db.execute(_INVOICE, new_id(), "HAND-1", world.harbour, late)


@pytest.mark.row("V3")
async def test_a_billed_attendance_cannot_be_changed_but_its_note_can(december: World) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    await issue_invoices(SYSTEM, NOVEMBER)
    with pytest.raises(Conflict, match="already on an invoice"):
        await record_attendance(world.manager, booking, Outcome.ABSENT)
    for change in ("UPDATE attendance SET charge_pence = 1", "DELETE FROM attendance"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(change)
    await record_attendance(world.manager, booking, Outcome.ATTENDED, "Left at 14:30")
    kept = await db.fetch_one("SELECT outcome, charge_pence, note FROM attendance")
    assert kept == {"outcome": "attended", "charge_pence": 3850, "note": "Left at 14:30"}
    assert await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking) == "delivered"
    assert await verify() == []


@pytest.mark.row("V1")
async def test_a_correction_that_meets_a_run_is_billed_or_refused_but_never_half(december: World) -> None:
    world = december
    activity = await world.activity()
    bookings = [
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
        for day in (6, 7, 8, 9, 10, 11)
    ]

    async def correct(booking: UUID) -> None:
        try:
            await record_attendance(world.manager, booking, Outcome.ABSENT)
        except Conflict as refusal:
            assert "already on an invoice" in refusal.message

    await asyncio.gather(issue_invoices(SYSTEM, NOVEMBER), *(correct(booking) for booking in bookings))
    await issue_invoices(SYSTEM, NOVEMBER)
    wrong = await db.fetch_all(
        "SELECT * FROM invoice_line l FULL JOIN attendance t ON t.booking_id = l.booking_id"
        " WHERE l.gross_pence IS DISTINCT FROM t.charge_pence"
    )
    assert wrong == []
    assert await verify() == []


@pytest.mark.row("V3")
async def test_a_run_that_is_killed_in_the_middle_leaves_no_gap_and_loses_nothing(
    december: World, database: str
) -> None:
    world = december
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    await deliver(world, world.dan_user, world.dan_direct, november(7), activity=activity)
    other = await asyncpg.connect(database)
    try:
        # The run takes its number and then waits at its lines, where its connection is cut.
        holding = other.transaction()
        await holding.start()
        await other.execute("LOCK TABLE invoice_line IN SHARE MODE")
        run = asyncio.create_task(issue_invoices(SYSTEM, NOVEMBER))
        while not await db.fetch_value(  # noqa: ASYNC110
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%invoice_line%'"
        ):
            await asyncio.sleep(0.01)  # only PostgreSQL knows when it waits
        await holding.rollback()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await run
    finally:
        await other.close()
    assert await db.fetch_value("SELECT count(*) FROM claim") == 0
    assert (await issue_invoices(SYSTEM, NOVEMBER)).lines == 2
    rows = await db.fetch_all("SELECT number FROM invoice ORDER BY number")
    assert [row["number"] for row in rows] == ["PET-2026-000001", "PET-2026-000002"]


@pytest.mark.row("V8")
async def test_no_invoice_to_the_council_for_its_own_service_from_a_personal_budget(december: World) -> None:
    world = december
    activity = await world.activity(world.in_house_manager)
    own = await deliver(
        world, world.care_manager, world.emma_managed, november(6), activity=activity, manager=world.in_house_manager
    )  # fmt: skip
    isf = await deliver(world, world.broker, world.emma_isf, november(7))
    for facts in (
        {"fund": world.emma_isf, "route": "isf"},
        {"route": "isf"},
        {"fund": world.emma_isf, "route": "isf", "owner": NOBODY},
        {"owner": NOBODY},
    ):
        with pytest.raises((InHouseInvoice, asyncpg.IntegrityConstraintViolationError)):
            await by_hand(world, own, **facts)
    with pytest.raises((InHouseInvoice, asyncpg.IntegrityConstraintViolationError)):
        await by_hand(world, isf, owner=world.council)
    assert await db.fetch_value("SELECT count(*) FROM invoice_line") == 0
    # What the council arranges with its own money is invoiced to the council.
    run = await issue_invoices(SYSTEM, NOVEMBER, provider_id=world.vivo)
    assert [(invoice.payer_name, invoice.lines) for invoice in run.invoices] == [("Northshire Council", 1)]


@pytest.mark.row("V8")
async def test_ownership_cannot_be_backdated_over_what_a_personal_budget_was_billed(december: World) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    await issue_invoices(SYSTEM, NOVEMBER)
    with pytest.raises(Conflict):  # noqa: PT012
        async with db.unit_of_work():
            # A cancelled booking is let pass by its own check: the line still refuses.
            await db.execute("UPDATE booking SET state = 'cancelled'")
            await db.execute(
                "INSERT INTO ownership (id, provider_id, council_id, starts_on) VALUES ($1, $2, $3, '2026-11-01')",
                new_id(),
                world.pettypool,
                world.council,
            )


@pytest.mark.row("V8")
async def test_what_a_council_would_owe_itself_is_left_out_of_the_run(december: World) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    await db.execute("UPDATE booking SET state = 'cancelled'")
    await db.execute(
        "INSERT INTO ownership (id, provider_id, council_id, starts_on) VALUES ($1, $2, $3, '2026-11-01')",
        new_id(),
        world.pettypool,
        world.council,
    )
    run = await issue_invoices(SYSTEM, NOVEMBER)
    assert (run.invoices, run.skipped) == ((), ())


@pytest.mark.row("V9")
async def test_what_a_card_has_paid_is_on_no_invoice(december: World) -> None:
    world = december
    booking = await deliver(world, world.dan_user, world.dan_direct, november(6))
    await db.execute("INSERT INTO claim (booking_id, kind) VALUES ($1, 'card')", booking)
    assert (await issue_invoices(SYSTEM, NOVEMBER)).invoices == ()
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="not claimed by an invoice"):
        await by_hand(world, booking)
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("INSERT INTO claim (booking_id, kind) VALUES ($1, 'invoice')", booking)


@pytest.mark.row("V9")
async def test_what_is_on_an_invoice_cannot_be_claimed_by_a_card_or_billed_again(december: World) -> None:
    world = december
    booking = await deliver(world, world.dan_user, world.dan_direct, november(6))
    await issue_invoices(SYSTEM, NOVEMBER)
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("INSERT INTO claim (booking_id, kind) VALUES ($1, 'card')", booking)
    with pytest.raises(Conflict, match="on an invoice already"):
        await by_hand(world, booking)
