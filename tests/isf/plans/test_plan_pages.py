"""The pages of a plan, asked over HTTP: written one thing at a time, sent, its keys turned (rows SP1 to SP3)."""

import re
from uuid import UUID

import httpx
import pytest

from isf.plans.commands import start_next_version, submit_plan
from isf.plans.queries import load, open_version, plan_in_force, todos_of
from isf.plans.rules import Chapter, KeyKind
from marketplace.kernel import clock
from marketplace.kernel.routes_of_money import Route
from tests.asking import send, sign_in
from tests.plans import WORDS, write_plan
from tests.world import World

Client = httpx.AsyncClient


@pytest.fixture
async def nia(world: World) -> UUID:
    person, _ = await world.person_with_locked_fund("Nia Jones", Route.ISF, "1000.00")
    return person


ITEM = {
    "title": "Choir",
    "paid_from": "isf",
    "cost": "12.00",
    "times": "1",
    "frequency": "week",
    "weeks": "10",
}


@pytest.mark.row("SP1")
@pytest.mark.row("SP2")
@pytest.mark.row("SP3")
async def test_a_plan_from_its_first_word_to_its_fourth_key(world: World, nia: UUID, client: Client) -> None:
    await sign_in(client, world.broker)
    started = await send(client, f"/people/{nia}/plan")
    here = started.headers["location"]
    refused = await send(client, f"{here}/send", shown_at=here)
    assert refused.status_code == 422
    assert "Write “What keeps me well”" in refused.text
    for chapter, words in WORDS.items():
        answer = await send(client, f"{here}/words/{chapter}", words=words, seen="0")
        assert answer.status_code == 303, answer.text
    worked_out = await send(client, f"{here}/items/new", do="work_out", **ITEM)
    assert "£120.00" in worked_out.text
    assert "Then <strong>£880.00</strong> is left" in worked_out.text
    assert (await send(client, f"{here}/items/new", **ITEM)).status_code == 303
    named = await send(
        client, f"{here}/helpers", kind="friend", name="Sam", how="Asked the questions", user=""
    )
    assert named.status_code == 303, named.text
    shown = (await client.get(here)).text
    for words in (
        "My garden, my friends",
        "Choir",
        "Once a week for 10 weeks",
        "£120.00",
        "Sam",
        "Not turned",
    ):
        assert words in shown, words
    assert (await send(client, f"{here}/send")).status_code == 303
    for actor, kinds in (
        (world.care_manager, (KeyKind.NEEDS, KeyKind.RISK, KeyKind.SAFE_AND_WELL)),
        (world.finance_officer, (KeyKind.ALLOCATION,)),
    ):
        await sign_in(client, actor)
        assert "Nia Jones" in (await client.get("/council/keys")).text
        for kind in kinds:
            path = f"{here}/keys/{kind}"
            seen = re.search(r'name="seen" value="([^"]+)"', (await client.get(path)).text)
            assert seen is not None
            answer = await send(client, path, because="Read it with Nia", seen=seen[1], do="turn")
            assert answer.status_code == 303, answer.text
    assert await plan_in_force(nia, clock.today()) is not None
    shown = (await client.get(f"/people/{nia}/plan")).text
    assert "Turned by Fiona Finance" in shown
    for banned in ("commitment", "encumbrance", "utilise", "successfully", "please"):
        assert banned not in shown.lower()


@pytest.mark.row("SP3")
async def test_who_wrote_the_plan_reads_why_they_turn_no_key(world: World, nia: UUID, client: Client) -> None:
    version = await write_plan(world.care_manager, nia)
    await submit_plan(world.care_manager, version)
    await sign_in(client, world.care_manager)
    assert "You wrote a part of it, so others turn its keys" in (await client.get("/council/keys")).text
    path = f"/plans/{version}/keys/needs"
    shown = (await client.get(path)).text
    assert "because you wrote a part of the plan" in shown
    assert "Turn the key<" not in shown
    answer = await send(client, path, shown_at="/council/keys", because="All the same", seen="", do="turn")
    assert answer.status_code == 403
    assert not (await load(version)).keys


@pytest.mark.row("SP1")
async def test_who_is_slower_sees_both_texts_and_loses_nothing(
    world: World, nia: UUID, client: Client
) -> None:
    version = await write_plan(world.broker, nia)
    path = f"/plans/{version}/words/keeps_me_well"
    await sign_in(client, world.broker)
    assert (await send(client, path, words="Quick words", seen="1")).status_code == 303
    await sign_in(client, world.care_manager)
    answer = await send(client, path, words="Slow words", seen="1")
    assert answer.status_code == 409
    assert "What Brenda Broker wrote meanwhile" in answer.text
    assert "Quick words" in answer.text
    assert "Slow words</textarea>" in answer.text
    seen = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert seen is not None
    assert (await send(client, path, words="Quick and slow words", seen=seen[1])).status_code == 303
    assert (await load(version)).words[Chapter.KEEPS_ME_WELL] == "Quick and slow words"


