"""The pages of payment runs: from what is due to the file, and the payee's advice."""

from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import httpx
import pytest

from marketplace.kernel import db, outbox, settings
from tests.asking import day, follow, send, sign_in, words_of
from tests.invoicing.payment_runs.making import DUE, TODAY, payers
from tests.world import World

RUNS = "/payment-runs"


@pytest.mark.row("V7")
async def test_from_what_is_due_to_the_file_for_the_bank(december: World, visitor: httpx.AsyncClient) -> None:
    async with payers(december) as at:
        await sign_in(visitor, at.first)
        assert "£97.00 to 2 payees can be paid" in await words_of(visitor, RUNS)
        wrong = await send(visitor, RUNS, **day("due_until", DUE), **day("pay_on", date(2027, 1, 1)))
        assert wrong.status_code == 422
        assert "Enter today or a day in the next 60" in wrong.text
        made = await send(visitor, RUNS, **day("due_until", DUE), **day("pay_on", TODAY))
        told = await follow(visitor, made)
        run = made.headers["location"]
        assert "Is this payment run right?" in told
        assert "You cannot approve this, because you proposed it" in told
        refused = await send(visitor, run, do="approve")
        assert refused.status_code == 403
        assert (await visitor.get(f"{run}/bank.xml")).status_code == 409

        await sign_in(visitor, at.second)
        await follow(visitor, await send(visitor, run, do="approve"))
        told = await follow(visitor, await send(visitor, run, do="send"))
        assert "In the books £97.00" in told
        file = await visitor.get(f"{run}/bank.xml")
        assert file.headers["content-type"].startswith("application/xml")
        assert b"66374958" in file.content
        assert "66374958" not in told

        payment = await db.fetch_value("SELECT id FROM payment ORDER BY amount_pence DESC LIMIT 1")
        came_back = await send(
            visitor, f"/payments/{payment}", do="return", because="", **day("returned_on", TODAY)
        )
        assert came_back.status_code == 422
        told = await follow(
            visitor,
            await send(
                visitor, f"/payments/{payment}", do="return", because="Closed", **day("returned_on", TODAY)
            ),
        )
        assert "It came back Closed" in told


@pytest.mark.row("V5")
async def test_the_payee_gets_a_letter_with_the_advice_and_sees_it_here(
    december: World, visitor: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with payers(december) as at:
        await at.sent()
        payment = await db.fetch_one("SELECT id, reference FROM payment ORDER BY amount_pence DESC LIMIT 1")
        assert payment is not None
        await sign_in(visitor, december.manager)
        told = await words_of(visitor, f"/payments/{payment['id']}")
        assert "£77.00 was paid" in told
        assert "PET-2026-000001" in told
        assert payment["reference"] in await words_of(visitor, "/payments")
        assert payment["reference"] in await words_of(visitor, f"/invoices/{at.by_payee['PET']}")
        printed = await visitor.get(f"/payments/{payment['id']}.pdf")
        assert printed.content.startswith(b"%PDF")

        await db.execute(
            "UPDATE outbox_message SET delivered_at = now() WHERE recipient <> 'bookings@pettypool.example'"
            " OR subject NOT LIKE '%PY-%'"
        )
        here = replace(settings.settings(), var_dir=tmp_path, smtp_url=None)
        monkeypatch.setattr("marketplace.kernel.outbox.settings", lambda: here)
        await outbox.deliver_waiting()
        (kept,) = (tmp_path / "mail").glob("*.eml")
        letter = message_from_bytes(kept.read_bytes(), policy=policy.default)
        assert "£77.00 from Harbour Brokerage" in str(letter["Subject"])
        (attached,) = letter.iter_attachments()
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_content() == printed.content
