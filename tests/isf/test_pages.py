"""The pages and the API about people, asked over HTTP."""

from uuid import UUID

import httpx
import pytest

from marketplace.kernel import clock, db
from tests.asking import day, send, sign_in
from tests.world import World

Client = httpx.AsyncClient


def budget_fields(world: World, **changes: str) -> dict[str, str]:
    year_end = clock.financial_year_end(clock.today())
    return {
        "per": "period", "council_share": "900", "contribution": "100", "isf-amount": "600.50",
        "isf-holder": str(world.harbour),
        "council_managed-amount": "399.50", **day("starts_on", clock.today()), **day("ends_on", year_end), **changes,
    }  # fmt: skip


async def new_person(client: Client, name: str = "Nia Jones") -> UUID:
    answer = await send(client, "/people/new", name=name, communication_needs="Large print")
    assert answer.status_code == 303
    return UUID(answer.headers["location"].rsplit("/", 1)[1])


@pytest.mark.row("F1")
@pytest.mark.row("F3")
async def test_a_care_manager_makes_a_person_a_mixed_budget_and_an_authority(
    client: Client, world: World
) -> None:
    await sign_in(client, world.care_manager)
    person = await new_person(client)
    answer = await send(client, f"/people/{person}/budget/new", **budget_fields(world))
    assert answer.status_code == 303, answer.text
    answer = await send(
        client, f"/people/{person}/authority/new", kind="broker", holder=str(world.lighthouse),
        scopes=["plan", "book"], evidence="Agreed at home", **day("starts_on", clock.today()),
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    shown = (await client.get(f"/people/{person}")).text
    for words in (
        "Nia Jones",
        "Large print",
        "£600.50",
        "£399.50",
        "ISF with Harbour Brokerage",
        "Lighthouse",
    ):
        assert words in shown
    for banned in ("commitment", "encumbrance", "utilise", "successfully", "please"):
        assert banned not in shown.lower()


@pytest.mark.row("F2")
async def test_a_budget_that_does_not_add_up_keeps_what_was_typed(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{await new_person(client)}/budget/new"
    answer = await send(client, path, **budget_fields(world, **{"isf-amount": "600.49"}))
    assert answer.status_code == 422
    assert "£0.01 less than the budget of £1,000.00" in answer.text
    assert 'value="600.49"' in answer.text
    answer = await send(client, path, **budget_fields(world), do="add_up")
    assert answer.status_code == 200
    assert "That fits" in answer.text
    assert await db.fetch_value("SELECT count(*) FROM personal_budget") == 2


@pytest.mark.row("F2")
async def test_a_form_without_anything_says_what_to_type(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    person = await new_person(client)
    for path in ("/people/new", f"/people/{person}/budget/new", f"/people/{person}/authority/new"):
        answer = await send(client, path)
        assert answer.status_code == 422
        assert "There is a problem" in answer.text


@pytest.mark.row("F4")
async def test_an_authority_is_ended_on_its_page(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    authority = await db.fetch_value("SELECT id FROM authority WHERE user_id = $1", world.sister.user_id)
    path = f"/people/{world.emma}/authority/{authority}/end"
    assert (await send(client, path)).status_code == 422
    assert (await send(client, path, when="now")).status_code == 303
    await sign_in(client, world.sister)
    assert (await client.get(f"/people/{world.emma}")).status_code == 404


@pytest.mark.row("A3")
async def test_a_stranger_gets_404_for_every_page_of_a_person(client: Client, world: World) -> None:
    await sign_in(client, world.stranger)
    for path in (f"/people/{world.emma}", f"/funds/{world.emma_isf}"):
        assert (await client.get(path)).status_code == 404
    await sign_in(client, world.other_care_manager)
    for path in ("budget/new", "authority/new"):
        assert (await client.get(f"/people/{world.emma}/{path}")).status_code == 404


@pytest.mark.row("F3")
async def test_a_fund_says_what_came_in_and_what_is_left(client: Client, world: World) -> None:
    await sign_in(client, world.emma_user)
    shown = await client.get(f"/funds/{world.emma_isf}")
    assert shown.status_code == 200
    for words in ("£1,000.00", "£875.00", "Agreed in the budget", "Is something wrong?", "<svg"):
        assert words in shown.text
    assert "style=" not in shown.text


async def test_a_search_for_nobody_says_what_to_do(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    shown = await client.get("/people", params={"search": "<zzz>", "page": "x"})
    assert "Nobody matches “&lt;zzz&gt;”" in shown.text


@pytest.mark.row("X3")
async def test_the_api_tells_people_and_funds(client: Client, world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    people = (await client.get("/api/v1/people", headers=headers)).json()
    assert [item["id"] for item in people["items"]] == [str(world.emma)]
    assert (people["page"], people["total"]) == (1, 1)
    funds = (await client.get(f"/api/v1/people/{world.emma}/funds", headers=headers)).json()
    assert funds[0] == {
        "id": str(world.emma_isf), "route": "isf", "holder": "Harbour Brokerage", "amount_pence": 100_000,
        "available_pence": 100_000, "committed_pence": 0, "payable_pence": 0, "paid_pence": 0,
        "starts_on": str(world.starts_on), "ends_on": str(world.ends_on), "state": "open",
    }  # fmt: skip


@pytest.mark.row("X3")
async def test_the_api_hides_other_peoples_people(client: Client, world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.stranger)}"}
    answer = await client.get(f"/api/v1/people/{world.emma}/funds", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await client.get("/api/v1/people")).status_code == 401
    assert (await client.get("/api/v1/people?page=0", headers=headers)).status_code == 422
