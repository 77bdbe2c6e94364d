"""The booking API, over HTTP and in this process."""

from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import AsyncTestClient

from marketplace.kernel import db
from tests.world import World

Client = AsyncTestClient[Any]


async def _headers(world: World, key: str | None = None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    return headers | ({"Idempotency-Key": key} if key else {})


@pytest.mark.row("X3")
async def test_a_booking_is_made_once_for_one_key_and_refused_for_another_body(
    world: World, client: Client
) -> None:
    body = {"activity_session_id": str(await world.session()), "fund_id": str(world.emma_isf)}
    headers = await _headers(world, "key-1")
    first = await client.post("/api/v1/bookings", json=body, headers=headers)
    assert first.status_code == 201, first.text
    assert set(first.json()) == {"id", "reference", "state", "price_pence"}
    assert first.json()["price_pence"] == 3850
    again = await client.post("/api/v1/bookings", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = body | {"activity_session_id": str(await world.session())}
    refused = await client.post("/api/v1/bookings", json=other, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")
    assert await db.fetch_value("SELECT count(*) FROM booking") == 1


@pytest.mark.row("X3")
async def test_problems_have_stable_codes(world: World, client: Client) -> None:
    headers = await _headers(world)
    in_house = await world.session(
        await world.activity(world.in_house_manager), manager=world.in_house_manager
    )
    body = {"activity_session_id": str(in_house), "fund_id": str(world.emma_isf)}
    blocked = await client.post("/api/v1/bookings", json=body, headers=headers)
    assert (blocked.status_code, blocked.json()["code"]) == (409, "in_house_blocked")
    assert blocked.headers["content-type"] == "application/problem+json"
    unknown = body | {"fund_id": str(uuid4())}
    assert (await client.post("/api/v1/bookings", json=unknown, headers=headers)).status_code == 404
    assert (await client.post("/api/v1/bookings", json={"fund_id": 1}, headers=headers)).status_code == 422
    assert (await client.post("/api/v1/bookings", content=b"{", headers=headers)).status_code == 422
    nobody = await client.post("/api/v1/bookings", json=body)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")


@pytest.mark.row("B5")
@pytest.mark.row("P5")
async def test_cancel_and_attendance(world: World, client: Client) -> None:
    headers = await _headers(world)
    body = {"activity_session_id": str(await world.session_today()), "fund_id": str(world.emma_isf)}
    booking = (await client.post("/api/v1/bookings", json=body, headers=headers)).json()["id"]
    staff = {"Authorization": f"Bearer {await world.token(world.staff)}", "Idempotency-Key": "a"}
    for _ in range(2):
        told = await client.post(
            f"/api/v1/bookings/{booking}/attendance", json={"outcome": "attended"}, headers=staff
        )
        assert (told.status_code, told.json()["charge_pence"]) == (200, 3850)
    late = await client.post(f"/api/v1/bookings/{booking}/cancel", headers=headers)
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")
    body["activity_session_id"] = str(await world.session())
    booking = (await client.post("/api/v1/bookings", json=body, headers=headers)).json()["id"]
    gone = await client.post(f"/api/v1/bookings/{booking}/cancel", headers=headers)
    assert gone.json() == {"id": booking, "state": "cancelled", "charge_pence": 0}
    assert (await client.get(f"/api/v1/bookings/{booking}", headers=headers)).json()["state"] == "cancelled"
