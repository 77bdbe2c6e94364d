"""Self-billing: without an agreement nobody writes another's invoice, and with one the supplier writes none."""

import asyncio
import json
from datetime import date, time
from uuid import UUID

import pytest

from invoicing.credits import queries as credit_notes
from invoicing.credits.words import credit_words
from invoicing.invoice_document import from_stored
from invoicing.runs.commands import issue_invoices, issue_own_invoices, self_bill
from invoicing.self_billing import commands, queries
from invoicing.self_billing.rules import AgreementOverlaps, Dates, VatNumberChanged
from invoicing.ubl.writer import ubl_credit_note, ubl_invoice
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from tests.invoicing.credits.crediting import credit_booking
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.invoicing.self_billing.agreed import agreed, proposed
from tests.invoicing.ubl.official_rules import against_schema, broken_rules
from tests.world import World

pytestmark = pytest.mark.row("V6")

NEW_NUMBER = "GB123456789"


async def two_payers(world: World) -> None:
    """Pettypool delivered to Emma on the ISF holder's money, and on the council's."""
    activity = await world.activity()
    for day in (6, 13):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    await deliver(world, world.care_manager, world.emma_managed, november(8), activity=activity)


async def register_for_vat(world: World, starts_on: date, number: str = NEW_NUMBER) -> None:
    await db.execute(
        "UPDATE vat_registration SET ends_on = $2 WHERE provider_id = $1 AND (ends_on IS NULL OR ends_on > $2)",
        world.pettypool,
        starts_on,
    )
    await db.execute(
        "INSERT INTO vat_registration (id, provider_id, vat_number, starts_on)"
        " VALUES (gen_random_uuid(), $1, $2, $3)",
        world.pettypool,
        number,
        starts_on,
    )


async def test_the_payer_writes_in_its_own_series_and_the_supplier_is_refused(december: World) -> None:
    await two_payers(december)
    await agreed(december, december.broker)
    own = await issue_own_invoices(december.manager, NOVEMBER)
    assert [(each.payer_name, each.lines) for each in own.invoices] == [("Northshire Council", 1)]
    assert "Harbour Brokerage writes your invoices" in own.words
    written = await self_bill(december.broker, NOVEMBER)
    assert [(each.number, each.lines, each.total.pence) for each in written.invoices] == [
        ("HAR-PET-2026-000001", 2, 7700)
    ]
    assert (await self_bill(december.broker, NOVEMBER)).invoices == ()
    stored = await db.fetch_value("SELECT document FROM invoice WHERE number LIKE 'HAR-%'")
    document = from_stored(json.loads(stored))
    assert document.self_billed
    xml = ubl_invoice(document)
    assert b"<cbc:InvoiceTypeCode>389</cbc:InvoiceTypeCode>" in xml
    assert b"<cbc:Note>Self-billed invoice. Harbour Brokerage wrote it for Pettypool" in xml
    assert against_schema(xml) == []
    assert broken_rules(xml, "CEN-EN16931") == []


async def test_a_payer_bills_nobody_without_an_agreement(december: World) -> None:
    await two_payers(december)
    await proposed(december, december.broker)
    assert (await self_bill(december.broker, NOVEMBER)).invoices == ()
    with pytest.raises(Forbidden):
        await self_bill(december.manager, NOVEMBER)


async def test_the_schedule_writes_for_both(december: World) -> None:
    await two_payers(december)
    await agreed(december, december.broker)
    numbers = {each.number for each in (await issue_invoices(SYSTEM, NOVEMBER)).invoices}
    assert numbers == {"HAR-PET-2026-000001", "PET-2026-000001"}


async def test_bare_statements_cannot_write_either_invoice(december: World) -> None:
    await two_payers(december)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    ids = {each.payer_name: each.invoice_id for each in run.invoices}
    agreement_id = await agreed(december, december.broker)
    copied = """
        INSERT INTO invoice (id, number, provider_id, payer_organisation_id, period_starts, period_ends, issued_on,
                             due_on, net_pence, vat_pence, gross_pence, document, state, issued_at, self_billing_id)
        SELECT gen_random_uuid(), 'X-1', provider_id, payer_organisation_id, period_starts, period_ends, issued_on,
               due_on, 0, 0, 0, document, 'issued', now_is, $2 FROM invoice, (SELECT $3::timestamptz AS now_is) n
         WHERE id = $1"""
    now = from_wall(date(2026, 12, 1), time(9))
    with pytest.raises(Conflict, match="writes your invoices"):
        async with db.unit_of_work():
            await db.execute(copied, ids["Harbour Brokerage"], None, now)
    with pytest.raises(Conflict, match="no agreement"):
        async with db.unit_of_work():
            await db.execute(copied, ids["Northshire Council"], agreement_id, now)
    for change in (
        "UPDATE self_billing_agreement SET ends_on = ends_on + 1",
        "DELETE FROM self_billing_agreement",
    ):
        with pytest.raises(Exception, match=r"agreement|never|cannot"):
            async with db.unit_of_work():
                await db.execute(change)


