"""A provider's own invoice, sent: what agrees is claimed once and for ever, what differs is queried and not paid."""

import asyncio
import re
from dataclasses import replace
from datetime import date
from uuid import UUID

import httpx
import pytest

from invoicing.credits.commands import CreditDraft, issue_credit_note
from invoicing.documents import render_invoice
from invoicing.invoice_document import InvoiceDocument
from invoicing.runs.commands import issue_invoices
from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads import commands, queries
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.asking import send as post_form
from tests.asking import sign_in
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.invoicing.made_invoices import EXEMPT, ONE, invoice
from tests.invoicing.self_billing.agreed import agreed
from tests.invoicing.test_invoice_pages import read
from tests.world import World

pytestmark = pytest.mark.row("V5")


async def reference(booking: UUID) -> str:
    return str(await db.fetch_value("SELECT reference FROM booking WHERE id = $1", booking))


async def delivered(world: World, *days: int) -> list[str]:
    activity = await world.activity()
    return [
        await reference(await deliver(world, world.broker, world.emma_isf, november(day), activity=activity))
        for day in days
    ]


def written(lines: list[tuple[str, int, int]], number: str = "INV-77") -> bytes:
    """The provider's own UBL: booking, day, pence."""
    document: InvoiceDocument = invoice(
        [("P-1", day, "Garden group", EXEMPT, pence) for _, day, pence in lines], number=number
    )
    (person,) = document.people
    named = tuple(
        replace(line, booking_reference=booking)
        for line, (booking, _, _) in zip(person.lines, lines, strict=True)
    )
    return ubl_invoice(replace(document, people=(replace(person, lines=named),)))


async def fates(world: World, upload: UUID) -> list[str]:
    return [line.fate for line in (await queries.upload(world.manager, upload)).lines]


async def test_the_dry_run_claims_nothing_and_sending_takes_what_agrees(december: World) -> None:
    one, two = await delivered(december, 6, 13)
    content = written([(one, 6, 3850), (two, 13, 5000), ("BK-ZZZZZZ", 14, 3850)])
    upload = await commands.check_ubl(december.manager, december.harbour, content)
    assert await fates(december, upload) == ["matched", "queried", "queried"]
    assert await db.fetch_value("SELECT count(*) FROM claim") == 0
    with pytest.raises(NotFound):
        await queries.upload(december.broker, upload)
    invoice_id = await commands.send(december.manager, upload)
    row = await db.fetch_one(
        "SELECT number, gross_pence, issued_on, due_on FROM invoice WHERE id = $1", invoice_id
    )
    assert row == {
        "number": "INV-77",
        "gross_pence": 3850,
        "issued_on": date(2026, 12, 1),
        "due_on": date(2026, 12, 31),
    }
    seen = await queries.upload(december.broker, upload)
    assert [line.fate for line in seen.lines] == ["matched", "queried", "queried"]
    assert "£50.00 is asked and £38.50 is owed: £11.50 more" in seen.lines[1].because
    # What was queried is not claimed: the provider withdraws it, and bills it right.
    line = seen.lines[1].id
    assert line is not None
    await commands.withdraw(december.manager, upload, line)
    with pytest.raises(Conflict):
        await commands.withdraw(december.manager, upload, line)
    again = await commands.check_ubl(december.manager, december.harbour, written([(two, 13, 3850)], "INV-78"))
    assert await commands.send(december.manager, again)
    assert await db.fetch_value("SELECT count(*) FROM claim") == 2


async def test_a_number_is_sent_once_and_never_one_of_ours(december: World) -> None:
    one, two = await delivered(december, 6, 13)
    first = await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)]))
    second = await commands.check_ubl(
        december.manager, december.harbour, written([(two, 13, 3850)], "inv-77")
    )
    await commands.send(december.manager, first)
    with pytest.raises(Conflict, match="number is here already"):
        await commands.send(december.manager, second)
    await issue_invoices(SYSTEM, NOVEMBER)
    ours = written([(two, 13, 3850)], "PET-2026-000009")
    with pytest.raises(Invalid) as refusal:
        await commands.check_ubl(december.manager, december.harbour, ours)
    assert "given here" in refusal.value.fields["number"]


