"""Versions of a budget by date: the sums tie on every day, and only the difference moves."""

from datetime import timedelta

import pytest

from isf.budgets.commands import change_budget, rehearse
from isf.budgets.rules import BudgetChange, BudgetMoved
from isf.budgets.standing import standing_on
from isf.ledger.verify import verify
from isf.rules import Collection, Per, for_days
from marketplace.identity.access import require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.isf.budgets.changing import change, isf, managed, versions, weekly_budget
from tests.world import World, balances

LATER = timedelta(weeks=8)


async def shares_differ() -> int:
    """How many budgets are not the sum of their shares."""
    wrong: int = await db.fetch_value(
        "SELECT count(*) FROM personal_budget b WHERE (council_share_pence, contribution_pence) IS DISTINCT FROM"
        " (SELECT (sum(council_share_pence)::bigint, sum(contribution_pence)::bigint) FROM fund_share"
        "   WHERE budget_id = b.id)"
    )
    return wrong


@pytest.mark.row("F2")
async def test_a_budget_by_the_week_is_exact_for_its_days(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100.01", "12.34"), weeks=53)
    assert await versions(person) == [(53 * 8767, 53 * 1234)]
    row = await db.fetch_one("SELECT * FROM fund_share WHERE fund_id = $1", fund)
    assert row is not None
    assert (row["council_weekly_pence"], row["contribution_weekly_pence"]) == (8767, 1234)
    assert (await balances(fund))["available"] == 53 * 10001


@pytest.mark.row("F2")
async def test_an_increase_promises_the_difference_in_the_same_fund(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100", "10"))
    day = clock.today() + timedelta(days=3)
    made = await change(world, person, isf(world, "120", "10"), day=day)
    gone = for_days(Money(9_000), 31).pence
    rest = for_days(Money(11_000), 52 * 7 - 31).pence
    contribution_gone = for_days(Money(1_000), 31).pence
    contribution_rest = for_days(Money(1_000), 52 * 7 - 31).pence
    assert await versions(person) == [(gone, contribution_gone), (rest, contribution_rest)]
    assert (made.opened, len(made.effects)) == ([], 1)
    amount = await db.fetch_value("SELECT amount_pence FROM fund WHERE id = $1", fund)
    assert amount == gone + rest + contribution_gone + contribution_rest
    assert (await balances(fund))["available"] == amount == -(await balances(fund))["promised"]
    assert await db.fetch_value("SELECT count(*) FROM journal WHERE fund_id = $1", fund) == 2
    assert await shares_differ() == 0
    assert await verify() == []


@pytest.mark.row("F2")
async def test_a_part_that_does_not_change_keeps_every_penny(world: World) -> None:
    person, (fund, other) = await weekly_budget(world, isf(world, "33.33"), managed(world, "50"))
    before = await balances(fund)
    await change(
        world, person, isf(world, "33.33"), managed(world, "60"), day=clock.today() + timedelta(days=2)
    )
    assert await balances(fund) == before
    assert await db.fetch_value("SELECT count(*) FROM fund_share WHERE fund_id = $1", fund) == 2
    assert (await balances(other))["available"] > 52 * 5000


@pytest.mark.row("F2")
async def test_money_rolls_over_into_the_next_year_in_the_same_fund(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"), weeks=5)
    ends_on = clock.today() + timedelta(weeks=1)
    made = await change(world, person, isf(world, "110"), day=ends_on, ends_on=ends_on + timedelta(weeks=52))
    assert made.opened == []
    assert (await balances(fund))["available"] == 5 * 10_000 + 52 * 11_000
    assert await db.fetch_value("SELECT ends_on FROM fund WHERE id = $1", fund) == ends_on + timedelta(
        weeks=52
    )
    for scope in Scope:
        await require_person(world.broker, person, scope)
    held = await db.fetch_value(
        "SELECT max(ends_on) FROM authority WHERE person_id = $1 AND organisation_id = $2",
        person,
        world.harbour,
    )
    assert held == ends_on + timedelta(weeks=52)
    assert await verify() == []


@pytest.mark.row("F2")
async def test_a_reduction_needs_notice_or_the_persons_agreement(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    soon = clock.today() + timedelta(days=1)
    with pytest.raises(Invalid) as refusal:
        await change(world, person, isf(world, "80"), day=soon)
    assert "days of notice" in refusal.value.fields["agreed"]
    assert len(await versions(person)) == 1
    await change(world, person, isf(world, "80"), day=soon, agreed="Nia has found a lift and needs less.")
    told = await db.fetch_value(
        "SELECT because FROM personal_budget WHERE person_id = $1 AND version = 2", person
    )
    assert "Nia has found a lift" in told
    row = await db.fetch_one("SELECT amount_pence FROM fund WHERE id = $1", fund)
    assert row is not None
    assert (await balances(fund))["available"] == row["amount_pence"]


@pytest.mark.row("F6")
async def test_the_contribution_and_how_it_is_collected_change_with_a_version(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100", "10"))
    before = (await balances(fund))["available"]
    await change(world, person, isf(world, "100", "25"), day=clock.today(), collection=Collection.GROSS)
    rows = await db.fetch_all(
        "SELECT collection, contribution_pence FROM personal_budget WHERE person_id = $1 ORDER BY version",
        person,
    )
    assert [row["collection"] for row in rows] == ["net", "gross"]
    assert [row["contribution_pence"] for row in rows] == [4 * 1000, 48 * 2500]
    assert (await balances(fund))["available"] == before


@pytest.mark.row("F2")
async def test_from_its_first_day_a_version_is_written_anew_and_what_it_was_is_kept(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    first = clock.today() - timedelta(weeks=4)
    await change(world, person, isf(world, "130"), day=first, because="The amount was disagreed with.")
    assert await versions(person) == [(52 * 13_000, 0)]
    assert (await balances(fund))["available"] == 52 * 13_000
    was = await db.fetch_value(
        "SELECT before -> 'council_share' ->> 'pence' FROM audit_record WHERE action = 'budget.changed'"
    )
    assert int(was) == 52 * 10_000
    assert await verify() == []


@pytest.mark.row("F3")
async def test_a_new_part_opens_a_new_fund_and_a_part_left_out_ends(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    day = clock.today() + LATER
    made = await change(world, person, isf(world, "60"), managed(world, "50"), day=day)
    assert len(made.opened) == 1
    again = await change(world, person, managed(world, "120"), day=day + timedelta(weeks=1))
    assert again.opened == []
    row = await db.fetch_one("SELECT ends_on, state, amount_pence FROM fund WHERE id = $1", fund)
    assert row is not None
    assert (row["ends_on"], row["state"]) == (day + timedelta(weeks=1), "open")
    assert (await balances(fund))["available"] == row["amount_pence"] == 12 * 10_000 + 6_000
    assert await verify() == []


@pytest.mark.row("F2")
async def test_the_same_change_sent_twice_makes_one_version(world: World) -> None:
    person, _ = await weekly_budget(world, isf(world, "100"))
    name = new_id()
    one = await change(world, person, isf(world, "120"), day=clock.today(), id=name)
    two = await change(world, person, isf(world, "120"), day=clock.today(), id=name)
    assert one.budget_id == two.budget_id == name
    assert len(await versions(person)) == 2


@pytest.mark.row("F2")
async def test_of_two_care_managers_one_wins_and_the_other_is_told(world: World) -> None:
    person, _ = await weekly_budget(world, isf(world, "100"))
    standing = await standing_on(person, clock.today())
    assert standing is not None
    await change(world, person, isf(world, "120"), day=clock.today(), seen=standing.seen)
    with pytest.raises(BudgetMoved):
        await change(
            world, person, isf(world, "110"), day=clock.today() + timedelta(days=1), seen=standing.seen
        )


@pytest.mark.row("F2")
async def test_a_rehearsal_tells_all_and_leaves_nothing(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"))
    before = await balances(fund)
    told = await rehearse(lambda: change(world, person, isf(world, "120"), day=clock.today()))
    assert (told.effects[0].left_after - told.effects[0].left_before).pence == 48 * 2_000
    assert (await balances(fund), len(await versions(person))) == (before, 1)


@pytest.mark.row("A3")
async def test_only_the_persons_own_council_changes_a_budget(world: World) -> None:
    person, _ = await weekly_budget(world, isf(world, "100"))
    asked = BudgetChange(
        clock.today(), clock.today() + timedelta(days=9), [isf(world, "120")], "Why", Per.WEEK
    )
    with pytest.raises(NotFound):
        await change_budget(world.other_care_manager, person, asked)
    for name in ("broker", "finance_officer", "emma_user", "monitoring_officer"):
        with pytest.raises(Forbidden):
            await change_budget(world.personas()[name], person, asked)


@pytest.mark.row("F2")
@pytest.mark.parametrize("wrong", ["starts_on", "ends_on", "because", "funds", "isf-amount", "isf-holder"])
async def test_what_is_wrong_is_told_at_its_field(world: World, wrong: str) -> None:
    person, _ = await weekly_budget(world, isf(world, "100"))
    today = clock.today()
    good = {"starts_on": today, "ends_on": today + timedelta(days=30), "because": "Why"}
    funds = [isf(world, "120")]
    match wrong:
        case "starts_on":
            good["starts_on"] = today - timedelta(weeks=5)
        case "ends_on":
            good["ends_on"] = today
        case "because":
            good["because"] = " "
        case "funds":
            funds = []
        case "isf-amount":
            funds = [isf(world, "0")]
        case "isf-holder":
            funds = [isf(world, "120", holder=world.council)]
    with pytest.raises(Invalid) as refusal:
        await change_budget(world.care_manager, person, BudgetChange(**good, funds=funds))  # type: ignore[arg-type]
    assert wrong in refusal.value.fields
