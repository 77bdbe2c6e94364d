"""A plan by programs: the same commands as the pages (rows SP1, SP3, X3)."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from marketplace.kernel.routes_of_money import Route
from tests.world import World

WORDS = ("important_to_me", "keeps_me_well", "support_i_want", "how_money_is_used")


@pytest.mark.row("SP1")
@pytest.mark.row("SP3")
@pytest.mark.row("X3")
async def test_a_program_writes_a_plan_and_programs_of_others_turn_the_keys(
    world: World, client: httpx.AsyncClient
) -> None:
    person, _ = await world.person_with_locked_fund("Nia Jones", Route.ISF, "1000.00")
    tokens = {name: await world.token(actor) for name, actor in world.personas().items()}

    async def call(who: str, method: str, path: str, status: int, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {tokens[who]}"}
        answer = await client.request(method, f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    await call("broker", "GET", f"/people/{person}/plan", 404)
    here = "/plans/" + (await call("broker", "POST", f"/people/{person}/plan", 201, {}))["id"]
    assert set((await call("broker", "POST", f"{here}/submit", 422))["fields"]) >= {
        "items",
        "important_to_me",
    }
    for name in WORDS:
        await call("broker", "PUT", f"{here}/words/{name}", 200, {"words": "Mine", "seen": 0})
    lost = await call(
        "care_manager", "PUT", f"{here}/words/keeps_me_well", 409, {"words": "Theirs", "seen": 0}
    )
    assert lost["code"] == "edited_meanwhile"
    item = {"title": "Choir", "paid_from": "isf", "cost_pence": 1200, "weeks": 10}
    made = await call("broker", "POST", f"{here}/items", 201, item)
    await call("broker", "PUT", f"/plan-items/{made['id']}", 409, {**item, "seen": 9})
    await call("broker", "PUT", f"/plan-items/{made['id']}", 200, {**item, "cost_pence": 1100, "seen": 1})
    await call("broker", "DELETE", f"/plan-items/{uuid4()}?seen=1", 404)
    helper = {"kind": "friend", "name": "Sam"}
    await call("broker", "POST", f"{here}/helpers", 201, helper)
    await call("broker", "POST", f"{here}/helpers", 422, {**helper, "user_id": str(world.dan_user.user_id)})
    await call("broker", "POST", f"{here}/submit", 201)
    plan = await call("care_manager", "GET", here, 200)
    assert (plan["planned_pence"], plan["left_pence"], plan["still_missing"]) == (11_000, 89_000, {})
    for kind, seen in plan["covered"].items():
        who = "finance_officer" if kind == "allocation" else "care_manager"
        body = {"kind": kind, "because": "Read it", "seen": seen}
        await call("monitoring_officer", "POST", f"{here}/keys", 403, body)
        state = (await call(who, "POST", f"{here}/keys", 201, body))["state"]
    assert state == "agreed"
    assert (await call("broker", "GET", f"/people/{person}/plan", 200))["state"] == "agreed"
    assert await call("care_manager", "GET", "/plans/waiting", 200) == []
