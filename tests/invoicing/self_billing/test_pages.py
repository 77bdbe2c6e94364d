"""The pages and the API of self-billing, asked over HTTP by both sides."""

import httpx
import pytest

from marketplace.kernel import db
from tests.asking import send, sign_in
from tests.invoicing.self_billing.test_self_billing import two_payers
from tests.invoicing.test_invoice_pages import read
from tests.world import World

pytestmark = pytest.mark.row("V6")


async def test_both_sides_agree_on_the_pages_and_the_payer_writes(
    december: World, visitor: httpx.AsyncClient
) -> None:
    await two_payers(december)
    await sign_in(visitor, december.broker)
    assert 'href="/self-billing"' in (await visitor.get("/invoices")).text
    empty = await send(visitor, "/self-billing", "/self-billing", provider=str(december.pettypool))
    assert empty.status_code == 422
    assert "Enter the first day" in read(empty.text)
    days = {
        "starts_on-day": "1",
        "starts_on-month": "12",
        "starts_on-year": "2026",
        "ends_on-day": "30",
        "ends_on-month": "11",
        "ends_on-year": "2027",
    }
    made = await send(visitor, "/self-billing", "/self-billing", provider=str(december.pettypool), **days)
    assert made.status_code == 303, read(made.text)
    address = made.headers["location"]
    await sign_in(visitor, december.manager)
    assert 'href="/self-billing"' in (await visitor.get("/provider/money")).text
    shown = (await visitor.get(address)).text
    assert "Harbour Brokerage writes the invoices for the support that Pettypool" in read(shown)
    terms = await db.fetch_value("SELECT terms FROM self_billing_agreement")
    other = await send(visitor, address, f"{address}/answer", answer="accept", terms="Something else")
    assert other.status_code == 422
    agreed = await send(visitor, address, f"{address}/answer", answer="accept", terms=terms)
    assert agreed.status_code == 303
    seen = read((await visitor.get("/invoices/preview?starts_on=2026-11-01&ends_on=2026-11-30")).text)
    assert "Harbour Brokerage writes your invoices" in seen

    await sign_in(visitor, december.broker)
    written = await send(visitor, "/self-billing", "/self-billing/run", month="2026-11")
    listed = read((await visitor.get(written.headers["location"])).text)
    assert "1 invoice made: 2 lines, £77.00 in all." in listed
    invoice = await db.fetch_value("SELECT id FROM invoice WHERE self_billing_id IS NOT NULL")
    page = read((await visitor.get(f"/invoices/{invoice}")).text)
    assert "Self-billed invoice HAR-PET-2026-000001" in page
    assert "Harbour Brokerage wrote it for Pettypool" in page
    ended = await send(visitor, address, f"{address}/end", because="We stop")
    assert ended.status_code == 303
    assert "It does not count any more. We stop" in read((await visitor.get(address)).text)
