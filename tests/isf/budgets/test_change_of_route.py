"""Another holder from a day on: nothing is funded twice, and nothing booked is lost sight of (row F5)."""

from datetime import timedelta

import pytest

from isf.budgets.commands import change_route
from isf.ledger.commands import pay_in
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.rules import FundDraft
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.overcommitted.queries import over_commitment
from marketplace.bookings.rules import Reason
from marketplace.identity.access import require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from tests.isf.budgets.changing import change, isf, managed, versions, weekly_budget
from tests.world import World, balances


def to_lighthouse(world: World) -> FundDraft:
    return FundDraft(Route.ISF, ZERO, holder_organisation_id=world.lighthouse)


def to_sister(world: World) -> FundDraft:
    return FundDraft(Route.DIRECT_PAYMENT, ZERO, holder_user_id=world.sister.user_id)


@pytest.mark.row("F5")
async def test_the_rest_goes_to_the_next_holder_and_what_was_paid_too_early_shows(world: World) -> None:
    person, (old,) = await weekly_budget(world, isf(world, "100", "10"), weeks=10)
    # Eight weeks are paid in, and the money goes another way after six.
    await pay_in(
        world.finance_officer,
        old,
        Account.FUNDING,
        Money(8 * 9_000),
        clock.today(),
        reference="p1",
        subject_id=None,
    )
    day = clock.today() + timedelta(weeks=2)
    made = await change_route(
        world.care_manager, old, day, to_lighthouse(world), "Nia wants to go to Lighthouse"
    )
    (new,) = made.opened
    assert await versions(person) == [(6 * 9_000, 6 * 1_000), (4 * 9_000, 4 * 1_000)]
    was, now = await balances(old), await balances(new)
    assert was["available"] == 60_000
    assert was["promised"] == 72_000 - 60_000
    assert (now["available"], now["promised"]) == (40_000, -40_000)
    share = await db.fetch_one("SELECT * FROM fund_share WHERE fund_id = $1", new)
    assert share is not None
    assert (share["council_weekly_pence"], share["contribution_weekly_pence"]) == (9_000, 1_000)
    assert await verify() == []


@pytest.mark.row("F4")
async def test_the_old_holder_may_act_until_then_and_the_new_one_from_then(world: World) -> None:
    person, (old,) = await weekly_budget(world, isf(world, "100"))
    await change_route(world.care_manager, old, clock.today(), to_lighthouse(world), "Wished for")
    with pytest.raises(NotFound):
        await require_person(world.broker, person, Scope.SEE)
    for scope in Scope:
        await require_person(world.stranger, person, scope)


@pytest.mark.row("F5")
async def test_the_new_fund_can_be_booked_without_new_keys_and_the_old_one_not(world: World) -> None:
    _, (old,) = await weekly_budget(world, isf(world, "100"))
    made = await change_route(world.care_manager, old, clock.today(), to_lighthouse(world), "Wished for")
    session = await world.session()
    assert (await book(world.stranger, session, made.opened[0])).state == "confirmed"
    with pytest.raises(Conflict, match="cannot book"):
        await book(world.stranger, await world.session(day=clock.today() + timedelta(days=5)), old)


@pytest.mark.row("F5")
async def test_bookings_after_the_day_are_listed_until_none_is_left(world: World) -> None:
    _, (old,) = await weekly_budget(world, isf(world, "100"))
    kept = await book(world.broker, await world.session(), old)
    goes = await book(world.broker, await world.session(day=clock.today() + timedelta(days=20)), old)
    made = await change_route(
        world.care_manager, old, clock.today() + timedelta(days=10), to_sister(world), "Wished for"
    )
    (effect,) = made.effects
    assert effect.over_commitment_id is not None
    over = await over_commitment(world.care_manager, effect.over_commitment_id)
    # What was saved before covers the price, and the booking still has to go.
    assert (over.kind, over.state, over.bookings, over.still_to_take_pence) == ("ended", "open", 1, 0)
    await cancel_booking(world.care_manager, goes.id, Reason.BUDGET_CHANGED)
    assert (await over_commitment(world.care_manager, over.id)).state == "settled"
    assert await db.fetch_value("SELECT state FROM booking WHERE id = $1", kept.id) == "confirmed"
    assert await verify() == []


@pytest.mark.row("F5")
async def test_money_that_goes_where_there_is_some_already_is_added_to_it(world: World) -> None:
    person, (old, kept) = await weekly_budget(world, isf(world, "33.33"), managed(world, "66.67"))
    to = FundDraft(Route.COUNCIL_MANAGED, ZERO, holder_organisation_id=world.council)
    day = clock.today() + timedelta(days=4)
    made = await change_route(world.care_manager, old, day, to, "Wished for")
    assert made.opened == []
    assert sum([(await balances(fund))["available"] for fund in (old, kept)]) == 52 * 10_000
    assert sum(share for share, _ in await versions(person)) == 52 * 10_000
    assert await verify() == []


@pytest.mark.row("F5")
async def test_the_versions_that_follow_follow(world: World) -> None:
    person, (old,) = await weekly_budget(world, isf(world, "100"), weeks=10)
    ends_on = clock.today() + timedelta(weeks=6)
    await change(world, person, isf(world, "110"), day=ends_on, ends_on=ends_on + timedelta(weeks=10))
    made = await change_route(
        world.care_manager, old, clock.today() + timedelta(weeks=1), to_lighthouse(world), "Wished for"
    )
    (new,) = made.opened
    assert (await balances(old))["available"] == 50_000
    assert (await balances(new))["available"] == 50_000 + 110_000
    assert await db.fetch_value("SELECT ends_on FROM fund WHERE id = $1", new) == ends_on + timedelta(
        weeks=10
    )
    assert await db.fetch_value("SELECT count(*) FROM fund WHERE person_id = $1", person) == 2
    assert await verify() == []


@pytest.mark.row("F5")
async def test_the_same_change_of_holder_sent_twice_is_made_once(world: World) -> None:
    person, (old,) = await weekly_budget(world, isf(world, "100"))
    name = new_id()
    for _ in range(2):
        await change_route(
            world.care_manager, old, clock.today(), to_lighthouse(world), "Wished for", change_id=name
        )
    assert await db.fetch_value("SELECT count(*) FROM fund WHERE person_id = $1", person) == 2


@pytest.mark.row("F5")
async def test_what_cannot_be_is_told_at_its_field(world: World) -> None:
    _, (old,) = await weekly_budget(world, isf(world, "100"))
    harbour = FundDraft(Route.ISF, ZERO, holder_organisation_id=world.harbour)
    council = FundDraft(Route.ISF, ZERO, holder_organisation_id=world.council)
    vivo = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.vivo)
    for to, day, because, field in (
        (harbour, 1, "Why", "route"),
        (council, 1, "Why", "holder"),
        (FundDraft(Route.ISF, ZERO, holder_organisation_id=vivo), 1, "Why", "isf-holder"),
        (to_sister(world), 1, " ", "because"),
        (to_sister(world), 900, "Why", "starts_on"),
    ):
        with pytest.raises(Invalid) as refusal:
            await change_route(world.care_manager, old, clock.today() + timedelta(days=day), to, because)
        assert field in refusal.value.fields
    for name in ("broker", "sister", "finance_officer"):
        with pytest.raises(Forbidden):
            await change_route(world.personas()[name], old, clock.today(), to_sister(world), "Why")
    with pytest.raises(NotFound):
        await change_route(world.other_care_manager, old, clock.today(), to_sister(world), "Why")
