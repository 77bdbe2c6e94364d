"""The council's figures on their pages and in the API."""

import re
from datetime import timedelta

import httpx
import pytest

from isf.parameters import Parameter, parameter
from marketplace.kernel import clock
from tests.asking import send, sign_in
from tests.world import World

Client = httpx.AsyncClient
PATH = "/council/parameters"


@pytest.mark.row("F6")
async def test_a_finance_officer_sets_a_figure_and_takes_it_back(client: Client, world: World) -> None:
    await sign_in(client, world.finance_officer)
    later = clock.today() + timedelta(days=40)
    day = {
        "starts_on-day": str(later.day),
        "starts_on-month": str(later.month),
        "starts_on-year": str(later.year),
    }
    path = f"{PATH}/{Parameter.KEEP_SINGLE_25_OR_OLDER}"
    wrong = await send(client, path, value="a hundred", note="Circular", **day)
    assert wrong.status_code == 422
    assert "Enter an amount in pounds, like 112.50" in wrong.text
    assert 'value="a hundred"' in wrong.text
    assert (await send(client, path, value="115.00", note="Circular", **day)).status_code == 303
    assert await parameter(world.council, Parameter.KEEP_SINGLE_25_OR_OLDER, later) == 11_500
    shown = (await client.get(path)).text
    assert "£115.00 a week" in shown
    assert "Fiona Finance" in shown
    again = await send(client, path, value="116.00", **day)
    assert "There is a figure from that day already" in again.text
    back = re.search(rf'action="({path}/[^"]+/withdraw)"', shown)
    assert back is not None
    assert (await send(client, path, back[1])).status_code == 303
    assert await parameter(world.council, Parameter.KEEP_SINGLE_25_OR_OLDER, later) == 11_250


async def test_the_list_says_what_counts_now_and_who_may_change_it(client: Client, world: World) -> None:
    await sign_in(client, world.commissioner)
    shown = (await client.get(PATH)).text
    for words in ("£23,250.00", "4 weeks", "10%", "Yes", "A finance officer of the council can change these"):
        assert words in shown
    assert (await client.get(f"{PATH}/nonsense")).status_code == 404
    await sign_in(client, world.broker)
    assert (await client.get(PATH)).status_code == 403


@pytest.mark.row("X3")
async def test_the_api_lists_and_sets(client: Client, world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.finance_officer)}"}
    listed = (await client.get(f"/api/v1{PATH}", headers=headers)).json()
    assert {line["name"] for line in listed} == set(Parameter)
    body = {"name": "surplus_weeks", "value": 6, "starts_on": str(clock.today())}
    assert (await client.post(f"/api/v1{PATH}", json=body, headers=headers)).status_code == 201
    refused = await client.post(f"/api/v1{PATH}", json={**body, "value": 99}, headers=headers)
    assert refused.json()["code"] == "invalid"
