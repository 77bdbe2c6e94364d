"""Who turns which key, what a next version keeps, and two people at once (rows SP2, SP3)."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from isf.commands import BudgetDraft, FundDraft, create_budget
from isf.plans.commands import (
    change_item,
    name_helper,
    release_fund,
    send_back,
    start_next_version,
    submit_plan,
    take_back_submission,
    turn_key,
    write_words,
)
from isf.plans.queries import covers, load, plan_in_force
from isf.plans.rules import Chapter, Frequency, HelperKind, ItemDraft, KeyKind, PaidFrom, PlanState
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Category
from tests.plans import anything, turn_all_keys, write_plan
from tests.world import World


@pytest.fixture
async def nia(world: World) -> UUID:
    person, _ = await world.person_with_locked_fund("Nia Jones", Route.ISF, "1000.00")
    return person


@pytest.fixture
async def waiting(world: World, nia: UUID) -> UUID:
    """Nia's plan, written by the broker and sent for its keys."""
    version = await write_plan(world.broker, nia)
    assert await submit_plan(world.broker, version) is PlanState.WAITING_FOR_KEYS
    return version


async def turned(version: UUID) -> dict[KeyKind, int | None]:
    """The keys that stand, with the number of the version that they were carried from."""
    return {key.kind: key.carried_from for key in (await load(version)).keys}


@pytest.mark.row("SP3")
async def test_every_key_has_its_role(world: World, waiting: UUID) -> None:
    for kind in (KeyKind.NEEDS, KeyKind.RISK, KeyKind.SAFE_AND_WELL):
        with pytest.raises(Forbidden):
            await turn_key(world.finance_officer, waiting, kind, "Not mine")
        await turn_key(world.care_manager, waiting, kind, "Read it")
    with pytest.raises(Forbidden):
        await turn_key(world.care_manager, waiting, KeyKind.ALLOCATION, "Not mine")
    assert (
        await turn_key(world.finance_officer, waiting, KeyKind.ALLOCATION, "It adds up") is PlanState.AGREED
    )


@pytest.mark.row("SP3")
@pytest.mark.parametrize("who", ["broker", "commissioner", "monitoring_officer", "emma_user", "manager"])
async def test_nobody_else_turns_a_key(world: World, waiting: UUID, who: str) -> None:
    for kind in KeyKind:
        with pytest.raises(Forbidden):
            await turn_key(world.personas()[who], waiting, kind, "Me too")


@pytest.mark.row("SP3")
async def test_another_council_is_told_that_there_is_nothing(world: World, waiting: UUID) -> None:
    with pytest.raises(NotFound):
        await turn_key(world.other_care_manager, waiting, KeyKind.NEEDS, "From next door")


@pytest.mark.row("SP2")
@pytest.mark.row("SP3")
async def test_a_care_manager_who_helped_with_the_plan_turns_none_of_its_keys(
    world: World, nia: UUID
) -> None:
    version = await write_plan(world.broker, nia)
    await name_helper(
        world.broker,
        version,
        HelperKind.CARE_MANAGER,
        "Carol",
        "Talked it through",
        user_id=world.care_manager.user_id,
    )
    await name_helper(world.broker, version, HelperKind.FAMILY, "Her mother", "Told what Nia likes")
    await submit_plan(world.broker, version)
    with pytest.raises(Forbidden) as refusal:
        await turn_key(world.care_manager, version, KeyKind.NEEDS, "I know her")
    assert "helped with it" in refusal.value.message
    await turn_key(world.second_care_manager, version, KeyKind.NEEDS, "Read it")
    assert [(h.kind, h.name) for h in (await load(version)).helpers] == [
        (HelperKind.CARE_MANAGER, "Carol"), (HelperKind.FAMILY, "Her mother"),
    ]  # fmt: skip


@pytest.mark.row("SP3")
async def test_a_key_needs_a_reason(world: World, waiting: UUID) -> None:
    with pytest.raises(Invalid):
        await turn_key(world.care_manager, waiting, KeyKind.NEEDS, "  ")


