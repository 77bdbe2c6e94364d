"""The pages and the API of credit notes, asked over HTTP (row V3)."""

import httpx
import pytest

from invoicing.credits.queries import credit_note
from invoicing.credits.words import credit_words
from invoicing.payment_runs.by_hand import mark_paid
from marketplace.kernel import clock, db
from tests.asking import send, sign_in
from tests.invoicing.credits.crediting import billed, credit_booking, line_of
from tests.invoicing.delivering import deliver, november
from tests.invoicing.test_invoice_pages import read, words_in
from tests.pdf_tools import text_of, unspaced
from tests.world import World, balances

Client = httpx.AsyncClient


@pytest.mark.row("V3")
async def test_a_provider_credits_a_part_after_seeing_it_once_more(december: World, visitor: Client) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    invoice = await billed()
    line = await line_of(booking)
    await sign_in(visitor, world.manager)
    form = await visitor.get(f"/invoices/{invoice}/credit")
    assert "Garden group" in read(form.text)
    typed = {"lines": str(line["id"]), "amount-1": "8.5x", "because": "An hour late"}
    wrong = await send(visitor, f"/invoices/{invoice}/credit", **typed)
    assert wrong.status_code == 422
    assert 'value="8.5x"' in wrong.text
    assert "An hour late" in wrong.text
    typed["amount-1"] = "8.50"
    checked = await send(visitor, f"/invoices/{invoice}/credit", **typed)
    assert "Is this what you credit?" in read(checked.text)
    assert await db.fetch_value("SELECT count(*) FROM credit_note") == 0
    key = checked.text.split('name="credit_note" value="', 1)[1].split('"', 1)[0]
    for _ in range(2):
        issued = await send(visitor, f"/invoices/{invoice}/credit", **typed, seen="yes", credit_note=key)
        assert issued.status_code == 303
    (row,) = await db.fetch_all("SELECT id, gross_pence FROM credit_note")
    assert row["gross_pence"] == 850
    assert issued.headers["location"] == f"/credit-notes/{row['id']}"
    shown = read((await visitor.get(f"/invoices/{invoice}")).text)
    assert "Credit note PET-CN-2026-000001" in shown
    assert "Still to pay: £30.00" in shown
    assert "PET-CN-2026-000001" in read((await visitor.get("/credit-notes")).text)


@pytest.mark.row("V3")
async def test_page_and_pdf_say_the_same(december: World, visitor: Client) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    await billed()
    credit = await credit_booking(world.manager, booking, "8.50", "It began an hour late")
    await sign_in(visitor, world.broker)
    shown = read((await visitor.get(f"/credit-notes/{credit.id}")).text)
    printed = await visitor.get(f"/credit-notes/{credit.id}.pdf")
    words = credit_words((await credit_note(world.broker, credit.id)).document)
    # What only the printed page needs: its title, its headings, the name of the e-invoice inside it.
    words["title"] = words["names"] = words["file"] = None
    wanted = [each for each in words_in(words) if each]
    assert [each for each in wanted if unspaced(each) not in unspaced(shown)] == []
    assert [each for each in wanted if unspaced(each) not in unspaced(text_of(printed.content))] == []


@pytest.mark.row("V3")
async def test_a_payer_says_that_it_was_paid_back(december: World, visitor: Client) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    await mark_paid(world.broker, await billed(), "BACS 1", clock.today())
    credit = await credit_booking(world.manager, booking, "8.50")
    await sign_in(visitor, world.broker)
    assert "£8.50 is still owed to you" in read((await visitor.get(f"/credit-notes/{credit.id}")).text)
    path = f"/credit-notes/{credit.id}/received"
    wrong = await send(visitor, path, reference="", received_on="2026-12-01")
    assert wrong.status_code == 422
    back = await send(visitor, path, reference="REFUND", received_on="2026-12-01")
    assert back.status_code == 303
    assert (await balances(world.emma_isf))["paid"] == 3000
    assert "£8.50 was paid back on 1 December 2026" in read(
        (await visitor.get(f"/credit-notes/{credit.id}")).text
    )


@pytest.mark.row("V3")
async def test_programs_credit_once_for_each_key(december: World, visitor: Client) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    invoice = await billed()
    headers = {"Authorization": f"Bearer {await world.token(world.manager)}", "Idempotency-Key": "once"}
    body = {"lines": [{"position": 1}], "because": "Billed by mistake"}
    answers = [
        await visitor.post(f"/api/v1/invoices/{invoice}/credit-notes", json=body, headers=headers)
        for _ in (1, 2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    told = (await visitor.get(f"/api/v1/credit-notes/{answers[0].json()['id']}", headers=headers)).json()
    assert (told["gross_pence"], told["owed_pence"], told["lines"][0]["gross_pence"]) == (3850, 0, 3850)
    listed = (await visitor.get("/api/v1/credit-notes", headers=headers)).json()
    assert (listed["total"], listed["items"][0]["number"]) == (1, "PET-CN-2026-000001")
