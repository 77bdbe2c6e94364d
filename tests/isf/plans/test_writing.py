"""The person's words, the items, and two who write at once (rows SP1, SP2)."""

import asyncio
from uuid import UUID, uuid4

import pytest

from isf.commands import PersonDraft, create_person
from isf.plans.commands import (
    EditedMeanwhile,
    NoBudget,
    PlanBeingWritten,
    add_item,
    change_item,
    remove_item,
    start_next_version,
    start_plan,
    submit_plan,
    withdraw_plan,
    write_for_budget,
    write_words,
)
from isf.plans.queries import load, plan_copy
from isf.plans.rules import Chapter, Frequency, ItemDraft, PaidFrom, PlanState
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.plans import WORDS, write_plan
from tests.world import World

CHOIR = ItemDraft("Choir", PaidFrom.ISF, cost=Money(1200))


@pytest.fixture
async def nia(world: World) -> UUID:
    person, _ = await world.person_with_locked_fund("Nia Jones", Route.ISF, "1000.00")
    return person


@pytest.fixture
async def draft(world: World, nia: UUID) -> UUID:
    return await start_plan(world.broker, nia)


@pytest.mark.row("SP1")
async def test_the_persons_words_are_kept_as_they_said_them(world: World, draft: UUID) -> None:
    await write_words(
        world.broker, draft, {Chapter.IMPORTANT_TO_ME: " My cat. ", Chapter.KEEPS_ME_WELL: "Sleep"}
    )
    plan = await plan_copy(world.care_manager, draft)
    assert plan.words == {Chapter.IMPORTANT_TO_ME: "My cat.", Chapter.KEEPS_ME_WELL: "Sleep"}
    assert {line.written_by for line in plan.written} == {"Brenda Broker"}


@pytest.mark.row("SP1")
async def test_the_total_against_the_budget_moves_with_the_items(world: World, draft: UUID) -> None:
    choir = await add_item(world.broker, draft, CHOIR)
    await add_item(world.broker, draft, ItemDraft("Walk", PaidFrom.FREE))
    await add_item(
        world.broker, draft, ItemDraft("Phone", PaidFrom.SELF, cost=Money(1000), frequency=Frequency.MONTH)
    )
    plan = await load(draft)
    days = (world.ends_on - world.starts_on).days
    cost = (2 * 1200 * days + 7) // 14
    assert (plan.totals.planned_whole.pence, plan.totals.left.pence) == (cost, 100_000 - cost)
    assert plan.totals.self_paid.pence > 0
    await change_item(
        world.broker, choir, ItemDraft("Choir", PaidFrom.ISF, cost=Money(1200), weeks=10), seen=1
    )
    assert (await load(draft)).totals.left == Money(88_000)
    await remove_item(world.broker, choir, seen=2)
    assert (await load(draft)).totals.left == Money(100_000)


@pytest.mark.row("SP1")
async def test_a_plan_that_misses_something_or_costs_too_much_is_not_sent(world: World, draft: UUID) -> None:
    with pytest.raises(Invalid) as refusal:
        await submit_plan(world.broker, draft)
    assert {"important_to_me", "items"} <= set(refusal.value.fields)
    await write_words(world.broker, draft, WORDS)
    await add_item(
        world.broker, draft, ItemDraft("All", PaidFrom.ISF, cost=Money(100_001), frequency=Frequency.ONCE)
    )
    with pytest.raises(Invalid) as refusal:
        await submit_plan(world.broker, draft)
    assert "£0.01 more than there is" in refusal.value.fields["items"]
    assert (await load(draft)).state is PlanState.DRAFT


@pytest.mark.row("SP1")
async def test_a_personal_budget_plans_nothing_with_the_councils_own_service(
    world: World, draft: UUID
) -> None:
    vivo = ItemDraft("Woodwork", PaidFrom.ISF, cost=Money(100), provider_id=world.vivo)
    with pytest.raises(Invalid) as refusal:
        await add_item(world.broker, draft, vivo)
    assert "belongs to the council" in refusal.value.fields["paid_from"]
    with pytest.raises(Invalid) as refusal:
        await add_item(
            world.broker, draft, ItemDraft("X", PaidFrom.FREE, need_id=uuid4(), outcome_id=uuid4())
        )
    assert set(refusal.value.fields) == {"need", "outcome"}