@pytest.mark.row("SP3")
async def test_two_turn_one_key_at_once_and_one_is_told(world: World, waiting: UUID) -> None:
    answers = await asyncio.gather(
        turn_key(world.care_manager, waiting, KeyKind.NEEDS, "One"),
        turn_key(world.second_care_manager, waiting, KeyKind.NEEDS, "Other"),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, DomainError)]
    assert len(refused) == 1
    assert isinstance(refused[0], StateConflict)
    assert "turned this key already" in refused[0].message
    assert await turned(waiting) == {KeyKind.NEEDS: None}


@pytest.mark.row("SP3")
async def test_the_last_two_keys_turned_at_once_agree_the_plan_once(world: World, waiting: UUID) -> None:
    await turn_key(world.care_manager, waiting, KeyKind.NEEDS, "Read it")
    await turn_key(world.care_manager, waiting, KeyKind.RISK, "Read it")
    states = await asyncio.gather(
        turn_key(world.care_manager, waiting, KeyKind.SAFE_AND_WELL, "Read it"),
        turn_key(world.finance_officer, waiting, KeyKind.ALLOCATION, "It adds up"),
    )
    assert sorted(states) == [PlanState.AGREED, PlanState.WAITING_FOR_KEYS]
    assert await db.fetch_value("SELECT count(*) FROM fund_release WHERE plan_version_id = $1", waiting) == 1


@pytest.mark.row("SP3")
async def test_taking_the_plan_back_while_a_key_is_turned_leaves_one_of_the_two(
    world: World, waiting: UUID
) -> None:
    answers = await asyncio.gather(
        take_back_submission(world.broker, waiting),
        turn_key(world.care_manager, waiting, KeyKind.NEEDS, "Read it"),
        return_exceptions=True,
    )
    state = (await load(waiting)).state
    assert state is PlanState.DRAFT
    keys = len(await turned(waiting))
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1 - keys


@pytest.mark.row("SP3")
async def test_a_plan_that_was_changed_after_it_was_read_is_read_again(world: World, waiting: UUID) -> None:
    seen = (await load(waiting)).fingerprints[KeyKind.SAFE_AND_WELL]
    await take_back_submission(world.broker, waiting)
    await write_words(world.broker, waiting, {Chapter.KEEPS_ME_WELL: "Quiet mornings."})
    await submit_plan(world.broker, waiting)
    with pytest.raises(StateConflict) as refusal:
        await turn_key(world.care_manager, waiting, KeyKind.SAFE_AND_WELL, "Read it", seen=seen)
    assert "changed while you were reading" in refusal.value.message


@pytest.mark.row("SP3")
async def test_a_key_on_a_plan_that_is_taken_back_falls_only_where_it_was_changed(
    world: World, waiting: UUID
) -> None:
    for kind in (KeyKind.NEEDS, KeyKind.RISK):
        await turn_key(world.care_manager, waiting, kind, "Read it")
    await send_back(world.second_care_manager, waiting, "Say what happens at night.")
    assert (await load(waiting)).sent_back_because == "Say what happens at night."
    await write_words(world.broker, waiting, {Chapter.KEEPS_ME_WELL: "Somebody to call at night."})
    await submit_plan(world.broker, waiting)
    assert set(await turned(waiting)) == {KeyKind.NEEDS}
    assert (await load(waiting)).sent_back_because == ""


@pytest.mark.row("SP3")
async def test_who_turned_a_key_and_then_writes_loses_the_key(world: World, waiting: UUID) -> None:
    await turn_key(world.care_manager, waiting, KeyKind.NEEDS, "Read it")
    await take_back_submission(world.broker, waiting)
    await write_words(world.care_manager, waiting, {Chapter.IMPORTANT_TO_ME: "My dog."})
    await submit_plan(world.broker, waiting)
    assert await turned(waiting) == {}


