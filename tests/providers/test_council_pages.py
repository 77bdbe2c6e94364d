"""The pages on which sellers register and councils decide about them, asked as a browser without JavaScript does."""

import re
from datetime import timedelta

import pytest

from marketplace.kernel import clock, db
from tests.asking import Client, day, errors, send, sign_in, words_of
from tests.world import World


@pytest.mark.row("P1")
async def test_a_new_seller_registers_applies_and_is_approved(client: Client, world: World) -> None:
    await sign_in(client, world.stranger)
    unsure = await send(client, "/provider/register", name="Sing Together", email="sing")
    assert unsure.status_code == 422
    assert errors(unsure) == ["Choose what kind of seller you are"]
    made = await send(
        client,
        "/provider/register",
        seller_type="community_group",
        name="Sing Together",
        email="hello@sing.example",
    )
    assert made.headers["location"] == "/provider/registration"
    page = (await client.get("/provider/registration")).text
    assert "Sing Together is registered, and you are its manager." in page
    lot = str(await db.fetch_value("SELECT id FROM lot"))
    unsafe = await send(client, "/provider/applications", lot_id=lot)
    assert "the council needs to know whom to call about safeguarding" in unsafe.text
    await send(
        client,
        "/provider/organisation/safeguarding",
        name="Sam Safe",
        email="sam@sing.example",
        phone="01606 123456",
    )
    asked = await send(client, "/provider/applications", lot_id=lot)
    assert asked.status_code == 303
    assert "There is nothing more to apply for now." in (await client.get("/provider/applications")).text

    await sign_in(client, world.commissioner)
    waiting = (await client.get("/council/providers")).text
    assert "1 application to decide" in waiting
    found = re.search(r'href="(/council/applications/[^"]+)">Sing Together', waiting)
    assert found is not None
    unsaid = await send(client, found[1], decision="refuse")
    assert errors(unsaid) == ["Enter the reason: the provider gets it in a letter"]
    decided = await send(
        client, found[1], decision="approve", **day("starts_on", clock.today()),
        **day("last_day", clock.today() + timedelta(days=99)),
    )  # fmt: skip
    assert decided.status_code == 303
    ends_on = await db.fetch_value("SELECT max(ends_on) FROM commission")
    assert ends_on == clock.today() + timedelta(days=100)
    assert "Sing Together" in (await client.get("/council/providers?show=approved")).text


@pytest.mark.row("P8")
async def test_a_council_records_ownership_by_its_first_and_last_day(client: Client, world: World) -> None:
    await sign_in(client, world.commissioner)
    path, today = f"/council/providers/{world.pettypool}", clock.today()
    wrong = await send(
        client,
        path,
        f"{path}/ownership",
        **day("starts_on", today),
        **day("last_day", today - timedelta(days=1)),
    )
    assert errors(wrong) == ["Enter a last day that is not before the first day"]
    kept = await send(client, path, f"{path}/ownership", **day("starts_on", today), **day("last_day", today))
    assert kept.status_code == 303
    row = await db.fetch_one("SELECT * FROM ownership WHERE provider_id = $1", world.pettypool)
    assert row is not None
    assert (row["starts_on"], row["ends_on"]) == (today, today + timedelta(days=1))
    longer = await send(
        client, path, f"{path}/ownership/{row['id']}", **day(f"end-{row['id']}", today + timedelta(days=9))
    )
    assert longer.status_code == 303
    assert "It is your own service: it needs no approval." not in (await client.get(path)).text
    await sign_in(client, world.other_commissioner)
    overlapping = await send(client, path, f"{path}/ownership", **day("starts_on", today))
    assert overlapping.status_code == 409
    assert errors(overlapping)[0].startswith(
        "You cannot record these dates, because a council owns the provider"
    )


@pytest.mark.row("P1")
async def test_a_council_opens_a_framework_and_finds_providers_by_name(client: Client, world: World) -> None:
    await sign_in(client, world.commissioner)
    made = await send(
        client,
        "/council/frameworks/new",
        name="Skills",
        lots="Cooking\n\nTravel",
        **day("starts_on", clock.today()),
    )
    assert made.status_code == 303
    assert "Cooking , Travel" in await words_of(client, "/council/providers")
    found = (await client.get("/council/providers?q=vivo")).text
    assert "1 provider with “vivo” in the name" in found
    assert "No provider has “100%” in its name" in (await client.get("/council/providers?q=100%25")).text
    await sign_in(client, world.manager)
    assert (await client.get("/council/providers")).status_code == 403