async def test_our_series_begins_whole_after_a_supplier_whose_first_invoice_was_its_own(
    december: World,
) -> None:
    one, _ = await delivered(december, 6, 13)
    for taken in ("PET-2026-000001", "HAR-PET-2026-000001"):
        with pytest.raises(Invalid) as refusal:
            await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)], taken))
        assert "given here" in refusal.value.fields["number"]
    own = await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)]))
    invoice_id = await commands.send(december.manager, own)
    assert invoice_id is not None
    line = await db.fetch_value("SELECT id FROM invoice_line")
    credit = CreditDraft({line: Money(1)}, "A penny too much")
    assert (await issue_credit_note(december.manager, invoice_id, credit)).number == "PET-CN-2026-000001"
    (issued,) = (await issue_invoices(SYSTEM, NOVEMBER)).invoices
    assert issued.number == "PET-2026-000001"


async def test_sent_many_times_at_once_with_a_billing_run_it_is_claimed_once(december: World) -> None:
    references = await delivered(december, 6, 13)
    lines = [(each, day, 3850) for each, day in zip(references, (6, 13), strict=True)]
    uploads = [
        await commands.check_ubl(december.manager, december.harbour, written(lines, f"INV-{place}"))
        for place in range(3)
    ]
    await asyncio.gather(
        *(commands.send(december.manager, each) for each in [*uploads, uploads[0]]),
        issue_invoices(SYSTEM, NOVEMBER),
        return_exceptions=True,
    )
    assert await db.fetch_value("SELECT count(*) FROM claim") == 2
    assert await db.fetch_value("SELECT sum(gross_pence) FROM invoice") == 7700
    assert await db.fetch_value("SELECT count(*) FROM invoice_line") == 2


async def test_by_self_billing_the_suppliers_own_is_refused_also_when_it_was_checked_before(
    december: World,
) -> None:
    (one,) = await delivered(december, 6)
    upload = await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)]))
    await agreed(december, december.broker)
    with pytest.raises(Conflict, match="writes your invoices"):
        await commands.send(december.manager, upload)
    with pytest.raises(Conflict, match="writes your invoices"):
        await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)], "INV-9"))
    assert await db.fetch_value("SELECT count(*) FROM claim") == 0


@pytest.mark.row("V8")
async def test_nothing_in_house_is_taken_from_a_personal_budget(december: World) -> None:
    (one,) = await delivered(december, 6)
    upload = await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)]))
    # The council became the owner afterwards, from before the visit on.
    await db.execute("UPDATE booking SET state = 'cancelled'")
    await db.execute(
        "INSERT INTO ownership (id, provider_id, council_id, starts_on) VALUES ($1, $2, $3, '2026-11-01')",
        new_id(),
        december.pettypool,
        december.council,
    )
    assert await commands.send(december.manager, upload) is None
    (line,) = (await queries.upload(december.manager, upload)).lines
    assert (line.fate, line.because) == (
        "queried",
        "A council cannot pay its own service out of a personal budget",
    )
    assert await db.fetch_value("SELECT count(*) FROM claim") == 0
    assert await db.fetch_value("SELECT count(*) FROM invoice") == 0


async def test_what_was_sent_never_changes(december: World) -> None:
    (one,) = await delivered(december, 6)
    upload = await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)]))
    await commands.send(december.manager, upload)
    for change in (
        "UPDATE received_invoice SET number = 'X'",
        "UPDATE received_line SET asked_pence = 1",
        "UPDATE received_line SET state = 'withdrawn'",
        "DELETE FROM received_line",
    ):
        with pytest.raises(Exception, match=r"never changes|append|cannot|refuse|withdrawn"):
            async with db.unit_of_work():
                await db.execute(change)


async def test_strangers_and_payers_send_nothing(december: World) -> None:
    (one,) = await delivered(december, 6)
    with pytest.raises(Forbidden):
        await commands.check_ubl(december.broker, december.harbour, written([(one, 6, 3850)]))
    upload = await commands.check_ubl(december.manager, december.harbour, written([(one, 6, 3850)]))
    with pytest.raises(NotFound):
        await commands.send(december.other_manager, upload)


