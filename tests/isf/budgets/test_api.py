"""Changing budgets through the API: the same commands, once for each key."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketplace.identity.access import Actor
from marketplace.kernel import clock
from tests.isf.budgets.changing import isf, versions, weekly_budget
from tests.world import World


async def bearer(world: World, actor: Actor, key: str = "") -> dict[str, str]:
    told = {"Authorization": f"Bearer {await world.token(actor)}"}
    return {**told, "Idempotency-Key": key} if key else told


@pytest.mark.row("F2")
async def test_a_budget_is_changed_once_for_each_key(world: World, client: httpx.AsyncClient) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    body: dict[str, Any] = {
        "starts_on": clock.today().isoformat(),
        "ends_on": (clock.today() + timedelta(weeks=48)).isoformat(),
        "parts": [
            {"route": "isf", "holder_organisation_id": str(world.harbour), "council_share_pence": 12_000}
        ],
        "because": "Reviewed",
    }
    path = f"/api/v1/people/{person}/budgets/changes"
    headers = await bearer(world, world.care_manager, "k1")
    answers = [await client.post(path, json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["effects"][0]["fund_id"] == str(fund)
    assert len(await versions(person)) == 2
    listed = (
        await client.get(f"/api/v1/people/{person}/budgets", headers=await bearer(world, world.broker))
    ).json()
    assert [one["parts"][0]["council_weekly_pence"] for one in listed] == [12_000, 10_000]
    refused = await client.post(
        path, json={**body, "because": ""}, headers=await bearer(world, world.care_manager)
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


@pytest.mark.row("F5")
async def test_a_fund_goes_to_another_holder(world: World, client: httpx.AsyncClient) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    body = {
        "starts_on": clock.today().isoformat(), "because": "Wished for", "route": "isf",
        "holder_organisation_id": str(world.lighthouse),
    }  # fmt: skip
    answer = await client.post(
        f"/api/v1/funds/{fund}/holder", json=body, headers=await bearer(world, world.care_manager)
    )
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["opened_fund_ids"]) == 1
    assert len(await versions(person)) == 2


@pytest.mark.row("W2")
async def test_a_change_is_reported_and_answered(world: World, client: httpx.AsyncClient) -> None:
    path = f"/api/v1/people/{world.emma}/changes"
    made = await client.post(path, json={"what": "I moved."}, headers=await bearer(world, world.emma_user))
    assert made.status_code == 201
    manager = await bearer(world, world.care_manager)
    at = f"/api/v1/changes/{made.json()['id']}"
    assert (await client.post(f"{at}/open", headers=manager)).status_code == 204
    answer = {"answer": "no_change", "words": "It stays."}
    assert (await client.post(f"{at}/answer", json=answer, headers=manager)).status_code == 204
    assert (await client.post(f"{at}/answer", json=answer, headers=manager)).status_code == 409
    (told,) = (await client.get(path, headers=await bearer(world, world.sister))).json()
    assert (told["state"], told["answer"]) == ("no_change", "It stays.")
