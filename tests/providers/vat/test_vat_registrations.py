"""A seller says when it is registered for VAT: by page, by program, with dates that never overlap (row V2)."""

from datetime import date, timedelta

import httpx
import pytest

from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid
from providers.vat.commands import end_vat_registration, register_for_vat
from providers.vat.queries import registrations_of, vat_number_on
from tests.asking import send, sign_in
from tests.providers.vat.registered import NUMBER
from tests.world import World

pytestmark = pytest.mark.row("V2")

OTHER = "GB434031494"


async def test_a_new_number_ends_the_one_before_and_days_between_have_none(world: World) -> None:
    await register_for_vat(world.manager, "980 7806 84", date(2026, 1, 1))
    await register_for_vat(world.manager, OTHER, date(2026, 6, 1))
    await end_vat_registration(world.manager, date(2026, 8, 31))
    told = {
        day: await vat_number_on(world.pettypool, date.fromisoformat(day))
        for day in ("2025-12-31", "2026-01-01", "2026-05-31", "2026-06-01", "2026-08-31", "2026-09-01")
    }
    assert list(told.values()) == [None, NUMBER, NUMBER, OTHER, OTHER, None]
    actions = await db.fetch_all("SELECT action FROM audit_record WHERE action LIKE 'vat.%' ORDER BY at, id")
    assert sorted(row["action"] for row in actions) == ["vat.ended", "vat.registered", "vat.registered"]


async def test_what_cannot_be_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await register_for_vat(world.manager, "980780685", date(1950, 1, 1))
    assert set(refused.value.fields) == {"vat_number", "starts_on"}
    with pytest.raises(Conflict):
        await end_vat_registration(world.manager, clock.today())
    await register_for_vat(world.manager, NUMBER, date(2026, 6, 1))
    with pytest.raises(Conflict, match="registered on some of these days"):
        await register_for_vat(world.manager, OTHER, date(2026, 1, 1))
    with pytest.raises(Invalid):
        await end_vat_registration(world.manager, date(2026, 5, 31))
    with pytest.raises(Forbidden):
        await register_for_vat(world.broker, NUMBER, date(2026, 6, 1))


async def test_the_same_first_day_again_puts_a_number_right(world: World) -> None:
    for number in (OTHER, NUMBER):
        await register_for_vat(world.manager, number, date(2026, 6, 1))
    assert [each.vat_number for each in await registrations_of(world.manager)] == [NUMBER]


async def test_a_manager_records_it_on_a_page_and_a_program_too(
    world: World, client: httpx.AsyncClient
) -> None:
    await sign_in(client, world.manager)
    day = {"starts_on-day": "1", "starts_on-month": "6", "starts_on-year": "2026"}
    wrong = await send(client, "/provider/vat", "/provider/vat", vat_number="GB12", **day)
    assert wrong.status_code == 422
    assert 'value="GB12"' in wrong.text
    right = await send(client, "/provider/vat", "/provider/vat", vat_number=NUMBER, **day)
    assert right.headers["location"] == "/provider/vat"
    shown = (await client.get("/provider/vat")).text
    assert "1 June 2026" in shown
    assert "Runs on" in shown
    assert NUMBER in (await client.get("/provider/organisation")).text
    client.cookies.clear()
    manager = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    last = str(clock.today() + timedelta(days=30))
    ended = await client.post("/api/v1/provider/vat/end", headers=manager, json={"last_day": last})
    assert ended.json() == [{"vat_number": NUMBER, "starts_on": "2026-06-01", "last_day": last}]
