"""A fund ends: notice kept, everything settled first, every penny sent where it belongs (row I6, rule 18)."""

import asyncio
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from isf.agreements.exits.announcing import exit_fund
from isf.agreements.exits.finishing import (
    StillInTheWay,
    finish_exit,
    send_late_money,
    start_winding_up,
)
from isf.agreements.exits.queries import ending_fund, open_exits
from isf.agreements.exits.rules import ExitDraft, ExitReason, ExitState
from isf.agreements.fees.commands import take_fees
from isf.agreements.queries import signed_agreement
from isf.budgets.commands import change_route
from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.rules import FundDraft
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.identity.access import scopes_for
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from tests.isf.agreements.agreed import agreed_isf, terms
from tests.isf.agreements.test_fees import at
from tests.world import World, balances, persona

EMPTY = {"available": 0, "committed": 0, "payable": 0, "promised": 0}


async def paid(fund_id: UUID, pence: int, source: Account = Account.FUNDING) -> None:
    """Money comes into a fund."""
    await ledger.pay_in(
        SYSTEM, fund_id, source, Money(pence), clock.today(), reference=f"test:{new_id()}", subject_id=None
    )


def on_day(day: date) -> AbstractContextManager[clock.Clock]:
    """Run a block on another day."""
    return clock.use_clock(at(day))


def held(books: dict[str, int]) -> int:
    """The cash that lies with the holder."""
    return sum(books[kind] for kind in EMPTY)


def over(world: World, **changes: object) -> ExitDraft:
    """The person died yesterday: no notice, the last day is yesterday."""
    values: dict[str, object] = {"ends_on": clock.today(), "reason": ExitReason.DIED, "because": "She died"}
    return ExitDraft(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.row("I6")
async def test_what_is_left_goes_back_to_the_council_and_the_fund_is_closed(world: World) -> None:
    await paid(world.emma_isf, 60_000)
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    shares = await db.fetch_value(
        "SELECT sum(council_share_pence + contribution_pence)::bigint FROM fund_share WHERE fund_id = $1",
        world.emma_isf,
    )
    done = await finish_exit(world.finance_officer, exit_id)
    books = await balances(world.emma_isf)
    assert {kind: books[kind] for kind in EMPTY} == EMPTY
    assert books["returned"] == 60_000
    assert (done.early_pence, done.left_pence) == (60_000 - shares, shares)
    assert await db.fetch_value("SELECT state FROM fund WHERE id = $1", world.emma_isf) == "closed"
    assert await verify() == []


@pytest.mark.row("I6")
async def test_what_was_agreed_and_never_paid_in_is_taken_back_not_sent(world: World) -> None:
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    done = await finish_exit(world.finance_officer, exit_id)
    assert (done.early_pence, done.left_pence) == (0, 0)
    books = await balances(world.emma_isf)
    assert all(pence == 0 for pence in books.values())


@pytest.mark.row("I6")
async def test_the_persons_own_money_goes_back_to_them_first(world: World) -> None:
    await paid(world.emma_isf, 5_000)
    await ledger.top_up(
        SYSTEM, world.emma_isf, Money(3_000), clock.today(), reference="test:own", subject_id=None
    )
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    done = await finish_exit(world.finance_officer, exit_id)
    assert done.top_up_back_pence == 3_000
    assert done.early_pence + done.left_pence == 5_000
    assert (await balances(world.emma_isf))["top_up"] == 0


@pytest.mark.row("I6")
async def test_what_is_left_moves_to_the_next_holder_and_the_budget_with_it(world: World) -> None:
    """Emma's ISF goes over to the money that the council manages."""
    await paid(world.emma_isf, 50_000)
    before = held(await balances(world.emma_isf)) + held(await balances(world.emma_managed))
    amounts = await db.fetch_value(
        "SELECT sum(amount_pence)::bigint FROM fund WHERE person_id = $1", world.emma
    )
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world, to_fund_id=world.emma_managed))
    await finish_exit(world.finance_officer, exit_id)
    assert held(await balances(world.emma_isf)) == 0
    assert held(await balances(world.emma_managed)) == before
    assert (
        await db.fetch_value("SELECT sum(amount_pence)::bigint FROM fund WHERE person_id = $1", world.emma)
        == amounts
    )
    assert await verify() == []


@pytest.mark.row("I6")
async def test_a_fund_that_another_route_replaced_is_ended_the_same_way(world: World) -> None:
    await paid(world.emma_isf, 50_000)
    day = clock.today() + timedelta(days=30)
    changed = await change_route(
        world.care_manager, world.emma_isf, day,
        FundDraft(Route.ISF, ZERO, holder_organisation_id=world.lighthouse), "She wants Lighthouse",
    )  # fmt: skip
    next_fund = changed.opened[0]
    draft = ExitDraft(day, ExitReason.ROUTE_CHANGED, "Lighthouse holds it now", to_fund_id=next_fund)
    exit_id = await exit_fund(world.care_manager, world.emma_isf, draft)
    with pytest.raises(Conflict, match="runs until"):
        await finish_exit(world.finance_officer, exit_id)
    with on_day(day):
        await finish_exit(world.finance_officer, exit_id)
    assert held(await balances(world.emma_isf)) == 0
    assert held(await balances(next_fund)) == 50_000