async def test_a_changed_vat_number_ends_it_the_same_day(december: World) -> None:
    await two_payers(december)
    agreement_id = await agreed(december, december.broker)
    await register_for_vat(december, date(2026, 12, 5))
    assert (await queries.agreement(december.broker, agreement_id)).standing == "in_force"
    with use_clock(FixedClock(from_wall(date(2026, 12, 5), time(0, 1)))):
        assert (await queries.agreement(december.broker, agreement_id)).standing == "ended"
        assert (await self_bill(december.broker, NOVEMBER)).invoices == ()
        assert len((await issue_own_invoices(december.manager, NOVEMBER)).invoices) == 2
        assert await commands.end_what_is_over() == 1
        assert await commands.end_what_is_over() == 0
    row = (await queries.agreement(december.manager, agreement_id)).row
    assert (row["state"], row["ended_on"], row["ended_because"]) == (
        "ended",
        date(2026, 12, 5),
        "The supplier's VAT number changed.",
    )


async def test_accepting_needs_the_words_that_were_read_and_the_number_that_they_name(
    december: World,
) -> None:
    await two_payers(december)
    agreement_id = await proposed(december, december.broker)
    words = (await queries.agreement(december.manager, agreement_id)).row["terms"]
    with pytest.raises(Invalid):
        await commands.accept(december.manager, agreement_id, words + " And more.")
    with pytest.raises((NotFound, Forbidden)):
        await commands.accept(december.other_manager, agreement_id, words)
    await register_for_vat(december, date(2026, 12, 1))
    with pytest.raises(VatNumberChanged):
        await commands.accept(december.manager, agreement_id, words)
    await commands.refuse(december.manager, agreement_id)
    with pytest.raises(StateConflict):
        await commands.refuse(december.manager, agreement_id)


async def test_either_side_ends_it_and_the_supplier_bills_again(december: World) -> None:
    await two_payers(december)
    agreement_id = await agreed(december, december.broker)
    with pytest.raises(AgreementOverlaps):
        await proposed(december, december.broker)
    await commands.end(december.manager, agreement_id, "We bill ourselves again")
    assert len((await issue_own_invoices(december.manager, NOVEMBER)).invoices) == 2
    again = await proposed(december, december.broker)
    assert (await queries.agreement(december.manager, again)).standing == "proposed"


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (date(2026, 11, 30), date(2026, 12, 31), "starts_on"),
        (date(2026, 12, 2), date(2026, 12, 1), "ends_on"),
        (date(2026, 12, 1), date(2027, 12, 2), "ends_on"),
    ],
)
async def test_dates_that_cannot_be(december: World, starts_on: date, ends_on: date, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await proposed(december, december.broker, Dates(starts_on, ends_on))
    assert field in refusal.value.fields


async def test_two_who_write_at_once_write_once_and_leave_no_gap(december: World) -> None:
    await two_payers(december)
    await agreed(december, december.broker)
    await asyncio.gather(
        *(self_bill(december.broker, NOVEMBER) for _ in range(3)),
        *(issue_own_invoices(december.manager, NOVEMBER) for _ in range(3)),
        issue_invoices(SYSTEM, NOVEMBER),
    )
    numbers = await db.fetch_all("SELECT number FROM invoice ORDER BY number")
    assert [row["number"] for row in numbers] == ["HAR-PET-2026-000001", "PET-2026-000001"]
    assert await db.fetch_value("SELECT count(*) FROM claim") == 3


async def test_a_stranger_sees_no_agreement(december: World) -> None:
    await two_payers(december)
    agreement_id: UUID = await agreed(december, december.broker)
    with pytest.raises(NotFound):
        await queries.agreement(december.other_manager, agreement_id)


async def test_a_credit_note_of_it_is_self_billed_in_the_payers_series(december: World) -> None:
    await two_payers(december)
    await agreed(december, december.broker)
    await issue_invoices(SYSTEM, NOVEMBER)
    rows = await db.fetch_all(
        "SELECT DISTINCT ON (l.invoice_id) l.booking_id, i.number FROM invoice_line l"
        "  JOIN invoice i ON i.id = l.invoice_id ORDER BY l.invoice_id, l.position"
    )
    bookings = {row["number"]: row["booking_id"] for row in rows}
    self_billed = [
        await credit_booking(december.manager, bookings["HAR-PET-2026-000001"], amount)
        for amount in ("10", "5")
    ]
    own = await credit_booking(december.manager, bookings["PET-2026-000001"])
    numbers = [each.number for each in (*self_billed, own)]
    assert numbers == ["HAR-PET-CN-2026-000001", "HAR-PET-CN-2026-000002", "PET-CN-2026-000001"]
    view = await credit_notes.credit_note(december.broker, self_billed[0].id)
    assert credit_words(view.document)["names"]["document"] == "Self-billed credit note"
    xml = ubl_credit_note(view.document)
    assert b"<cbc:CreditNoteTypeCode>261</cbc:CreditNoteTypeCode>" in xml
    assert b"Self-billed credit note, by agreement SB-" in xml
    assert against_schema(xml) == []
    assert broken_rules(xml, "CEN-EN16931") == []
    ordinary = ubl_credit_note((await credit_notes.credit_note(december.manager, own.id)).document)
    assert b"<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>" in ordinary
