"""A person disagrees with the amount: raised, timed, answered, looked at again by somebody else (row SP4)."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from isf.disagreements import commands, queries
from isf.disagreements.commands import Answer
from isf.disagreements.rules import DisagreementState, Outcome
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.asking import send, sign_in
from tests.world import World, persona

pytestmark = pytest.mark.row("SP4")
KEPT = Answer("It covers what we agreed together.", Outcome.KEPT)


async def budget_of(world: World) -> UUID:
    found: UUID = await db.fetch_value("SELECT id FROM personal_budget WHERE person_id = $1", world.emma)
    return found


@pytest.fixture
async def raised(world: World) -> UUID:
    return await commands.raise_disagreement(
        world.emma_user, world.emma, await budget_of(world), "The bus costs more now.", Money(180_000)
    )


@pytest.fixture
async def colleague(world: World) -> Actor:
    return await persona("Cath Colleague", Role.CARE_MANAGER, world.council)


async def test_the_council_answers_by_a_day_and_the_person_settles_it(world: World, raised: UUID) -> None:
    (line,) = await queries.disagreements_to_answer(world.care_manager)
    assert line.answer_due_on > clock.today()
    assert not line.late
    await commands.answer_disagreement(world.care_manager, raised, KEPT)
    (todo,) = await queries.todos_of(world.emma_user, world.emma)
    assert todo.href == f"/disagreements/{raised}"
    assert (
        await db.fetch_value("SELECT count(*) FROM outbox_message WHERE subject = 'We have answered you'")
        == 1
    )
    await commands.settle_disagreement(world.emma_user, raised)
    assert (await queries.disagreement(world.emma_user, raised)).state is DisagreementState.SETTLED
    assert await queries.disagreements_to_answer(world.care_manager) == []


async def test_somebody_else_decides_what_was_answered(world: World, raised: UUID, colleague: Actor) -> None:
    await commands.answer_disagreement(world.care_manager, raised, KEPT)
    await commands.escalate_disagreement(world.emma_user, raised, "The fare went up again.")
    with pytest.raises(Forbidden, match="first answer"):
        await commands.decide_disagreement(world.care_manager, raised, KEPT)
    await commands.decide_disagreement(colleague, raised, Answer("The fare is added.", Outcome.CHANGES))
    line = await queries.disagreement(world.emma_user, raised)
    assert (line.state, line.outcome, line.decided_by_name) == (
        DisagreementState.DECIDED, Outcome.CHANGES, "Cath Colleague",
    )  # fmt: skip


async def test_the_database_itself_wants_two_people(world: World, raised: UUID) -> None:
    await commands.answer_disagreement(world.care_manager, raised, KEPT)
    with pytest.raises(asyncpg.CheckViolationError, match="disagreement_two_people"):
        await db.execute("UPDATE disagreement SET decided_by = answered_by WHERE id = $1", raised)


async def test_nobody_answers_what_they_wrote_down_themselves(world: World, colleague: Actor) -> None:
    raised = await commands.raise_disagreement(
        world.care_manager, world.emma, await budget_of(world), "Emma says it is too little."
    )
    with pytest.raises(Forbidden, match="wrote it down yourself"):
        await commands.answer_disagreement(world.care_manager, raised, KEPT)
    await commands.answer_disagreement(colleague, raised, KEPT)


async def test_without_an_answer_the_person_asks_somebody_else_only_when_the_day_has_passed(
    world: World, raised: UUID
) -> None:
    with pytest.raises(Conflict, match="still has time"):
        await commands.escalate_disagreement(world.emma_user, raised, "")
    due = (await queries.disagreement(world.emma_user, raised)).answer_due_on
    with clock.use_clock(clock.FixedClock(clock.now() + timedelta(days=(due - clock.today()).days + 1))):
        (line,) = await queries.disagreements_to_answer(world.care_manager)
        assert line.late
        await commands.escalate_disagreement(world.emma_user, raised, "")
        again = await queries.disagreement(world.emma_user, raised)
        assert again.state is DisagreementState.ESCALATED
        assert again.answer_due_on > due


async def test_one_at_a_time_and_each_step_once(world: World, raised: UUID) -> None:
    with pytest.raises(Conflict, match="told us already"):
        await commands.raise_disagreement(world.emma_user, world.emma, await budget_of(world), "Again.")
    await commands.withdraw_disagreement(world.emma_user, raised)
    with pytest.raises(StateConflict):
        await commands.answer_disagreement(world.care_manager, raised, KEPT)
    await commands.raise_disagreement(world.emma_user, world.emma, await budget_of(world), "Again.")


async def test_who_may_not(world: World, raised: UUID) -> None:
    budget = await budget_of(world)
    for actor, refusal in ((world.stranger, NotFound), (world.sister, Forbidden), (world.dan_user, NotFound)):
        with pytest.raises(refusal):
            await commands.raise_disagreement(actor, world.emma, budget, "Not mine.")
        with pytest.raises(refusal):
            await commands.settle_disagreement(actor, raised)
    for actor in (world.other_care_manager, world.finance_officer, world.emma_user):
        with pytest.raises((NotFound, Forbidden)):
            await commands.answer_disagreement(actor, raised, KEPT)
    with pytest.raises(NotFound):
        await commands.raise_disagreement(world.dan_user, world.dan, budget, "Somebody else's budget.")
    with pytest.raises(Invalid):
        await commands.raise_disagreement(world.dan_user, world.dan, new_id(), " ")


async def test_by_the_pages(client: httpx.AsyncClient, world: World) -> None:
    path = f"/people/{world.emma}/disagree"
    await sign_in(client, world.emma_user)
    kept = await send(client, path, words="", enough="lots")
    assert kept.status_code == 422
    assert 'value="lots"' in kept.text
    kept = await send(client, path, words="", enough="1800")
    assert kept.status_code == 422
    assert "Write why" in kept.text
    assert 'value="1800"' in kept.text
    made = await send(client, path, words="The bus costs more now.", enough="1800")
    assert made.status_code == 303
    one = made.headers["location"]
    assert "The bus costs more now." in (await client.get(one)).text
    await sign_in(client, world.care_manager)
    listed = await send(client, one, f"{one}/answer", words="It is enough.", outcome="kept")
    assert listed.status_code == 303
    await sign_in(client, world.emma_user)
    settled = await send(client, one, do="settle")
    assert settled.status_code == 303
    assert "Easy Read" in (await client.get(one)).text
    await sign_in(client, world.care_manager)
    assert "Nobody waits" in (await client.get("/council/disagreements")).text


async def test_by_the_api(client: httpx.AsyncClient, world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.emma_user)}"}
    told = {"budget_id": str(await budget_of(world)), "words": "Too little.", "enough_pence": 170_000}
    path = f"/api/v1/people/{world.emma}/disagreements"
    assert (await client.post(path, json=told, headers=headers)).status_code == 201
    assert (await client.post(path, json=told, headers=headers)).status_code == 409
    (line,) = (await client.get(path, headers=headers)).json()
    assert line["words"] == "Too little."
    assert line["enough_pence"] == 170_000
