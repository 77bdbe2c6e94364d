"""An invoice as a file: the PDF with the e-invoice inside, the e-invoice alone, its lines for a ledger."""

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pypdf
import pytest

from invoicing.documents import render_invoice
from invoicing.ubl.writer import ubl_invoice
from marketplace.kernel import db
from tests.asking import sign_in
from tests.invoicing.credits.living import live_with_credit_notes
from tests.invoicing.made_invoices import MIXED, OUTSIDE, STANDARD, invoice
from tests.invoicing.test_invoice_pages import issued, read
from tests.invoicing.ubl.official_rules import against_schema, broken_rules
from tests.pdf_tools import facts_of, text_of
from tests.world import World

pytestmark = pytest.mark.row("V4")
Client = httpx.AsyncClient


def attached(pdf: bytes) -> dict[str, list[bytes]]:
    return dict(pypdf.PdfReader(io.BytesIO(pdf)).attachments)


# --- The e-invoice inside the PDF --------------------------------------------------------------------------------


def test_the_pdf_carries_the_same_invoice_as_ubl() -> None:
    pdf = render_invoice(invoice(MIXED))
    assert attached(pdf) == {"invoice.xml": [ubl_invoice(invoice(MIXED))]}
    files: Any = pypdf.PdfReader(io.BytesIO(pdf)).root_object["/AF"]
    (file,) = (each.get_object() for each in files)
    assert (file["/AFRelationship"], file["/UF"]) == ("/Alternative", "invoice.xml")
    assert file["/EF"]["/F"].get_object()["/Subtype"] == "/application/xml"
    assert facts_of(pdf).marked
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_a_paid_copy_carries_the_invoice_as_it_was_issued() -> None:
    paid = replace(invoice(MIXED), paid_on=date(2026, 12, 20))
    assert attached(render_invoice(paid)) == {"invoice.xml": [ubl_invoice(invoice(MIXED))]}


def test_the_penny_of_the_e_invoice_is_told_on_paper() -> None:
    # 132.75 gross at 20% is 110.63 net, of which 20% is 22.13 and not 22.12.
    text = text_of(render_invoice(invoice(MIXED)))
    assert "The e-invoice works out VAT from the net: £22.13, with a rounding of minus £0.01." in text
    assert "e-invoice" not in text_of(render_invoice(invoice([("P-1", 2, "Art", STANDARD, 12000)])))


def test_what_the_standard_cannot_say_is_still_printed() -> None:
    mixed = invoice([("P-1", 2, "Choir", OUTSIDE, 1200), ("P-1", 20, "Choir", STANDARD, 1200)])
    assert attached(render_invoice(mixed)) == {}


# --- Over HTTP ---------------------------------------------------------------------------------------------------


async def test_both_sides_fetch_the_e_invoice_and_strangers_find_nothing(
    december: World, visitor: Client
) -> None:
    made = (await issued(december))["Harbour Brokerage"]
    address = f"/invoices/{made.invoice_id}"
    for actor in (december.manager, december.broker):
        await sign_in(visitor, actor)
        answer = await visitor.get(f"{address}.xml")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="{made.number}.xml"'
        assert against_schema(answer.content) == []
        assert broken_rules(answer.content, "CEN-EN16931") == []
        assert attached((await visitor.get(f"{address}.pdf")).content) == {"invoice.xml": [answer.content]}
        assert "e-invoice (UBL)" in read((await visitor.get(address)).text)
    await sign_in(visitor, december.stranger)
    assert (await visitor.get(f"{address}.xml")).status_code in (403, 404)


async def test_lines_for_a_ledger_tie_to_the_invoices_and_are_no_formula(
    december: World, visitor: Client
) -> None:
    await db.execute("UPDATE activity SET title = '=1+1'")
    made = await issued(december)
    await db.execute("UPDATE provider SET name = '@SUM(A1)'")
    await sign_in(visitor, december.manager)
    one = made["Harbour Brokerage"]
    rows = list(csv.DictReader(io.StringIO((await visitor.get(f"/invoices/{one.invoice_id}.csv")).text)))
    assert [row["Invoice"] for row in rows] == [one.number] * 2
    assert [row["Service date"] for row in rows] == ["2026-11-06", "2026-11-13"]
    assert {row["Supplier"] for row in rows} == {"'@SUM(A1)"}
    month = (await visitor.get("/invoices/lines.csv?month=2026-12")).text
    every = list(csv.DictReader(io.StringIO(month)))
    assert sum(round(float(row["Gross"]) * 100) for row in every) == sum(
        each.total.pence for each in made.values()
    )
    assert all(float(row["Net"]) + float(row["VAT"]) == float(row["Gross"]) for row in every)
    assert "/invoices/lines.csv?month=2026-12" in (await visitor.get("/invoices?show=billed")).text
    assert (await visitor.get("/invoices/lines.csv?month=never")).status_code == 404
    await sign_in(visitor, december.broker)
    theirs = list(csv.DictReader(io.StringIO((await visitor.get("/invoices/lines.csv?month=2026-12")).text)))
    assert {row["Payer"] for row in theirs} == {"Harbour Brokerage"}


async def test_what_is_credited_stands_below_zero_in_the_lines_of_the_month(
    december: World, visitor: Client
) -> None:
    made = await issued(december)
    note = (await live_with_credit_notes(december))["credit_note"]
    await sign_in(visitor, december.manager)
    credited = list(csv.DictReader(io.StringIO((await visitor.get(f"/credit-notes/{note}.csv")).text)))
    row = await db.fetch_one("SELECT number, gross_pence FROM credit_note WHERE id = $1", note)
    assert row is not None
    assert {each["Credit note"] for each in credited} == {row["number"]}
    assert sum(Decimal(each["Gross"]) for each in credited) * 100 == -row["gross_pence"]
    every = list(csv.DictReader(io.StringIO((await visitor.get("/invoices/lines.csv?month=2026-12")).text)))
    assert [each for each in every if each["Credit note"]] == credited
    billed = sum(each.total.pence for each in made.values())
    assert sum(Decimal(each["Gross"]) for each in every) * 100 == billed - row["gross_pence"]
    await sign_in(visitor, december.other_manager)
    assert (await visitor.get(f"/credit-notes/{note}.csv")).status_code == 404


async def test_a_credit_note_is_an_e_invoice_as_well(december: World, visitor: Client) -> None:
    await issued(december)
    note_id = (await live_with_credit_notes(december))["credit_note"]
    await sign_in(visitor, december.manager)
    answer = await visitor.get(f"/credit-notes/{note_id}.xml")
    assert b"<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>" in answer.content
    assert against_schema(answer.content) == []
    assert broken_rules(answer.content, "CEN-EN16931") == []
    assert attached((await visitor.get(f"/credit-notes/{note_id}.pdf")).content) == {
        "credit-note.xml": [answer.content]
    }
    assert (await visitor.get(f"/credit-notes/{note_id}.doc")).status_code == 404