@pytest.mark.row("SP1")
async def test_two_write_one_text_at_once_one_wins_and_the_other_is_told(world: World, draft: UUID) -> None:
    answers = await asyncio.gather(
        write_words(world.broker, draft, {Chapter.KEEPS_ME_WELL: "Sleep"}, seen={Chapter.KEEPS_ME_WELL: 0}),
        write_words(
            world.care_manager, draft, {Chapter.KEEPS_ME_WELL: "Food"}, seen={Chapter.KEEPS_ME_WELL: 0}
        ),
        return_exceptions=True,
    )
    (refusal,) = [answer for answer in answers if isinstance(answer, EditedMeanwhile)]
    plan = await load(draft)
    assert plan.words[Chapter.KEEPS_ME_WELL] in ("Sleep", "Food")
    assert plan.written[0].written_by in refusal.message
    # With what is there now before their eyes, they may write over it.
    again = {Chapter.KEEPS_ME_WELL: "Sleep and food"}
    await write_words(world.broker, draft, again, seen={Chapter.KEEPS_ME_WELL: refusal.edit})
    assert (await load(draft)).words[Chapter.KEEPS_ME_WELL] == "Sleep and food"


@pytest.mark.row("SP1")
async def test_two_who_write_different_parts_do_not_meet(world: World, draft: UUID) -> None:
    await asyncio.gather(
        write_words(world.broker, draft, {Chapter.KEEPS_ME_WELL: "Sleep"}, seen={Chapter.KEEPS_ME_WELL: 0}),
        write_words(
            world.care_manager, draft, {Chapter.SUPPORT_I_WANT: "Time"}, seen={Chapter.SUPPORT_I_WANT: 0}
        ),
        add_item(world.care_manager, draft, CHOIR),
        add_item(world.broker, draft, CHOIR),
    )
    plan = await load(draft)
    assert (len(plan.words), len(plan.items)) == (2, 2)


@pytest.mark.row("SP1")
async def test_two_change_one_item_at_once_and_one_is_told(world: World, draft: UUID) -> None:
    choir = await add_item(world.broker, draft, CHOIR)
    answers = await asyncio.gather(
        change_item(world.broker, choir, ItemDraft("Band", PaidFrom.ISF, cost=Money(1)), seen=1),
        remove_item(world.care_manager, choir, seen=1),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, EditedMeanwhile | NotFound) for answer in answers) == 1


@pytest.mark.row("SP1")
async def test_two_begin_a_plan_at_once_and_there_is_one(world: World, nia: UUID) -> None:
    answers = await asyncio.gather(
        start_plan(world.broker, nia), start_plan(world.care_manager, nia), return_exceptions=True
    )
    assert sum(isinstance(answer, PlanBeingWritten) for answer in answers) == 1


@pytest.mark.row("SP1")
async def test_a_plan_needs_a_budget_and_a_next_version_a_plan(world: World, nia: UUID) -> None:
    nobody = await create_person(world.care_manager, PersonDraft(name="No Budget"))
    with pytest.raises(NoBudget):
        await start_plan(world.care_manager, nobody)
    with pytest.raises(StateConflict):
        await start_next_version(world.care_manager, nia)
    with pytest.raises(StateConflict):
        await start_plan(world.care_manager, world.emma)


@pytest.mark.row("SP2")
async def test_who_may_only_see_or_book_does_not_write(world: World) -> None:
    version = await start_next_version(world.emma_user, world.emma)
    await write_words(world.emma_user, version, {Chapter.IMPORTANT_TO_ME: "Me"})
    with pytest.raises(Forbidden):
        await write_words(world.sister, version, {Chapter.IMPORTANT_TO_ME: "Her"})
    for stranger in (world.stranger, world.dan_user, world.other_care_manager):
        with pytest.raises(NotFound):
            await write_words(stranger, version, {Chapter.IMPORTANT_TO_ME: "Mine"})
    with pytest.raises(Forbidden):
        await write_words(world.finance_officer, version, {Chapter.IMPORTANT_TO_ME: "Money"})


@pytest.mark.row("SP1")
async def test_a_version_can_be_given_up_and_another_begun(world: World, draft: UUID, nia: UUID) -> None:
    await withdraw_plan(world.broker, draft)
    with pytest.raises(StateConflict):
        await write_words(world.broker, draft, WORDS)
    assert (await load(await start_plan(world.broker, nia))).number == 2


@pytest.mark.row("SP1")
async def test_a_sent_plan_is_not_written_before_it_is_taken_back(world: World, nia: UUID) -> None:
    version = await write_plan(world.broker, nia)
    await submit_plan(world.broker, version)
    with pytest.raises(StateConflict) as refusal:
        await add_item(world.broker, version, CHOIR)
    assert "take it back" in refusal.value.message


async def test_another_persons_budget_is_no_choice(world: World, draft: UUID) -> None:
    others = await db.fetch_value("SELECT id FROM personal_budget WHERE person_id = $1", world.emma)
    with pytest.raises(Invalid):
        await write_for_budget(world.broker, draft, others)
