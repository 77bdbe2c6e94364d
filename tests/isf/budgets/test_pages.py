"""Changing a budget over its pages: what it does is shown in pounds first, and nothing typed is lost."""

import re
from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest

from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session
from marketplace.kernel import clock, db
from tests.asking import day as day_fields
from tests.asking import send
from tests.isf.budgets.changing import change, isf, versions, weekly_budget
from tests.world import World


async def signed_in(client: httpx.AsyncClient, actor: Actor) -> None:
    client.cookies.set("fairday_session", await begin_session(actor.user_id))


async def to_the_amounts(client: httpx.AsyncClient, person: UUID, day: date) -> str:
    last = await db.fetch_value("SELECT max(ends_on) - 1 FROM personal_budget WHERE person_id = $1", person)
    answer = await send(
        client,
        f"/people/{person}/budget/change",
        **day_fields("starts_on", day),
        **day_fields("ends_on", last),
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removesuffix("/parts")


async def to_the_check(
    client: httpx.AsyncClient, person: UUID, fund: UUID, day: date, weekly: str, agreed: str = ""
) -> str:
    at = await to_the_amounts(client, person, day)
    answer = await send(
        client, f"{at}/parts",
        **{"per": "week", f"council-{fund}": weekly, f"contribution-{fund}": "0", "new-route": "none"},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    answer = await send(client, f"{at}/because", because="Looked at together", agreed=agreed)
    assert answer.status_code == 303, answer.text
    return f"{at}/check"


@pytest.mark.row("F2")
async def test_a_budget_is_changed_over_its_pages_once_for_two_clicks(
    world: World, client: httpx.AsyncClient
) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    await signed_in(client, world.care_manager)
    check = await to_the_check(client, person, fund, clock.today(), "120")
    shown = await client.get(check)
    assert "£6,160.00" in shown.text  # 4 weeks at £100 and 48 at £120
    assert len(await versions(person)) == 1
    token = re.findall(r'name="_csrf_token" value="([^"]+)"', shown.text)[0]
    for _ in range(2):
        assert (await client.post(check, data={"_csrf_token": token})).status_code == 303
    assert await versions(person) == [(40_000, 0), (48 * 12_000, 0)]
    assert (await client.get(check)).status_code == 303
    seen = await client.get(f"/people/{person}/budget")
    assert "£120.00 a week" in seen.text
    assert "The budget is changed." in seen.text


@pytest.mark.row("F2")
async def test_adding_up_shows_weeks_days_and_the_whole(world: World, client: httpx.AsyncClient) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    await signed_in(client, world.care_manager)
    at = await to_the_amounts(client, person, clock.today() + timedelta(days=1))
    shown = await send(
        client, f"{at}/parts",
        **{"do": "add_up", "per": "week", f"council-{fund}": "110", f"contribution-{fund}": "5.50"},
    )  # fmt: skip
    assert "47 weeks and 6 days" in shown.text
    assert "£115.50" in shown.text
    assert "£5,527.50" in shown.text  # 335 days


@pytest.mark.row("F2")
async def test_a_reduction_without_notice_is_told_where_the_reason_is_typed(
    world: World, client: httpx.AsyncClient
) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    await signed_in(client, world.care_manager)
    at = await to_the_amounts(client, person, clock.today())
    await send(
        client, f"{at}/parts",
        **{"per": "week", f"council-{fund}": "80", f"contribution-{fund}": "0", "new-route": "none"},
    )  # fmt: skip
    refused = await send(client, f"{at}/because", because="Looked at together")
    assert refused.status_code == 422
    assert "days of notice" in refused.text
    assert "Looked at together" in refused.text
    assert (
        await send(client, f"{at}/because", because="Looked at", agreed="Nia asked for it")
    ).status_code == 303


@pytest.mark.row("F2")
async def test_whoever_is_second_is_told_and_loses_nothing_typed(
    world: World, client: httpx.AsyncClient
) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    await signed_in(client, world.care_manager)
    check = await to_the_check(client, person, fund, clock.today(), "120")
    shown = await client.get(check)
    token = re.findall(r'name="_csrf_token" value="([^"]+)"', shown.text)[0]
    await change(world, person, isf(world, "105"), day=clock.today() - timedelta(weeks=1))
    refused = await client.post(check, data={"_csrf_token": token})
    assert refused.status_code == 409
    assert "Somebody changed this budget a moment ago" in refused.text
    assert "Looked at together" in refused.text
    assert "£120.00" in refused.text
    # Having seen the new figures, they can go on.
    assert (await client.post(check, data={"_csrf_token": token})).status_code == 303
    assert [share for share, _ in await versions(person)] == [30_000, 10_500, 48 * 12_000]


@pytest.mark.row("F5")
async def test_the_holder_is_changed_over_its_pages(world: World, client: httpx.AsyncClient) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    await signed_in(client, world.care_manager)
    refused = await send(client, f"/people/{person}/budget/holder", fund=str(fund), route="isf")
    assert "Choose the organisation" in refused.text
    answer = await send(
        client, f"/people/{person}/budget/holder",
        **{"fund": str(fund), "route": "isf", "holder-organisation": str(world.lighthouse)},
    )  # fmt: skip
    at = str(answer.headers["location"]).removesuffix("/when")
    answer = await send(
        client, f"{at}/when", **day_fields("starts_on", clock.today()), because="Nia wants to"
    )
    assert answer.status_code == 303
    shown = await client.get(f"{at}/check")
    assert "ISF with Lighthouse Brokerage" in shown.text
    assert "£4,800.00" in shown.text
    assert (await send(client, f"{at}/check")).status_code == 303
    held = await db.fetch_all(
        "SELECT amount_pence FROM fund WHERE person_id = $1 ORDER BY created_at", person
    )
    assert [row["amount_pence"] for row in held] == [40_000, 480_000]


@pytest.mark.row("F2")
async def test_a_new_budget_is_typed_by_the_week(world: World, client: httpx.AsyncClient) -> None:
    from isf.commands import PersonDraft, create_person

    person = await create_person(world.care_manager, PersonDraft(name="Nia Jones"))
    await signed_in(client, world.care_manager)
    path = f"/people/{person}/budget/new"
    typed = {
        **day_fields("starts_on", date(2027, 4, 1)), **day_fields("ends_on", date(2028, 3, 31)),
        "per": "week", "council_share": "90", "contribution": "10.01", "isf-amount": "100.01",
        "isf-holder": str(world.harbour),
    }  # fmt: skip
    shown = await send(client, path, **typed, do="add_up")
    assert "52 weeks and 2 days" in shown.text  # 2028 is a leap year
    assert "£5,229.09" in shown.text
    assert (await send(client, path, **typed)).status_code == 303
    ((council, contribution),) = await versions(person)
    assert council + contribution == 522_909


@pytest.mark.row("A3")
async def test_answers_are_their_writers_own(world: World, client: httpx.AsyncClient) -> None:
    person, _ = await weekly_budget(world, isf(world, "100"))
    await signed_in(client, world.care_manager)
    at = await to_the_amounts(client, person, clock.today())
    for other in (world.second_care_manager, world.other_care_manager):
        await signed_in(client, other)
        assert (await client.get(f"{at}/parts")).status_code == 404


@pytest.mark.row("A2")
async def test_the_budget_has_an_easy_read_version(world: World, client: httpx.AsyncClient) -> None:
    await signed_in(client, world.emma_user)
    shown = await client.get(f"/people/{world.emma}/budget?easy=on")
    assert "The council gives you money for support." in shown.text
    assert "Change the budget" not in shown.text
