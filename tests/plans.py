"""A plan that others than its writer agreed, made by the real commands: so that tests have money to use."""

from uuid import UUID

from isf.plans.commands import add_item, start_next_version, start_plan, submit_plan, turn_key, write_words
from isf.plans.queries import load, plan_in_force
from isf.plans.rules import KEY_HOLDERS, Chapter, Frequency, ItemDraft, KeyKind, PaidFrom
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money

WORDS = {
    Chapter.IMPORTANT_TO_ME: "My garden, my friends, and being asked first.",
    Chapter.KEEPS_ME_WELL: "Being outside, and knowing what happens next.",
    Chapter.SUPPORT_I_WANT: "Somebody beside me when I try something new.",
    Chapter.HOW_MONEY_IS_USED: "For days out and for company.",
    Chapter.WHAT_I_PAY: "My own part, every month.",
}


async def write_plan(writer: Actor, person_id: UUID, *, budget_id: UUID | None = None) -> UUID:
    """A draft that is ready for its keys: one item of any activity for each route, which takes the whole budget."""
    async with db.unit_of_work():
        if await plan_in_force(person_id, clock.today()) is not None:
            return await start_next_version(writer, person_id, budget_id=budget_id)
        version_id = await start_plan(writer, person_id, budget_id=budget_id)
        await write_words(writer, version_id, WORDS)
        for route, amount in (await load(version_id)).totals.allocated.items():
            if amount:
                await add_item(writer, version_id, anything(PaidFrom(str(route)), amount))
    return version_id


def anything(paid_from: PaidFrom, amount: Money) -> ItemDraft:
    """An item that stands for any activity of anybody, so that every booking is inside the plan."""
    return ItemDraft("Days out", paid_from, cost=amount, frequency=Frequency.ONCE)


async def turn_all_keys(care_manager: Actor, finance_officer: Actor, version_id: UUID) -> None:
    """Turn every key that is not turned yet, each by who holds it."""
    holders = {Role.CARE_MANAGER: care_manager, Role.FINANCE_OFFICER: finance_officer}
    turned = {key.kind for key in (await load(version_id)).keys}
    for kind in KeyKind:
        if kind not in turned:
            await turn_key(holders[KEY_HOLDERS[kind]], version_id, kind, "Looked at it together.")


async def agree(
    writer: Actor,
    care_manager: Actor,
    finance_officer: Actor,
    person_id: UUID,
    *,
    budget_id: UUID | None = None,
) -> UUID:
    """Write a plan, send it, and turn its keys; the money is free afterwards. Answers the version."""
    async with db.unit_of_work():
        version_id = await write_plan(writer, person_id, budget_id=budget_id)
        await submit_plan(writer, version_id)
        await turn_all_keys(care_manager, finance_officer, version_id)
    return version_id