@pytest.mark.row("SP1")
async def test_a_slower_change_of_an_item_keeps_what_was_typed(
    world: World, nia: UUID, client: Client
) -> None:
    version = await write_plan(world.broker, nia)
    (item,) = (await load(version)).items
    path = f"/plans/{version}/items/{item.id}"
    await sign_in(client, world.broker)
    assert (await send(client, path, **ITEM, seen="1")).status_code == 303
    answer = await send(client, path, **{**ITEM, "title": "Brass band"}, seen="1")
    assert answer.status_code == 409
    assert "What is there now" in answer.text
    assert 'value="Brass band"' in answer.text
    wrong = await send(client, path, **{**ITEM, "cost": "twelve"}, seen="2")
    assert wrong.status_code == 422
    assert 'value="twelve"' in wrong.text
    assert (await send(client, f"{path}/remove", shown_at=path, seen="2")).status_code == 303
    assert (await load(version)).items == []


@pytest.mark.row("SP3")
async def test_two_turn_a_key_and_the_second_is_told_and_keeps_the_reason(
    world: World, nia: UUID, client: Client
) -> None:
    version = await write_plan(world.broker, nia)
    await submit_plan(world.broker, version)
    path = f"/plans/{version}/keys/needs"
    seen = (await load(version)).fingerprints[KeyKind.NEEDS]
    await sign_in(client, world.care_manager)
    assert (await send(client, path, because="First", seen=seen, do="turn")).status_code == 303
    await sign_in(client, world.second_care_manager)
    answer = await send(client, path, shown_at="/council/keys", because="Second", seen=seen, do="turn")
    assert answer.status_code == 409
    assert "Carol Manager turned this key already" in answer.text


@pytest.mark.row("SP1")
async def test_versions_are_compared_side_by_side(world: World, client: Client) -> None:
    old = await plan_in_force(world.emma, clock.today())
    version = await start_next_version(world.broker, world.emma)
    await sign_in(client, world.broker)
    (item, _) = (await load(version)).items
    assert (await send(client, f"/plans/{version}/items/{item.id}", **ITEM, seen="1")).status_code == 303
    await send(client, f"/plans/{version}/words/important_to_me", words="My cat", seen="1")
    shown = (await client.get(f"/plans/{version}/compare/{old}")).text
    assert shown == (await client.get(f"/plans/{old}/compare/{version}")).text
    for words in ("My garden, my friends", "My cat", "Changed", "Days out", "Choir", "The same"):
        assert words in shown, words
    dans = await plan_in_force(world.dan, clock.today())
    assert (await client.get(f"/plans/{version}/compare/{dans}")).status_code == 404


@pytest.mark.row("SP1")
async def test_everybody_sees_what_is_theirs_to_see(world: World, client: Client) -> None:
    version = await plan_in_force(world.emma, clock.today())
    for actor, status in (
        (world.emma_user, 200), (world.sister, 200), (world.finance_officer, 200), (world.monitoring_officer, 200),
        (world.stranger, 404), (world.dan_user, 404), (world.other_care_manager, 404), (world.commissioner, 403),
    ):  # fmt: skip
        await sign_in(client, actor)
        assert (await client.get(f"/plans/{version}")).status_code == status, actor.name
        assert (await client.get(f"/people/{world.emma}/plan")).status_code == status, actor.name
    await sign_in(client, world.emma_user)
    easy = (await client.get(f"/people/{world.emma}/plan?easy=on")).text
    assert "This plan is agreed." in easy
    assert "What is important to me" in easy


@pytest.mark.row("SP2")
async def test_what_somebody_has_to_do_is_told_to_them_alone(world: World, nia: UUID) -> None:
    (todo,) = await todos_of(world.broker, nia)
    assert (todo.words, todo.href) == (
        "Write the support plan: the money waits for it",
        f"/people/{nia}/plan",
    )
    assert await todos_of(world.finance_officer, nia) == []
    version = await write_plan(world.broker, nia)
    assert [todo.words for todo in await todos_of(world.broker, nia)] == [
        "Send the support plan for its keys"
    ]
    await submit_plan(world.broker, version)
    assert await open_version(nia) == version
    assert await todos_of(world.broker, nia) == []
    assert len(await todos_of(world.care_manager, nia)) == 3
    assert [todo.words for todo in await todos_of(world.finance_officer, nia)] == [
        "Turn the key “Fits the money”"
    ]
    assert await todos_of(world.stranger, nia) == []
