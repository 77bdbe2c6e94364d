"""The pages and the API of invoices, asked over HTTP."""

import html
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from invoicing import queries
from invoicing.document_words import invoice_words
from invoicing.runs.commands import issue_invoices
from invoicing.runs.issued import Issued
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.ids import new_id
from tests.asking import send, sign_in
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.invoicing.runs.pressing import press
from tests.pdf_tools import text_of, unspaced
from tests.world import World, balances

Client = httpx.AsyncClient


def read(page: str) -> str:
    """The words of a page, each gap one space."""
    main = page.split('id="main-content"', 1)[1].split("<footer", 1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def words_in(told: Any) -> Iterator[str]:
    """Every text in the words of an invoice."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for value in told.values():
            yield from words_in(value)
    elif told is not None:
        for value in told:
            yield from words_in(value)


async def issued(world: World) -> dict[str, Issued]:
    activity = await world.activity()
    for day in (6, 13):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    await deliver(world, world.care_manager, world.emma_managed, november(8), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    return {invoice.payer_name: invoice for invoice in run.invoices}


@pytest.mark.row("V1")
async def test_a_provider_sees_what_is_to_be_billed_and_bills_it(december: World, visitor: Client) -> None:
    world = december
    activity = await world.activity()
    for day in (6, 13):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    await sign_in(visitor, world.manager)
    shown = read((await visitor.get("/invoices")).text)
    assert "£77.00 To be billed: 2 sessions" in shown
    assert "See the invoices for November 2026" in shown
    lines = read((await visitor.get("/invoices/to-be-billed?month=2026-11")).text)
    assert "Friday 6 November Garden group" in lines
    assert "2 sessions, together £77.00" in lines
    assert "Emma" not in lines

    seen = "/invoices/preview?starts_on=2026-11-01"
    assert "1 invoice, together £77.00" in read((await visitor.get(seen)).text)
    answer = await press(visitor, seen, "/invoices/runs")
    run = answer.headers["location"]
    assert (answer.status_code, run.startswith("/invoices/runs/")) == (303, True)
    after = read((await visitor.get(run)).text)
    assert "November 2026: 1 invoice made: 2 lines, £77.00 in all." in after
    assert "PET-2026-000001" in after
    assert "£77.00 Billed: 1 invoice" in read((await visitor.get("/invoices?show=billed")).text)
    assert "Nothing of these days can be billed now" in read((await visitor.get(seen)).text)
    assert (await send(visitor, "/invoices", "/invoices/runs", starts_on="never")).status_code == 404


@pytest.mark.row("V3")
async def test_page_and_pdf_say_the_same_words_and_figures(december: World, visitor: Client) -> None:
    world = december
    invoice = (await issued(world))["Harbour Brokerage"].invoice_id
    await sign_in(visitor, world.broker)
    page = await visitor.get(f"/invoices/{invoice}")
    printed = await visitor.get(f"/invoices/{invoice}.pdf")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.headers["content-disposition"] == 'inline; filename="PET-2026-000001.pdf"'
    in_page, in_pdf = unspaced(read(page.text)), unspaced(text_of(printed.content))
    told = invoice_words((await queries.invoice(world.broker, invoice)).document)
    title = told.pop("title")
    told.pop("names")  # The page calls its parts otherwise.
    assert title in page.text
    for words in words_in(told):
        assert unspaced(words) in in_page, words
        assert unspaced(words) in in_pdf, words
    views = "SELECT count(*) FROM audit_record WHERE action = 'invoice.viewed' AND subject_id = $1"
    assert await db.fetch_value(views, invoice) == 2


@pytest.mark.row("V1")
async def test_a_payer_marks_an_invoice_paid_and_what_was_typed_stays(
    december: World, visitor: Client
) -> None:
    world = december
    path = f"/invoices/{(await issued(world))['Harbour Brokerage'].invoice_id}"
    await sign_in(visitor, world.broker)
    wrong = {
        "payment_reference": "BACS 4711",
        "paid_on-day": "31",
        "paid_on-month": "11",
        "paid_on-year": "2026",
    }
    answer = await send(visitor, f"{path}/pay", f"{path}/pay", **wrong)
    assert answer.status_code == 422
    assert 'value="BACS 4711"' in answer.text
    assert 'value="31"' in answer.text
    assert "Enter the day on which you paid, like 24 11 2026" in read(answer.text)
    right = wrong | {"paid_on-day": "1", "paid_on-month": "12"}
    answer = await send(visitor, f"{path}/pay", f"{path}/pay", **right)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    shown = read((await visitor.get(path)).text)
    assert "Invoice PET-2026-000001 is marked as paid. Pettypool is told." in shown
    assert "Paid on 1 December 2026 with the reference BACS 4711" in shown
    assert "Mark as paid" not in shown
    assert (await balances(world.emma_isf))["paid"] == 7700
    other = await send(visitor, "/invoices", f"{path}/pay", **(right | {"payment_reference": "BACS 9"}))
    assert other.status_code == 409
    assert "You cannot mark this paid, because it was paid on 1 December 2026" in read(other.text)


@pytest.mark.row("V1")
async def test_only_the_two_sides_of_an_invoice_find_it(december: World, visitor: Client) -> None:
    world = december
    made = await issued(world)
    isf, council = made["Harbour Brokerage"].invoice_id, made["Northshire Council"].invoice_id
    expected: list[tuple[Actor, int, int, int]] = [
        # who, the ISF holder's invoice, the council's invoice, paying the council's
        (world.manager, 200, 200, 403),
        (world.broker, 200, 404, 404),
        (world.finance_officer, 404, 200, 200),
        (world.monitoring_officer, 404, 200, 403),
        (world.stranger, 404, 404, 404),
        (world.dan_user, 404, 404, 404),
        (world.other_manager, 404, 404, 403),
        (world.care_manager, 403, 403, 403),
        (world.staff, 403, 403, 403),
        (world.other_care_manager, 403, 403, 403),
    ]
    for actor, to_isf, to_council, to_pay in expected:
        await sign_in(visitor, actor)
        token = {"Authorization": f"Bearer {await world.token(actor)}"}
        for invoice, status in ((isf, to_isf), (council, to_council)):
            for ending in ("", ".pdf"):
                assert (await visitor.get(f"/invoices/{invoice}{ending}")).status_code == status, actor
                asked = await visitor.get(f"/api/v1/invoices/{invoice}{ending}", headers=token)
                assert asked.status_code == status, actor
        assert (await visitor.get(f"/invoices/{council}/pay")).status_code == to_pay, actor
    for nothing in (str(new_id()), "x", "x.pdf"):
        await sign_in(visitor, world.broker)
        assert (await visitor.get(f"/invoices/{nothing}")).status_code == 404


@pytest.mark.row("X3")
async def test_the_api_lists_shows_prints_and_pays(december: World, visitor: Client) -> None:
    world = december
    invoice = (await issued(world))["Harbour Brokerage"].invoice_id
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    listed = (await visitor.get("/api/v1/invoices?state=issued", headers=headers)).json()
    assert (listed["total"], listed["total_pence"], listed["page"]) == (1, 7700, 1)
    assert (listed["items"][0]["id"], listed["items"][0]["gross_pence"]) == (str(invoice), 7700)
    assert (await visitor.get("/api/v1/invoices?state=paid", headers=headers)).json()["items"] == []
    assert (await visitor.get("/api/v1/invoices?state=lost", headers=headers)).status_code == 422

    detail = (await visitor.get(f"/api/v1/invoices/{invoice}", headers=headers)).json()
    assert [line["gross_pence"] for line in detail["lines"]] == [3850, 3850]
    assert detail["vat"] == [
        {"category": "exempt", "rate_basis_points": 0, "net_pence": 7700, "vat_pence": 0, "gross_pence": 7700}
    ]
    printed = await visitor.get(f"/api/v1/invoices/{invoice}.pdf", headers=headers)
    assert printed.content.startswith(b"%PDF-")

    path, body = f"/api/v1/invoices/{invoice}/pay", {"payment_reference": "BACS 1", "paid_on": "2026-12-01"}
    keyed = headers | {"Idempotency-Key": "pay-1"}
    first = await visitor.post(path, json=body, headers=keyed)
    assert (first.status_code, first.json()["state"]) == (200, "paid")
    again = await visitor.post(path, json=body, headers=keyed)
    assert (again.status_code, again.json()) == (200, first.json())
    other_body = await visitor.post(path, json=body | {"payment_reference": "BACS 2"}, headers=keyed)
    assert (other_body.status_code, other_body.json()["code"]) == (409, "idempotency_key_reused")
    other = await visitor.post(path, json=body | {"payment_reference": "BACS 2"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "state_conflict")
    assert (await visitor.get(path.removesuffix("/pay"))).status_code == 401


@pytest.mark.row("V5")
async def test_what_only_organisations_do_is_offered_to_them_alone(december: World, visitor: Client) -> None:
    world = december
    for actor, offered in ((world.dan_user, False), (world.broker, True)):
        await sign_in(visitor, actor)
        shown = read((await visitor.get("/invoices")).text)
        for words in ("How promptly we pay", "Billing runs", "Purchase orders", "Closed months"):
            assert (words in shown) is offered, (words, actor)