async def test_the_pages_check_send_and_show_both_sides(december: World, visitor: httpx.AsyncClient) -> None:
    one, two = await delivered(december, 6, 13)
    await sign_in(visitor, december.manager)
    assert 'href="/invoices/own"' in (await visitor.get("/provider/money")).text
    form = (await visitor.get("/invoices/own/new")).text
    assert "Harbour Brokerage" in form
    bad = await post_form(visitor, "/invoices/own/new", "/invoices/own/new", payer=str(december.harbour))
    assert "Choose the e-invoice" in read(bad.text)
    typed = read((await visitor.get(f"/invoices/own/new?payer={december.harbour}")).text)
    assert f"Booking {one}" in typed
    content = written([(one, 6, 3850), (two, 13, 5000)])
    upload = await commands.check_ubl(december.manager, december.harbour, content)
    page = read((await visitor.get(f"/invoices/own/{upload}")).text)
    assert "Agrees £38.50" in page
    assert "Queried, not paid £50.00" in page
    sent = await post_form(visitor, f"/invoices/own/{upload}", f"/invoices/own/{upload}", do="send")
    assert sent.status_code == 303
    await sign_in(visitor, december.broker)
    listed = read((await visitor.get("/invoices/own")).text)
    assert "INV-77" in listed
    assert (await visitor.get(f"/invoices/own/{upload}/original.xml")).text.startswith("<Invoice")
    invoice_id = await db.fetch_value("SELECT invoice_id FROM received_invoice")
    shown = read((await visitor.get(f"/invoices/{invoice_id}")).text)
    assert "the supplier’s own invoice" in shown
    assert (await visitor.get(f"/invoices/{invoice_id}.xml")).status_code == 409
    assert Money(3850) == (await queries.upload(december.broker, upload)).taken


async def test_a_pdf_with_typed_lines_is_matched_as_well(december: World, visitor: httpx.AsyncClient) -> None:
    one, _ = await delivered(december, 6, 13)
    await sign_in(visitor, december.manager)
    address = f"/invoices/own/new?payer={december.harbour}"
    token = re.search(r'name="_csrf_token" value="([^"]+)"', (await visitor.get(address)).text)
    assert token
    typed = {
        "_csrf_token": token[1],
        "number": "PDF-1",
        one: "38.50",
        "other": "5.00",
        "due": "43.50",
        "issued_on-day": "1",
        "issued_on-month": "12",
        "issued_on-year": "2026",
    }
    target = f"/invoices/own/typed/{december.harbour}"
    pdf = {"file": ("own.pdf", render_invoice(invoice(ONE)), "application/pdf")}
    wrong = await visitor.post(target, data={**typed, "due": "99.00"}, files=pdf)
    assert (wrong.status_code, "The amounts come to £43.50" in read(wrong.text)) == (422, True)
    assert 'value="38.50"' in wrong.text
    made = await visitor.post(target, data=typed, files=pdf)
    assert made.status_code == 303
    upload = UUID(made.headers["location"].rsplit("/", 1)[1])
    assert await fates(december, upload) == ["matched", "queried"]
    paper = f"/invoices/own/{upload}/original.pdf"
    await sign_in(visitor, december.broker)
    assert (await visitor.get(paper)).status_code == 404
    assert await commands.send(december.manager, upload)
    assert await db.fetch_value("SELECT gross_pence FROM invoice") == 3850

    # Sent, its payer opens the PDF beside the lines; it is saved, never run, and who looked is kept.
    assert paper in (await visitor.get(f"/invoices/own/{upload}")).text
    shown = await visitor.get(paper)
    assert shown.content.startswith(b"%PDF")
    assert shown.headers["content-disposition"].startswith("attachment")
    viewed = "SELECT count(*) FROM audit_record WHERE subject_type = 'stored_file' AND actor_user = $1"
    assert await db.fetch_value(viewed, december.broker.user_id) == 1
    for stranger in (december.other_manager, december.finance_officer, december.dan_user):
        await sign_in(visitor, stranger)
        assert (await visitor.get(paper)).status_code == 404


@pytest.mark.row("X3")
async def test_programs_list_own_invoices_of_both_sides(december: World, visitor: httpx.AsyncClient) -> None:
    one, two = await delivered(december, 6, 13)
    tokens = {
        actor: {"Authorization": f"Bearer {await december.token(actor)}"}
        for actor in (december.manager, december.broker, december.other_manager)
    }
    made = await visitor.post(
        f"/api/v1/invoices/own/to/{december.harbour}",
        content=written([(one, 6, 3850), (two, 13, 5000)]),
        headers=tokens[december.manager],
    )
    assert made.status_code == 201
    listed = {
        actor: (await visitor.get("/api/v1/invoices/own", headers=tokens[actor])).json() for actor in tokens
    }
    assert [row["state"] for row in listed[december.manager]] == ["draft"]
    assert listed[december.broker] == listed[december.other_manager] == []
    await visitor.post(f"/api/v1/invoices/own/{made.json()['id']}/send", headers=tokens[december.manager])
    (row,) = (await visitor.get("/api/v1/invoices/own", headers=tokens[december.broker])).json()
    assert (row["number"], row["queried_pence"], row["state"]) == ("INV-77", 5000, "sent")
