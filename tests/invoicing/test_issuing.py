"""What was delivered is billed once: by provider, payer and month, whatever happens meanwhile."""

import asyncio
from datetime import date, time

import pytest

from invoicing import queries
from invoicing.documents import InvoiceDocument
from invoicing.jobs import INVOICES
from invoicing.runs.commands import issue_invoices, issue_own_invoices
from invoicing.runs.issued import IssuedRun
from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.bookings.queries import Wish
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Forbidden, Invalid
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import ProviderDraft, create_provider, set_rate
from providers.rules import SellerType, SupportRatio, Terms
from tests.invoicing.delivering import NOVEMBER, attend, booked_before, deliver, november
from tests.providers.vat.registered import registered_for_vat
from tests.world import World, actor_again, make_world, persona


async def document_of(actor: Actor, run: IssuedRun, place: int = 0) -> InvoiceDocument:
    return (await queries.invoice(actor, run.invoices[place].invoice_id)).document


async def numbers() -> list[str]:
    rows = await db.fetch_all("SELECT number FROM invoice ORDER BY number")
    return [row["number"] for row in rows]


@pytest.mark.row("V1")
async def test_each_payer_of_a_provider_gets_one_invoice_for_the_month(december: World) -> None:
    world = december
    activity = await world.activity()
    for day in (6, 13, 20):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    await deliver(world, world.dan_user, world.dan_direct, november(7), activity=activity)
    await deliver(world, world.care_manager, world.emma_managed, november(8), activity=activity)

    run = await issue_invoices(SYSTEM, NOVEMBER)

    told = {invoice.payer_name: (invoice.lines, invoice.total) for invoice in run.invoices}
    assert told == {
        "Harbour Brokerage": (3, Money(11550)),
        "Dan Example": (1, Money(3850)),
        "Northshire Council": (1, Money(3850)),
    }
    assert (run.lines, run.total, run.skipped) == (5, Money(19250), ())
    assert run.words == "3 invoices made: 5 lines, £192.50 in all."
    assert await numbers() == ["PET-2026-000001", "PET-2026-000002", "PET-2026-000003"]


@pytest.mark.row("V1")
async def test_an_invoice_says_who_what_and_when_and_keeps_names_out(december: World) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    run = await issue_invoices(SYSTEM, NOVEMBER)
    document = await document_of(world.broker, run)
    reference = await db.fetch_value("SELECT reference FROM person WHERE id = $1", world.emma)
    assert (document.supplier.name, document.payer.name) == ("Pettypool", "Harbour Brokerage")
    assert (document.period_starts, document.period_ends) == (NOVEMBER, november(30))
    assert (document.issued_on, document.due_on) == (date(2026, 12, 1), date(2026, 12, 31))
    assert [person.person_reference for person in document.people] == [reference]
    assert [line.description for line in document.people[0].lines] == ["Garden group"]
    stored = await db.fetch_value("SELECT document::text || string_agg(description, '') FROM invoice"
                                  " JOIN invoice_line l ON l.invoice_id = invoice.id GROUP BY document")  # fmt: skip
    assert "Emma" not in stored
    letter = await db.fetch_one(
        "SELECT recipient, subject FROM outbox_message WHERE subject LIKE 'Invoice %'"
    )
    assert letter == {
        "recipient": "accounts@harbour.example",
        "subject": "Invoice PET-2026-000001 from Pettypool",
    }
    audited = await db.fetch_value(
        "SELECT subject_id FROM audit_record WHERE action = 'invoice.issued' AND actor_user IS NULL"
    )
    assert audited == run.invoices[0].invoice_id


@pytest.mark.row("V1")
async def test_a_second_run_bills_only_what_came_late(december: World) -> None:
    world = december
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    late = await booked_before(world, world.broker, world.emma_isf, november(13), activity=activity)
    assert (await issue_invoices(SYSTEM, NOVEMBER)).lines == 1
    assert (await issue_invoices(SYSTEM, NOVEMBER)).words == "There was nothing to bill."
    await attend(world.manager, late, november(30))
    further = await issue_invoices(SYSTEM, NOVEMBER)
    assert [invoice.number for invoice in further.invoices] == ["PET-2026-000002"]
    assert await issue_invoices(SYSTEM, NOVEMBER) == IssuedRun()
    assert await db.fetch_value("SELECT count(*) FROM invoice_line") == 2