@pytest.mark.row("I6")
async def test_what_is_booked_has_to_be_settled_first(world: World) -> None:
    await paid(world.emma_isf, 50_000)
    booked = await book(world.broker, await world.session(), world.emma_isf)
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    with pytest.raises(StillInTheWay, match=r"£38\.50 is still booked"):
        await finish_exit(world.finance_officer, exit_id)
    view = await ending_fund(world.care_manager, world.emma_isf)
    assert [each.id for each in view.bookings] == [booked.id]
    assert view.exit is not None
    assert view.exit.state is ExitState.ANNOUNCED
    await cancel_booking(world.care_manager, booked.id, Reason.CHANGED_MIND)
    done = await finish_exit(world.finance_officer, exit_id)
    assert done.early_pence + done.left_pence == 50_000


@pytest.mark.row("I6")
async def test_from_the_announced_day_on_nothing_is_booked(world: World) -> None:
    day = clock.today() + timedelta(days=20)
    await exit_fund(
        world.care_manager, world.emma_isf, ExitDraft(day, ExitReason.PERSON_WISH, "She wishes it")
    )
    await book(world.broker, await world.session(day=day - timedelta(days=1)), world.emma_isf)
    with pytest.raises(Conflict):
        await book(world.broker, await world.session(day=day), world.emma_isf)


@pytest.mark.row("I6")
async def test_more_used_than_paid_in_has_to_be_paid_in_first(world: World) -> None:
    await agreed_isf(world)  # Two months of fee, and nothing was ever paid in.
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    fee = (await balances(world.emma_isf))["fee"]
    assert fee == 0
    with pytest.raises(StillInTheWay, match="still to be paid in"):
        await finish_exit(world.finance_officer, exit_id)
    assert (await balances(world.emma_isf))["fee"] == 0  # Nothing of it stayed.
    await paid(world.emma_isf, 10_000)
    done = await finish_exit(world.finance_officer, exit_id)
    books = await balances(world.emma_isf)
    assert books["fee"] > 0
    assert done.early_pence + done.left_pence == 10_000 - books["fee"]


@pytest.mark.row("I6")
async def test_notice_is_kept_unless_everybody_agreed_to_less(world: World) -> None:
    await agreed_isf(world)
    soon = clock.today() + timedelta(days=5)
    with pytest.raises(Invalid) as refused:
        await exit_fund(
            world.care_manager, world.emma_isf, ExitDraft(soon, ExitReason.HOLDER_NOTICE, "Too busy")
        )
    assert "28 days of notice" in refused.value.fields["ends_on"]
    await exit_fund(
        world.care_manager,
        world.emma_isf,
        ExitDraft(
            soon, ExitReason.HOLDER_NOTICE, "Too busy", shorter_because="Emma and Harbour both wish it"
        ),
    )


@pytest.mark.row("I6")
async def test_agreement_and_authority_end_with_the_fund(world: World) -> None:
    await agreed_isf(world, terms(world.starts_on))
    await paid(world.emma_isf, 20_000)
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    await finish_exit(world.finance_officer, exit_id)
    assert await signed_agreement(world.emma_isf, clock.today()) is None
    assert await signed_agreement(world.emma_isf, clock.today() - timedelta(days=1)) is not None
    assert await scopes_for(world.broker, world.emma) == frozenset()


@pytest.mark.row("I6")
async def test_the_contribution_for_days_after_the_end_goes_back_to_the_person(world: World) -> None:
    """Hard case 5: somebody dies, and had paid their contribution for the whole year."""
    whole = await db.fetch_value(
        "SELECT sum(contribution_pence)::bigint FROM fund_share WHERE fund_id = $1", world.emma_isf
    )
    await paid(world.emma_isf, whole, Account.CONTRIBUTION)
    await paid(world.emma_isf, 30_000)
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    due = await db.fetch_value(
        "SELECT sum(contribution_pence)::bigint FROM fund_share WHERE fund_id = $1", world.emma_isf
    )
    done = await finish_exit(world.finance_officer, exit_id)
    assert done.contribution_back_pence == whole - due > 0
    assert done.contribution_back_pence + done.early_pence + done.left_pence == whole + 30_000


@pytest.mark.row("I6")
async def test_a_fee_taken_for_days_after_a_death_is_given_back(world: World) -> None:
    await agreed_isf(world)
    await paid(world.emma_isf, 60_000)
    told_on = (clock.today() + timedelta(days=70)).replace(day=1)
    died = told_on - timedelta(days=20)
    with on_day(told_on):
        await take_fees(SYSTEM)
        before = (await balances(world.emma_isf))["fee"]
        exit_id = await exit_fund(
            world.care_manager, world.emma_isf, ExitDraft(died, ExitReason.DIED, "She died on that day")
        )
        await finish_exit(world.finance_officer, exit_id)
    rows = await db.fetch_all(
        "SELECT net_pence, ends_on FROM holder_fee WHERE state = 'taken' ORDER BY ends_on"
    )
    assert rows[-1]["ends_on"] == died
    assert sum(row["net_pence"] for row in rows) == round(500 * (died - world.starts_on).days / 7)
    assert (await balances(world.emma_isf))["fee"] < before
    assert await verify() == []


