"""The pages and the API of queried lines, asked over HTTP (row V5)."""

import re

import asyncpg
import httpx
import pytest

from invoicing.payment_runs.by_hand import mark_paid
from marketplace.kernel import clock, db
from tests.asking import plain, send, sign_in, words_of
from tests.invoicing.credits.crediting import billed, credit_booking, line_of
from tests.invoicing.delivering import deliver, november
from tests.world import World

Client = httpx.AsyncClient
PICTURE = b"%PDF-1.4 a register"


@pytest.mark.row("V5")
async def test_payer_and_provider_write_to_and_fro_with_a_file(december: World, visitor: Client) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    invoice = await billed()
    line = (await line_of(booking))["id"]
    await sign_in(visitor, world.broker)
    path = f"/invoices/{invoice}/query"
    wrong = await send(visitor, path, line="", words="An hour short")
    assert wrong.status_code == 422
    assert "An hour short" in wrong.text
    sent = await send(
        visitor,
        path,
        line=str(line),
        words="An hour short",
        wish="answer",
        files={"file": ("register.pdf", PICTURE, "application/pdf")},
    )
    assert sent.status_code == 303
    thread = sent.headers["location"]
    assert "To be answered" in await words_of(visitor, f"/invoices/{invoice}")

    await sign_in(visitor, world.manager)
    assert "An hour short" in await words_of(visitor, thread)
    file_id = await db.fetch_value("SELECT file_id FROM line_query_message WHERE file_id IS NOT NULL")
    assert (await visitor.get(f"{thread}/files/{file_id}")).content == PICTURE
    assert (await send(visitor, thread, step="explain", words="It was cut short by rain")).status_code == 303
    await sign_in(visitor, world.stranger)
    assert (await visitor.get(f"{thread}/files/{file_id}")).status_code == 404
    await sign_in(visitor, world.broker)
    assert (await send(visitor, thread, step="accept", words="")).status_code == 303
    assert "Accepted" in await words_of(visitor, "/line-queries")


@pytest.mark.row("V5")
async def test_programs_query_and_read_how_promptly_they_paid(december: World, visitor: Client) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    invoice = await billed()
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    asked = await visitor.post(
        f"/api/v1/invoices/{invoice}/queries", json={"position": 1, "words": "Wrong day"}, headers=headers
    )
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    done = await visitor.post(
        f"/api/v1/line-queries/{asked.json()['id']}", json={"step": "accept"}, headers=headers
    )
    assert done.json()["state"] == "accepted"
    assert [
        each["state"] for each in (await visitor.get("/api/v1/line-queries", headers=headers)).json()
    ] == ["accepted"]
    await mark_paid(world.broker, invoice, "BACS 1", clock.today())
    told = (
        await visitor.get("/api/v1/invoices/prompt-payment?first=2026-12-01&last=2026-12-31", headers=headers)
    ).json()
    assert (told["in_time_percent"], told["payments"], told["average_days"]) == (100, 1, 0)
    await sign_in(visitor, world.broker)
    assert "100% of 1 payment" in await words_of(visitor, "/invoices/prompt-payment")


@pytest.mark.row("V5")
async def test_a_payer_asks_for_a_credit_note_and_the_provider_issues_it_ready_made_or_declines(
    december: World, visitor: Client
) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    invoice = await billed()
    line = str((await line_of(booking))["id"])
    ask = f"/invoices/{invoice}/query"
    await sign_in(visitor, world.broker)
    for amount, words in (
        ("", "Enter how much is to be credited"),
        ("38.51", "Enter an amount from £0.01 to £38.50"),
    ):
        wrong = await send(visitor, ask, line=line, words="It ended early", wish="part", amount=amount)
        assert (wrong.status_code, words in wrong.text, "It ended early" in wrong.text) == (422, True, True)
    sent = await send(visitor, ask, line=line, words="It ended early", wish="part", amount="8.50")
    thread = sent.headers["location"]
    told = await db.fetch_value("SELECT body FROM outbox_message WHERE subject LIKE 'Queried%'")
    assert "A credit note of £8.50 is asked for." in told

    await sign_in(visitor, world.manager)
    words = await words_of(visitor, thread)
    assert "Harbour Brokerage asks for a credit note of £8.50" in words
    assert "Decline the credit note, and say why" in words
    wrong = await send(visitor, thread, step="explain", words="")
    assert wrong.status_code == 422
    ready = dict(
        re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', (await visitor.get(thread)).text)
    )
    check = await visitor.post(f"/invoices/{invoice}/credit", data=ready)
    assert "Why: It ended early" in plain(check.text)
    seen = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', check.text))
    assert (await visitor.post(f"/invoices/{invoice}/credit", data=seen)).status_code in (200, 303)
    assert (await line_of(booking))["open"] == 3000
    assert "asks for a credit note" not in await words_of(visitor, thread)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("UPDATE line_query SET wanted_pence = 3850")


@pytest.mark.row("V5")
async def test_programs_ask_for_a_credit_note_of_what_is_left(december: World, visitor: Client) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    invoice = await billed()
    await credit_booking(world.manager, booking, "8.50")
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    path = f"/api/v1/invoices/{invoice}/queries"
    answers = [
        await visitor.post(path, json={"position": 1, "words": "No", "wanted_pence": pence}, headers=headers)
        for pence in (3850, 0, 3000)
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 201]
    assert answers[2].json()["wanted_pence"] == 3000