@pytest.mark.row("V9")
async def test_four_runs_at_once_bill_each_attendance_once_and_leave_no_gap(december: World) -> None:
    world = december
    activity = await world.activity(price="10")
    funds = [world.emma_isf]
    for name in ("Amy A", "Bob B", "Cat C", "Deb D", "Eve E", "Fay F"):
        holder = world.lighthouse if name < "D" else None
        actor_route = Route.DIRECT_PAYMENT if name < "C" else Route.ISF
        _, fund = await world.person_with_fund(name, actor_route, "300", holder=holder)
        funds.append(fund)
    bookings = []
    for place, fund in enumerate(funds):
        actor = await _holder(world, fund)
        bookings += [
            await deliver(world, actor, fund, november(day + place), activity=activity, at=time(9 + place))
            for day in (5, 12)
        ]

    runs = await asyncio.gather(*(issue_invoices(SYSTEM, NOVEMBER) for _ in range(4)))

    billed = await db.fetch_all("SELECT booking_id FROM invoice_line")
    assert sorted(row["booking_id"] for row in billed) == sorted(bookings)
    assert sum(run.lines for run in runs) == len(bookings)
    assert all(run.skipped == () for run in runs)
    made = await numbers()
    assert made == [f"PET-2026-{count:06}" for count in range(1, len(made) + 1)]
    payers = await db.fetch_all("SELECT payer_organisation_id, payer_user_id FROM invoice")
    assert len({tuple(payer.values()) for payer in payers}) == len(payers) == 4
    assert await verify() == []


async def _holder(world: World, fund: object) -> Actor:
    """Whoever may book from a fund: for an organisation's funds, its broker."""
    row = await db.fetch_one("SELECT holder_user_id, holder_organisation_id FROM fund WHERE id = $1", fund)
    assert row is not None
    if row["holder_user_id"]:
        return await actor_again(row["holder_user_id"])
    return world.broker if row["holder_organisation_id"] == world.harbour else world.stranger


@pytest.mark.row("V3")
async def test_each_provider_has_its_own_letters_and_numbers(december: World) -> None:
    world = december
    farm = await create_provider(
        SYSTEM, ProviderDraft(name="Pettypool Farm", seller_type=SellerType.VOLUNTARY)
    )
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", farm)
    farmer = await persona("Fred Farmer", Role.PROVIDER_MANAGER, organisation)
    for manager in (world.manager, farmer):
        activity = await world.activity(manager)
        await deliver(
            world, world.dan_user, world.dan_direct, november(6 if manager is farmer else 7),
            activity=activity, manager=manager,
        )  # fmt: skip
    await issue_invoices(SYSTEM, NOVEMBER)
    assert await numbers() == ["PET-2026-000001", "PETT-2026-000001"]


@pytest.mark.row("V1")
async def test_a_month_begins_and_ends_in_london(database: str) -> None:
    with use_clock(FixedClock(from_wall(date(2026, 6, 1), time(9)))):
        world = await make_world()
    activity = await world.activity()
    # Summer time: half past midnight on 1 July is still 30 June in UTC.
    first = await deliver(
        world, world.dan_user, world.dan_direct, date(2026, 7, 1), activity=activity, at=time(0, 30)
    )
    last = await deliver(
        world, world.dan_user, world.dan_direct, date(2026, 7, 31), activity=activity, at=time(22)
    )
    june = await deliver(
        world, world.dan_user, world.dan_direct, date(2026, 6, 30), activity=activity, at=time(22)
    )
    with use_clock(FixedClock(from_wall(date(2026, 8, 1), time(0, 5)))):
        await issue_invoices(SYSTEM, date(2026, 7, 1))
        assert await _billed() == sorted([first, last])
        await issue_invoices(SYSTEM, date(2026, 6, 1))
        assert await _billed() == sorted([first, last, june])


async def _billed() -> list[object]:
    return sorted(row["booking_id"] for row in await db.fetch_all("SELECT booking_id FROM invoice_line"))


@pytest.mark.row("V2")
async def test_vat_is_taken_from_the_supply_date_and_totalled_by_category(december: World) -> None:
    world = december
    await registered_for_vat(world.pettypool)
    garden, studio = await world.activity(), await world.activity(title="Studio", price="12.75")
    bus = await world.activity(title="Minibus", price="6.20", vat=(VatCategory.ZERO, 0))
    before = await deliver(world, world.broker, world.emma_isf, november(14), activity=studio)
    booked = await booked_before(world, world.broker, world.emma_isf, november(16), activity=studio)
    await deliver(world, world.broker, world.emma_isf, november(9), activity=garden)
    await deliver(world, world.broker, world.emma_isf, november(10), activity=bus)
    # The studio must charge VAT from the 15th on, and the booking for the 16th was made before that was known.
    with use_clock(FixedClock(from_wall(november(15), time(12)))):
        await set_rate(world.manager, studio, november(15), Money(1275), VatCategory.STANDARD, 2000)
    await attend(world.manager, booked, november(16))

    document = await document_of(world.broker, await issue_invoices(SYSTEM, NOVEMBER))

    told = {
        row.category: (row.taxable.pence, row.vat.pence, row.gross.pence) for row in document.vat.categories
    }
    assert told == {
        VatCategory.EXEMPT: (3850 + 1275, 0, 3850 + 1275),
        VatCategory.STANDARD: (1063, 212, 1275),
        VatCategory.ZERO: (620, 0, 620),
    }
    assert document.vat.gross == Money(3850 + 1275 + 1275 + 620)
    lines = await db.fetch_all("SELECT booking_id, vat_category, net_pence, gross_pence FROM invoice_line")
    by_booking = {row["booking_id"]: tuple(row.values())[1:] for row in lines}
    assert by_booking[before] == ("exempt", 1275, 1275)
    assert by_booking[booked] == ("standard", 1063, 1275)


