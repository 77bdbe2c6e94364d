"""A budget and its funds: they tie to the penny, fit their holders, and never overlap."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from isf import queries
from isf.commands import BudgetDraft, FundDraft, PersonDraft, create_budget, create_person
from isf.ledger.verify import verify
from marketplace.identity.access import require_person
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from tests.world import World, actor_again, balances


@pytest.fixture
async def nia(world: World) -> UUID:
    return await create_person(world.care_manager, PersonDraft(name="Nia Jones"))


def draft(
    world: World, *funds: FundDraft, contribution: Money = ZERO, whole: Money | None = None
) -> BudgetDraft:
    whole = whole or Money(sum(fund.amount.pence for fund in funds))
    return BudgetDraft(whole - contribution, contribution, world.starts_on, world.ends_on, funds)


@pytest.mark.row("F3")
async def test_a_mixed_budget_ties_to_the_penny(world: World, nia: UUID) -> None:
    funds = [
        FundDraft(Route.DIRECT_PAYMENT, Money(33_333), holder_user_id=world.sister.user_id),
        FundDraft(Route.ISF, Money(33_333), holder_organisation_id=world.harbour),
        FundDraft(Route.COUNCIL_MANAGED, Money(33_335), holder_organisation_id=world.council),
    ]
    made = await create_budget(world.care_manager, nia, draft(world, *funds, contribution=Money(10_000)))
    told = [await balances(fund_id) for fund_id in made.fund_ids]
    assert [one["available"] for one in told] == [33_333, 33_333, 33_335]
    assert sum(one["promised"] for one in told) == -100_001
    assert await verify() == []
    seen = await queries.funds_of(world.care_manager, nia)
    assert [fund.title for fund in seen] == [
        "ISF with Harbour Brokerage", "Direct payment", "Money the council manages",
    ]  # fmt: skip


@pytest.mark.row("F2")
async def test_parts_that_do_not_add_up_leave_no_trace(world: World, nia: UUID) -> None:
    fund = FundDraft(Route.ISF, Money(900), holder_organisation_id=world.harbour)
    with pytest.raises(Invalid) as refusal:
        await create_budget(world.care_manager, nia, draft(world, fund, whole=Money(1_000)))
    assert "£1.00 less" in refusal.value.fields["funds"]
    assert await queries.budgets_of(world.care_manager, nia) == []


@pytest.mark.row("F2")
async def test_two_budgets_never_run_on_the_same_day(world: World, nia: UUID) -> None:
    fund = FundDraft(Route.ISF, Money(1_000), holder_organisation_id=world.harbour)
    await create_budget(world.care_manager, nia, draft(world, fund))
    with pytest.raises(Invalid) as refusal:
        await create_budget(world.care_manager, nia, draft(world, fund))
    assert "already a budget" in refusal.value.fields["starts_on"]
    after = BudgetDraft(fund.amount, ZERO, world.ends_on, world.ends_on + timedelta(days=365), [fund])
    await create_budget(world.care_manager, nia, after)
    assert [line.version for line in await queries.budgets_of(world.care_manager, nia)] == [2, 1]


@pytest.mark.row("I1")
async def test_no_council_holds_an_isf(world: World, nia: UUID) -> None:
    for council in (world.council, world.other_council):
        fund = FundDraft(Route.ISF, Money(1_000), holder_organisation_id=council)
        with pytest.raises(Invalid) as refusal:
            await create_budget(world.care_manager, nia, draft(world, fund))
        assert "isf-holder" in refusal.value.fields


@pytest.mark.row("I1")
async def test_no_service_of_the_funding_council_holds_an_isf(world: World, nia: UUID) -> None:
    vivo = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.vivo)
    fund = FundDraft(Route.ISF, Money(1_000), holder_organisation_id=vivo)
    with pytest.raises(Invalid) as refusal:
        await create_budget(world.care_manager, nia, draft(world, fund))
    assert "belongs to the council" in refusal.value.fields["isf-holder"]


@pytest.mark.row("I1")
async def test_the_database_itself_refuses_a_council_as_holder_of_its_isf(world: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="fund_holder_fits_route"):
        await db.execute("UPDATE fund SET holder_organisation_id = council_id WHERE id = $1", world.emma_isf)


@pytest.mark.row("F2")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fund SET amount_pence = amount_pence + 1 WHERE id = $1",
        "UPDATE fund_share SET council_share_pence = council_share_pence + 1 WHERE fund_id = $1",
        "DELETE FROM fund_share WHERE fund_id = $1",
        "UPDATE personal_budget SET contribution_pence = contribution_pence + 1"
        " WHERE id = (SELECT budget_id FROM fund WHERE id = $1)",
    ],
)
async def test_the_database_itself_refuses_shares_that_are_not_the_budget(world: World, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=r"pence|sum of its shares"):
        await db.execute(change, world.emma_isf)


@pytest.mark.row("I1")
async def test_an_isf_holder_may_plan_book_and_pay_while_the_fund_runs(world: World, nia: UUID) -> None:
    with pytest.raises(NotFound):
        await require_person(world.stranger, nia, Scope.SEE)
    fund = FundDraft(Route.ISF, Money(1_000), holder_organisation_id=world.lighthouse)
    await create_budget(world.care_manager, nia, draft(world, fund))
    for scope in Scope:
        await require_person(world.stranger, nia, scope)
    (line,) = await queries.authorities_of(world.care_manager, nia)
    assert (line.kind, line.starts_on, line.ends_on) == (
        AuthorityKind.ISF_HOLDER, world.starts_on, world.ends_on,
    )  # fmt: skip


@pytest.mark.row("I2")
async def test_an_isf_holder_that_begins_later_prepares_from_today_but_books_nothing(
    world: World, nia: UUID
) -> None:
    fund = FundDraft(Route.ISF, Money(1_000), holder_organisation_id=world.lighthouse)
    later = clock.today() + timedelta(days=30)
    await create_budget(
        world.care_manager, nia, BudgetDraft(fund.amount, ZERO, later, later + timedelta(days=60), [fund])
    )
    for scope in (Scope.SEE, Scope.PLAN):
        await require_person(world.stranger, nia, scope)
    with pytest.raises(Forbidden):
        await require_person(world.stranger, nia, Scope.BOOK)


@pytest.mark.row("F4")
async def test_a_direct_payment_can_be_held_by_somebody_for_the_person(world: World, nia: UUID) -> None:
    fund = FundDraft(Route.DIRECT_PAYMENT, Money(1_000), holder_user_id=world.sister.user_id)
    await create_budget(world.care_manager, nia, draft(world, fund))
    for scope in (Scope.SEE, Scope.BOOK, Scope.PAY):
        await require_person(world.sister, nia, scope)
    (line,) = await queries.authorities_of(world.care_manager, nia)
    assert (line.kind, line.ends_on) == (AuthorityKind.REPRESENTATIVE, world.ends_on)


@pytest.mark.row("F4")
async def test_a_person_who_holds_their_own_money_may_pay_with_it(world: World) -> None:
    dan = await actor_again(world.dan_user.user_id)
    await require_person(dan, world.dan, Scope.PAY)
    assert AuthorityKind.SELF in {
        line.kind
        for line in await queries.authorities_of(world.care_manager, world.dan)
        if Scope.PAY in line.scopes
    }


@pytest.mark.row("F4")
async def test_an_unknown_holder_is_refused(world: World, nia: UUID) -> None:
    for fund in (
        FundDraft(Route.DIRECT_PAYMENT, Money(1_000), holder_user_id=new_id()),
        FundDraft(Route.ISF, Money(1_000), holder_organisation_id=new_id()),
    ):
        with pytest.raises(Invalid):
            await create_budget(world.care_manager, nia, draft(world, fund))


@pytest.mark.row("A3")
async def test_only_the_persons_own_council_gives_a_budget(world: World, nia: UUID) -> None:
    fund = FundDraft(Route.ISF, Money(1_000), holder_organisation_id=world.harbour)
    with pytest.raises(NotFound):
        await create_budget(world.other_care_manager, nia, draft(world, fund))
    for name in ("broker", "finance_officer", "emma_user"):
        with pytest.raises(Forbidden):
            await create_budget(world.personas()[name], nia, draft(world, fund))


@pytest.mark.row("F2")
async def test_money_that_runs_later_is_not_counted_today(world: World, nia: UUID) -> None:
    starts_on = clock.today() + timedelta(days=1)
    fund = FundDraft(Route.ISF, Money(1_000), holder_organisation_id=world.harbour)
    await create_budget(
        world.care_manager,
        nia,
        BudgetDraft(Money(1_000), ZERO, starts_on, starts_on + timedelta(days=9), [fund]),
    )
    (line,) = (await queries.people_of(world.care_manager, "Nia")).items
    assert (line.funds, line.available_pence) == (0, 0)
    (told,) = await queries.funds_of(world.care_manager, nia)
    assert not told.current
