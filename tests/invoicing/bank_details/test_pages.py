"""The pages of bank details: proposed by one, confirmed by another, printed on the next invoice."""

from datetime import timedelta

import httpx
import pytest

from invoicing import queries
from invoicing.runs.commands import issue_invoices
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from tests.asking import send, sign_in
from tests.invoicing.bank_details.making import second_manager
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World

TYPED = {
    "account_name": "Quick Money",
    "sort_code": "08-99-99",
    "account_number": "1234503",
    "because": "New bank",
}


@pytest.mark.row("V7")
async def test_an_account_goes_from_the_form_to_the_invoice(
    december: World, visitor: httpx.AsyncClient
) -> None:
    world = december
    second = await second_manager(world)
    await sign_in(visitor, world.manager)
    wrong = await send(visitor, "/bank-details/into", **{**TYPED, "sort_code": "12"})
    assert wrong.status_code == 422
    assert 'value="Quick Money"' in wrong.text
    sent = await send(visitor, "/bank-details/into", **TYPED)
    assert sent.status_code == 303
    change = sent.headers["location"]
    mine = (await visitor.get(change)).text
    assert "You cannot confirm this, because you proposed it" in mine
    assert "01234503" in mine
    own = (await visitor.get("/bank-details/into")).text
    assert "4503" in own
    assert "01234503" not in own
    await sign_in(visitor, second)
    assert "Quick Money, is not like Pettypool" in (await visitor.get(change)).text
    assert (await send(visitor, change, do="confirm")).status_code == 303
    again = await send(visitor, change, do="confirm")
    assert again.status_code == 409

    with use_clock(FixedClock(clock.now() + timedelta(days=8))):
        await deliver(world, world.broker, world.emma_isf, november(6))
        (issued,) = (await issue_invoices(SYSTEM, NOVEMBER)).invoices
        view = await queries.invoice(world.broker, issued.invoice_id)
    assert view.document.bank is not None
    assert view.document.bank.account_number == "01234503"


async def test_the_api_gives_the_last_four_only(december: World, visitor: httpx.AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {await december.token(december.manager)}"}
    made = await visitor.post("/api/v1/bank-details/into", json=TYPED, headers=bearer)
    assert made.status_code == 201, made.text
    told = await visitor.get("/api/v1/bank-details/into", headers=bearer)
    assert told.json()[0]["last_four"] == "4503"
    assert "01234503" not in told.text
    assert await db.fetch_value("SELECT account_number FROM bank_details") == "01234503"