@pytest.mark.row("V2", "P6")
async def test_the_vat_of_the_booked_ratio_counts_not_that_of_the_usual_one(december: World) -> None:
    world = december
    await registered_for_vat(world.pettypool)
    one, garden = SupportRatio.ONE_TO_ONE, await world.activity()
    await set_rate(world.manager, garden, world.starts_on, Money(6000), VatCategory.EXEMPT, ratio=one)
    with use_clock(FixedClock(from_wall(november(12), time(12)))):
        session = await world.session(garden, day=november(16))
        booked = await book(world.broker, session, world.emma_isf, wish=Wish(one))
        usual = await book(world.dan_user, session, world.dan_direct)
        # Its own rate charges VAT from the 15th on; that of the group never does.
        await set_rate(
            world.manager, garden, november(15), Money(6000), VatCategory.STANDARD, 2000, ratio=one
        )
    for each in (booked, usual):
        await attend(world.manager, each.id, november(16))
    await issue_invoices(SYSTEM, NOVEMBER)
    lines = await db.fetch_all("SELECT booking_id, vat_category, net_pence, gross_pence FROM invoice_line")
    assert {row["booking_id"]: tuple(row.values())[1:] for row in lines} == {
        booked.id: ("standard", 5000, 6000),
        usual.id: ("exempt", 3850, 3850),
    }


@pytest.mark.row("V2")
async def test_nothing_is_billed_with_vat_until_the_vat_number_is_known(december: World) -> None:
    world = december
    activity = await world.activity(vat=(VatCategory.STANDARD, 2000))
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    run = await issue_own_invoices(world.manager, NOVEMBER)
    assert run.invoices == ()
    assert "has no VAT number" in run.words
    assert await db.fetch_value("SELECT count(*) FROM claim") == 0
    await registered_for_vat(world.pettypool)
    again = await issue_own_invoices(world.manager, NOVEMBER)
    assert [invoice.number for invoice in again.invoices] == ["PET-2026-000001"]


@pytest.mark.row("V1")
async def test_who_did_not_come_is_billed_by_the_terms_and_a_free_session_is_not(december: World) -> None:
    world = december
    half, free = await world.activity(), await world.activity(terms=Terms(48, 0))
    missed = await deliver(
        world, world.broker, world.emma_isf, november(6), activity=half, outcome=Outcome.ABSENT
    )
    await deliver(world, world.broker, world.emma_isf, november(7), activity=free, outcome=Outcome.ABSENT)
    await booked_before(world, world.broker, world.emma_isf, november(8), activity=half)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    lines = await db.fetch_all(
        "SELECT booking_id, gross_pence, description, allowance_gross_pence FROM invoice_line"
    )
    assert lines == [
        {
            "booking_id": missed,
            "gross_pence": 1925,
            "description": "Garden group (did not come)",
            "allowance_gross_pence": 1925,
        }
    ]
    assert run.total == Money(1925)


@pytest.mark.row("V1")
async def test_the_job_bills_every_month_that_is_over_and_a_named_month_when_asked(december: World) -> None:
    world = december
    activity = await world.activity()
    october = date(2026, 10, 20)
    for day in (october, november(6)):
        await deliver(world, world.broker, world.emma_isf, day, activity=activity)
    today = date(2026, 12, 1)
    await deliver(world, world.broker, world.emma_isf, today, activity=activity)
    assert await INVOICES.run() == "2 invoices made: 2 lines, £77.00 in all."
    periods = await db.fetch_all("SELECT period_starts FROM invoice ORDER BY number")
    assert [row["period_starts"] for row in periods] == [date(2026, 10, 1), NOVEMBER]
    assert await INVOICES.run() == "There was nothing to bill."
    assert await INVOICES.run(today) == "1 invoice made: 1 line, £38.50 in all."


async def test_a_month_that_has_not_begun_cannot_be_billed(december: World) -> None:
    with pytest.raises(Invalid):
        await issue_invoices(SYSTEM, date(2027, 1, 1))


@pytest.mark.row("V1")
async def test_a_provider_bills_only_what_it_delivered_itself(december: World) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    theirs = await world.activity(world.other_manager)
    await deliver(
        world, world.dan_user, world.dan_direct, november(7), activity=theirs, manager=world.other_manager
    )
    run = await issue_own_invoices(world.other_manager, NOVEMBER)
    assert [invoice.number for invoice in run.invoices] == ["1ST-2026-000001"]
    with pytest.raises(Forbidden):
        await issue_own_invoices(world.broker, NOVEMBER)
