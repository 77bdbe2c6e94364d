"""The pages and the API of a dearer price, as a manager and a commissioner meet them (row P6)."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from marketplace.kernel import clock, db
from tests.asking import day as boxes
from tests.asking import follow, plain, send, sign_in, words_of
from tests.invoicing.delivering import deliver
from tests.marketplace.bookings.uplifts.living import REASON, day, price_on, proposed
from tests.world import World

pytestmark = pytest.mark.row("P6")
PRICE = {
    "ratio": "group", "unit": "session", "price": "42", "split": "each", "vat_status": "exempt_welfare",
    "vat_rate": "20",
}  # fmt: skip


async def test_a_higher_price_leads_to_the_proposal_with_everything_typed(client: Any, world: World) -> None:
    garden = await world.activity()
    await deliver(world, world.broker, world.emma_isf, day(-7), activity=garden)
    await sign_in(client, world.manager)
    here = f"/provider/activities/{garden}"
    typed = {**PRICE, **boxes("starts_on", day(30))}
    answer = await send(client, f"{here}/price", **typed)
    assert answer.status_code == 303
    to = urlsplit(answer.headers["location"])
    assert to.path == f"{here}/uplift"
    assert {name: values[0] for name, values in parse_qs(to.query).items()} == {
        name: value for name, value in typed.items() if value
    }
    words = await words_of(client, answer.headers["location"])
    assert "You can propose the new price, with the reason." in words
    looked = plain((await send(client, f"{here}/uplift", do="look", **typed)).text)
    assert "£42.00 a session in a group, instead of £38.50 a session in a group." in looked
    assert "People who go there 1" in looked
    assert await db.fetch_value("SELECT count(*) FROM price_uplift") == 0, "looking sends nothing"
    lacking = await send(client, f"{here}/uplift", do="send", **typed)
    assert lacking.status_code == 422
    assert "Write why the price goes up" in lacking.text
    sent = await follow(client, await send(client, f"{here}/uplift", do="send", reason=REASON, **typed))
    assert "Sent. The councils that approve you decide." in sent
    assert "1 new price waits for councils" in await words_of(client, "/provider/to-do")


async def test_a_commissioner_sees_each_person_and_decides_once(client: Any, world: World) -> None:
    garden = await world.activity()
    await deliver(world, world.broker, world.emma_isf, day(-7), activity=garden)
    uplift = await proposed(world, garden)
    reference = await db.fetch_value("SELECT reference FROM person WHERE id = $1", world.emma)
    await sign_in(client, world.commissioner)
    assert "1 higher price to decide" in await words_of(client, "/council")
    here = f"/council/uplifts/{uplift}"
    words = await words_of(client, here)
    assert reference in words
    assert "Emma" not in words
    sheet = (await client.get(f"{here}/effect.csv")).text.splitlines()
    assert sheet[0].startswith("person,fund,fund_until,sessions_a_week,more_a_week")
    assert sheet[1].startswith(f"{reference},ISF with Harbour Brokerage,")
    assert ",0.1,0.44," in sheet[1]
    empty = await send(client, here)
    assert empty.status_code == 422
    assert "Choose whether the council approves the price" in empty.text
    token = await send(client, here, verdict="approved")
    assert "Approved. The price is set" in await follow(client, token)
    assert await price_on(garden, clock.today() + timedelta(days=28)) == 4200
    assert "No higher prices to decide" in await words_of(client, "/council")


async def test_a_refusal_is_read_by_the_provider_who_may_withdraw_nothing_then(
    client: Any, world: World
) -> None:
    uplift = await proposed(world, await world.activity())
    await sign_in(client, world.commissioner)
    await send(client, f"/council/uplifts/{uplift}", verdict="refused", words="Too much at once.")
    await sign_in(client, world.manager)
    words = await words_of(client, f"/provider/uplifts/{uplift}")
    assert "Too much at once." in words
    assert "Withdraw this proposal" not in words


async def test_programs_propose_see_and_decide(client: Any, world: World) -> None:
    garden = await world.activity()
    manager = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    commissioner = {"Authorization": f"Bearer {await world.token(world.commissioner)}"}
    rate = {"starts_on": day(28).isoformat(), "price_pence": 4200, "vat_category": "exempt"}
    refused = await client.post(f"/api/v1/activities/{garden}/rates", json=rate, headers=manager)
    assert (refused.status_code, refused.json()["code"]) == (409, "uplift_needed")
    made = await client.post(
        f"/api/v1/activities/{garden}/uplifts", json={"rate": rate, "reason": REASON}, headers=manager
    )
    assert made.status_code == 201
    uplift = made.json()["id"]
    own = (await client.get(f"/api/v1/provider/uplifts/{uplift}", headers=manager)).json()
    assert (own["proposal"]["state"], own["effect"]["people"]) == ("proposed", 0)
    seen = await client.get(f"/api/v1/council/uplifts/{uplift}", headers=commissioner)
    assert seen.json()["effect"] == []
    decided = await client.post(
        f"/api/v1/council/uplifts/{uplift}/decision", json={"verdict": "approved"}, headers=commissioner
    )
    assert decided.json() == {"state": "approved"}
    assert (
        await client.post(f"/api/v1/provider/uplifts/{uplift}/withdraw", headers=manager)
    ).status_code == 409
    assert [
        each["state"] for each in (await client.get("/api/v1/council/uplifts", headers=commissioner)).json()
    ] == ["approved"]
