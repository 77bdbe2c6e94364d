"""Activities and timetables for programs."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import AsyncTestClient

from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from providers.commands import record_ownership
from tests.world import World

Client = AsyncTestClient[Any]


async def bearer(world: World, actor: Actor) -> dict[str, str]:
    return {"Authorization": f"Bearer {await world.token(actor)}"}


def cooking(**changes: object) -> dict[str, object]:
    return {
        "title": "Cook together", "category": "cooking", "summary": "Cook and eat lunch.", "capacity": 6,
        "routes_accepted": ["isf", "direct_payment"], "access_features": ["step_free"], "notice_hours": 48,
        "charge_percent": 50, "state": "published",
        "rate": {"starts_on": str(clock.today()), "price_pence": 1250, "vat_category": "exempt"}, **changes,
    }  # fmt: skip


def weekly(**changes: object) -> dict[str, object]:
    today = clock.today()
    return {
        "weekdays": ["tuesday"], "start_time": "10:00", "minutes": 120, "starts_on": str(today),
        "ends_on": str(today + timedelta(days=27)), "bank_holidays": "on", **changes,
    }  # fmt: skip


@pytest.mark.row("P3")
@pytest.mark.row("P4")
async def test_a_program_publishes_an_activity_and_its_timetable(client: Client, world: World) -> None:
    headers = await bearer(world, world.manager)
    made = await client.post("/api/v1/activities", json=cooking(), headers=headers)
    assert made.status_code == 201, made.text
    activity_id = made.json()["id"]
    timetable = await client.post(
        f"/api/v1/activities/{activity_id}/timetables", json=weekly(), headers=headers
    )
    assert timetable.status_code == 201, timetable.text
    assert timetable.json()["rule"] == "FREQ=WEEKLY;WKST=MO;BYDAY=TU"
    assert timetable.json()["sessions_made"] == 4
    shown = (await client.get(f"/api/v1/activities/{activity_id}")).json()
    assert (shown["price_pence"], shown["provider_name"], shown["state"]) == (1250, "Pettypool", "published")
    assert shown["access_features"] == ["step_free"]
    assert all(
        session["places_left"] == 6 and session["price_pence"] == 1250 for session in shown["sessions"]
    )


@pytest.mark.row("X3")
async def test_the_same_key_makes_one_activity_and_another_body_is_refused(
    client: Client, world: World
) -> None:
    headers = {**await bearer(world, world.manager), "Idempotency-Key": "one"}
    first = await client.post("/api/v1/activities", json=cooking(), headers=headers)
    again = await client.post("/api/v1/activities", json=cooking(), headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert await db.fetch_value("SELECT count(*) FROM activity") == 1
    other = await client.post("/api/v1/activities", json=cooking(title="Other"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    path = f"/api/v1/activities/{first.json()['id']}/timetables"
    made = [
        await client.post(path, json=weekly(), headers={**headers, "Idempotency-Key": "two"})
        for _ in range(2)
    ]
    assert made[0].json() == made[1].json()
    assert await db.fetch_value("SELECT count(*) FROM timetable") == 1


@pytest.mark.row("P3")
async def test_refusals_are_problems_with_codes_and_fields(client: Client, world: World) -> None:
    headers = await bearer(world, world.manager)
    bare = await client.post("/api/v1/activities", json=cooking(rate=None), headers=headers)
    assert (bare.status_code, bare.json()["code"]) == (422, "invalid")
    assert set(bare.json()["fields"]) == {"price"}
    assert await db.fetch_value("SELECT count(*) FROM activity") == 0
    for wrong in ({"category": "golf"}, {"title": 3}, {"surprise": True}, {"capacity": 10**12}):
        answer = await client.post("/api/v1/activities", json=cooking(**wrong), headers=headers)
        assert answer.status_code == 422, wrong
    activity_id = await world.activity()
    wrong_dates: list[dict[str, object]] = [
        {"start_time": "25:00"},
        {"weekdays": []},
        {"weekdays": ["someday"]},
        {"ends_on": "1999-01-01"},
    ]
    for late in wrong_dates:
        answer = await client.post(
            f"/api/v1/activities/{activity_id}/timetables", json=weekly(**late), headers=headers
        )
        assert answer.status_code == 422, late


@pytest.mark.row("P3")
async def test_only_the_activitys_own_manager_adds_dates(client: Client, world: World) -> None:
    activity_id = await world.activity()
    path = f"/api/v1/activities/{activity_id}/timetables"
    other = await client.post(path, json=weekly(), headers=await bearer(world, world.other_manager))
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
    staff = await client.post(path, json=weekly(), headers=await bearer(world, world.staff))
    assert (staff.status_code, staff.json()["code"]) == (403, "forbidden")
    assert (await client.post(path, json=weekly())).status_code == 401


@pytest.mark.row("P3")
async def test_a_draft_is_not_there_for_others(client: Client, world: World) -> None:
    mine = await bearer(world, world.manager)
    made = await client.post("/api/v1/activities", json=cooking(state="draft"), headers=mine)
    path = f"/api/v1/activities/{made.json()['id']}"
    assert (await client.get(path, headers=mine)).status_code == 200
    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers=await bearer(world, world.other_manager))).status_code == 404


@pytest.mark.row("P8")
async def test_a_provider_says_who_owns_it_and_who_approved_it(client: Client, world: World) -> None:
    await record_ownership(world.other_commissioner, world.pettypool, world.other_council, clock.today())
    shown = (await client.get(f"/api/v1/providers/{world.pettypool}")).json()
    assert (shown["name"], shown["seller_type"]) == ("Pettypool", "voluntary")
    assert [owner["council_name"] for owner in shown["owners"]] == ["Southshire Council"]
    assert [approval["council_name"] for approval in shown["approvals"]] == ["Northshire Council"]
    assert (await client.get(f"/api/v1/providers/{uuid4()}")).status_code == 404
