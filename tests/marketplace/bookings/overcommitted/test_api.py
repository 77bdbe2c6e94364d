"""The worklist of over-commitments for programs."""

import httpx
import pytest

from tests.marketplace.bookings.overcommitted.test_hard_case_3 import booked_out, cut
from tests.world import World


@pytest.mark.row("W2")
async def test_the_suggested_bookings_are_given_up_and_the_rest_is_honoured(
    world: World, client: httpx.AsyncClient
) -> None:
    person, _, _, _ = await booked_out(world)
    over_id = await cut(world, person)
    headers = {"Authorization": f"Bearer {await world.token(world.care_manager)}"}
    (listed,) = (await client.get("/api/v1/over-commitments", headers=headers)).json()
    assert (listed["id"], listed["still_to_take_pence"]) == (str(over_id), 30_000)
    steps = (await client.get(f"/api/v1/over-commitments/{over_id}/bookings", headers=headers)).json()
    chosen = [step["booking_id"] for step in steps if step["suggested"]]
    path = f"/api/v1/over-commitments/{over_id}"
    answer = await client.post(f"{path}/cancel", json={"booking_ids": chosen[:2]}, headers=headers)
    assert [one["charge_pence"] for one in answer.json()] == [0, 0]
    again = await client.post(f"{path}/cancel", json={"booking_ids": chosen[:2]}, headers=headers)
    assert [one["charge_pence"] for one in again.json()] == [None, None]
    paid = await client.post(f"{path}/honour", json={"because": "It would harm Nia."}, headers=headers)
    assert paid.json() == {"honoured_pence": 10_000}
    assert (await client.get("/api/v1/over-commitments", headers=headers)).json() == []