@pytest.mark.row("I6")
async def test_who_announced_it_does_not_send_the_money_on(world: World) -> None:
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    with pytest.raises(Forbidden):
        await finish_exit(world.care_manager, exit_id)
    both = await persona("Boris Both", Role.FINANCE_OFFICER, world.council)
    await db.execute("UPDATE fund_exit SET announced_by = $1", both.user_id)
    with pytest.raises(Forbidden, match="somebody else"):
        await finish_exit(both, exit_id)
    outsider = await persona("Ottilie Officer", Role.FINANCE_OFFICER, world.other_council)
    with pytest.raises(NotFound):
        await finish_exit(outsider, exit_id)


@pytest.mark.row("I6")
async def test_two_who_announce_at_once_and_two_who_finish_at_once(world: World) -> None:
    await paid(world.emma_isf, 40_000)
    answers = await asyncio.gather(
        *(
            exit_fund(who, world.emma_isf, over(world))
            for who in (world.care_manager, world.second_care_manager)
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answers) == ["StateConflict", "UUID"]
    exit_id = next(each for each in answers if isinstance(each, UUID))
    other = await persona("Felix Finance", Role.FINANCE_OFFICER, world.council)
    finished = await asyncio.gather(
        *(finish_exit(who, exit_id) for who in (world.finance_officer, other, world.finance_officer))
    )
    assert len({each[1:] for each in finished}) == 1
    assert (await balances(world.emma_isf))["returned"] == 40_000


@pytest.mark.row("I6")
async def test_killed_half_way_it_is_as_if_nothing_had_happened_and_then_goes_through(
    world: World, database: str
) -> None:
    await paid(world.emma_isf, 40_000)
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world, to_fund_id=world.emma_managed))
    before = await balances(world.emma_isf), await balances(world.emma_managed)
    other = await asyncpg.connect(database)
    try:
        # Money has left the old fund when the next one's account is waited for; then that connection is killed.
        async with asyncio.timeout(20), other.transaction():
            await other.execute(
                "SELECT 1 FROM account WHERE fund_id = $1 AND kind = 'funding' FOR UPDATE", world.emma_managed
            )
            finishing = asyncio.create_task(finish_exit(world.finance_officer, exit_id))
            while not await other.fetchval(  # noqa: ASYNC110 - another process does the waiting
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ):
                await asyncio.sleep(0.05)
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await finishing
    finally:
        await other.close()
    assert (await balances(world.emma_isf), await balances(world.emma_managed)) == before
    await finish_exit(world.finance_officer, exit_id)
    assert held(await balances(world.emma_managed)) == 40_000


@pytest.mark.row("I6")
async def test_the_job_starts_winding_up_and_late_money_follows(world: World) -> None:
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world, to_fund_id=world.emma_managed))
    assert await start_winding_up(SYSTEM) == 1
    assert await start_winding_up(SYSTEM) == 0
    assert [each.ready for each in await open_exits(world.finance_officer)] == [True]
    assert await open_exits(world.stranger) == []
    await finish_exit(world.finance_officer, exit_id)
    assert await open_exits(world.finance_officer) == []
    await paid(world.emma_isf, 700)
    assert await send_late_money(SYSTEM) == 1
    assert await send_late_money(SYSTEM) == 0
    assert held(await balances(world.emma_isf)) == 0
    assert held(await balances(world.emma_managed)) == 700


@pytest.mark.row("I6")
async def test_the_database_closes_no_exit_over_money(world: World) -> None:
    await paid(world.emma_isf, 700)
    await exit_fund(world.care_manager, world.emma_isf, over(world))
    with pytest.raises(asyncpg.CheckViolationError, match="still has money"):
        await db.execute("UPDATE fund_exit SET state = 'completed', completed_at = now()")
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE fund_exit SET finished_by = announced_by")


@pytest.mark.row("I6")
@pytest.mark.parametrize("route", [Route.DIRECT_PAYMENT, Route.COUNCIL_MANAGED])
async def test_the_other_routes_end_the_same_way(world: World, route: Route) -> None:
    fund_id = world.dan_direct if route is Route.DIRECT_PAYMENT else world.emma_managed
    await paid(fund_id, 10_000)
    exit_id = await exit_fund(world.care_manager, fund_id, over(world, reason=ExitReason.MOVED))
    await finish_exit(world.finance_officer, exit_id)
    assert held(await balances(fund_id)) == 0
    with pytest.raises(StateConflict):
        await exit_fund(world.care_manager, fund_id, over(world))