@pytest.mark.row("SP3")
async def test_a_key_stays_turned_on_the_next_version_where_nothing_that_it_covers_changed(
    world: World,
) -> None:
    version = await start_next_version(world.broker, world.emma)
    plan = await load(version)
    (first, second) = plan.items
    cheaper = ItemDraft(
        first.title, first.paid_from, cost=Money(first.cost_pence - 100), frequency=Frequency.ONCE
    )
    await change_item(world.broker, first.id, cheaper, seen=first.edit)
    assert await submit_plan(world.broker, version) is PlanState.WAITING_FOR_KEYS
    assert await turned(version) == {KeyKind.NEEDS: 1, KeyKind.RISK: 1, KeyKind.SAFE_AND_WELL: 1}
    # The old one stays in force until the new one has its keys.
    today = clock.today()
    assert (await load(await plan_in_force(world.emma, today) or version)).number == 1
    assert await turn_key(world.finance_officer, version, KeyKind.ALLOCATION, "Less") is PlanState.AGREED
    assert await plan_in_force(world.emma, today) == version
    states = await db.fetch_all(
        "SELECT state FROM plan_version WHERE person_id = $1 ORDER BY number", world.emma
    )
    assert [row["state"] for row in states] == ["superseded", "agreed"]
    assert second.line_id in {item.line_id for item in (await load(version)).items}


@pytest.mark.row("SP3")
async def test_a_next_version_in_which_no_key_has_anything_new_is_agreed_at_once(world: World) -> None:
    version = await start_next_version(world.broker, world.emma)
    await write_words(world.broker, version, {Chapter.IMPORTANT_TO_ME: "My garden and my cat."})
    assert await submit_plan(world.broker, version) is PlanState.AGREED


@pytest.mark.row("SP3")
async def test_the_key_of_somebody_who_wrote_the_next_version_is_not_carried(world: World) -> None:
    version = await start_next_version(world.second_care_manager, world.emma)
    await submit_plan(world.second_care_manager, version)
    assert await turned(version) == {KeyKind.ALLOCATION: 1}
    # Nor can who wrote the first version turn keys on its copy.
    with pytest.raises(Forbidden):
        await turn_key(world.care_manager, version, KeyKind.NEEDS, "I only wrote the first one")


@pytest.mark.row("SP3")
async def test_a_new_fund_is_released_by_the_plan_that_stands_or_waits(world: World) -> None:
    assert await release_fund(SYSTEM, world.emma_isf) == await plan_in_force(world.emma, clock.today())
    _, locked = await world.person_with_locked_fund("No Plan", Route.ISF, "10.00")
    assert await release_fund(SYSTEM, locked) is None


@pytest.mark.row("SP1")
async def test_what_is_in_the_plan_is_found_by_category_and_provider(world: World, nia: UUID) -> None:
    version = await write_plan(world.broker, nia)
    (item,) = (await load(version)).items
    music = ItemDraft(
        "Choir", PaidFrom.ISF, cost=Money(1000), category=Category.MUSIC, provider_id=world.pettypool
    )
    await change_item(world.broker, item.id, music)
    today = clock.today()
    assert await covers(nia, today, Category.MUSIC, world.pettypool) is None  # Not agreed yet.
    await submit_plan(world.broker, version)
    await turn_all_keys(world.second_care_manager, world.finance_officer, version)
    assert await covers(nia, today, Category.MUSIC, world.pettypool) == item.id
    assert await covers(nia, world.starts_on, Category.MUSIC, world.pettypool) == item.id
    assert await covers(nia, today, Category.MUSIC, world.first_enable) is None
    assert await covers(nia, today, Category.SPORT, world.pettypool) is None


@pytest.mark.row("SP3")
async def test_the_next_version_is_for_the_newest_budget_and_its_money_waits_for_it(world: World) -> None:
    fund = FundDraft(Route.ISF, Money(50_000), holder_organisation_id=world.harbour)
    after = BudgetDraft(Money(50_000), Money(0), world.ends_on, world.ends_on + timedelta(days=100), [fund])
    made = await create_budget(world.care_manager, world.dan, after)
    locked = "SELECT bool_or(locked) FROM account WHERE fund_id = $1"
    assert await db.fetch_value(locked, made.fund_ids[0])
    version = await start_next_version(world.care_manager, world.dan)
    (item,) = (await load(version)).items
    await change_item(world.care_manager, item.id, anything(PaidFrom.ISF, Money(50_000)))
    await submit_plan(world.care_manager, version)
    await turn_all_keys(world.second_care_manager, world.finance_officer, version)
    assert not await db.fetch_value(locked, made.fund_ids[0])
    # Today the first plan holds, then the next one.
    first = await plan_in_force(world.dan, clock.today())
    assert first is not None
    assert (await load(first)).number == 1
    assert await plan_in_force(world.dan, world.ends_on) == version
