"""The pages and the API of closed months, asked over HTTP (rule 11)."""

import httpx
import pytest

from marketplace.kernel import db
from tests.asking import send, sign_in, words_of
from tests.invoicing.credits.crediting import billed, credit_booking
from tests.invoicing.delivering import deliver, november
from tests.world import World

Client = httpx.AsyncClient


@pytest.mark.row("V3")
async def test_a_payer_closes_a_month_and_reads_what_counted_later(december: World, visitor: Client) -> None:
    world = december
    booking = await deliver(world, world.broker, world.emma_isf, november(6))
    await deliver(world, world.broker, world.emma_isf, november(9))
    await billed()
    await deliver(world, world.broker, world.emma_isf, november(12))
    await sign_in(visitor, world.broker)
    assert "Visits to be billed 1" in await words_of(visitor, "/periods/close")
    assert (await send(visitor, "/periods/close", month="2026-11-01")).status_code == 303
    assert (await send(visitor, "/periods/close", month="2026-11-01")).status_code == 409
    await credit_booking(world.manager, booking)
    shown = await words_of(visitor, "/periods")
    assert "November 2026 1 December 2026, Brenda Broker" in shown
    assert "6 November 2026 1 December 2026 £38.50 less £38.50 more" in shown
    assert "£115.50" in shown
    fund = await words_of(visitor, f"/funds/{world.emma_isf}")
    assert "adjustment of 6 November 2026" in fund


@pytest.mark.row("V3")
async def test_programs_close_and_read(december: World, visitor: Client) -> None:
    world = december
    headers = {"Authorization": f"Bearer {await world.token(world.finance_officer)}"}
    made = await visitor.post("/api/v1/periods", json={"month": "2026-11-01"}, headers=headers)
    assert (made.status_code, [each["month"] for each in made.json()["closed"]]) == (201, ["2026-11-01"])
    again = await visitor.post("/api/v1/periods", json={"month": "2026-11-01"}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "cannot_close_period")
    assert (await visitor.get("/api/v1/periods", headers=headers)).json() == made.json()
    assert await db.fetch_value("SELECT count(*) FROM closed_period") == 1
