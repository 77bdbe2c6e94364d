"""A person with a budget by the week, and ways to change it, for the tests here."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from isf.budgets.commands import change_budget
from isf.budgets.rules import BudgetChange
from isf.budgets.writing import Written
from isf.commands import BudgetDraft, FundDraft, PersonDraft, create_budget, create_person
from isf.rules import Per
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.world import World


def isf(world: World, weekly: str, contribution: str = "0", holder: UUID | None = None) -> FundDraft:
    """A part of a budget by the week: an ISF with Harbour."""
    return FundDraft(
        Route.ISF,
        Money.parse(weekly),
        holder_organisation_id=holder or world.harbour,
        contribution=Money.parse(contribution),
    )


def managed(world: World, weekly: str, contribution: str = "0") -> FundDraft:
    """A part of a budget by the week that the council manages."""
    return FundDraft(
        Route.COUNCIL_MANAGED,
        Money.parse(weekly),
        holder_organisation_id=world.council,
        contribution=Money.parse(contribution),
    )


async def weekly_budget(world: World, *funds: FundDraft, weeks: int = 52) -> tuple[UUID, tuple[UUID, ...]]:
    """A person with a budget by the week that began four weeks ago; answers the person and the funds."""
    person = await create_person(world.care_manager, PersonDraft(name="Nia Jones"))
    starts_on = clock.today() - timedelta(weeks=4)
    contribution = Money(sum(fund.contribution.pence for fund in funds if fund.contribution))
    whole = Money(sum(fund.amount.pence for fund in funds))
    made = await create_budget(
        world.care_manager,
        person,
        BudgetDraft(
            whole - contribution,
            contribution,
            starts_on,
            starts_on + timedelta(weeks=weeks),
            funds,
            per=Per.WEEK,
        ),
    )
    await world.agree_plan(person)
    return person, made.fund_ids


async def change(world: World, person: UUID, *funds: FundDraft, day: date, **more: Any) -> Written:
    """Change the budget from a day on, as the care manager; until its end unless `ends_on` is told."""
    ends_on = more.pop("ends_on", None) or await db.fetch_value(
        "SELECT ends_on FROM personal_budget WHERE person_id = $1 AND starts_on <= $2 AND ends_on > $2",
        person,
        day,
    )
    more.setdefault("because", "Reviewed together")
    return await change_budget(world.care_manager, person, BudgetChange(day, ends_on, funds, **more))


async def versions(person: UUID) -> list[tuple[int, int]]:
    """Each version's council share and contribution in pence, the first one first."""
    rows = await db.fetch_all(
        "SELECT council_share_pence, contribution_pence FROM personal_budget WHERE person_id = $1 ORDER BY starts_on",
        person,
    )
    return [(row["council_share_pence"], row["contribution_pence"]) for row in rows]
