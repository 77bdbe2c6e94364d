"""The holder's client account against its funds: to the penny, fund by fund, and never pooled."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from isf.ledger import commands as ledger
from isf.ledger.commands import Settled
from isf.ledger.rules import Account
from isf.payments.client_accounts import queries
from isf.payments.client_accounts.commands import check_all, declare
from isf.payments.client_accounts.rules import Fence, Part, Tally, fence, part_words, tally, undeclared_words
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.isf.payments.making import pay, second_officer
from tests.world import World

EMMA = 20_416
"""What the first payment brings into Emma's ISF."""


@pytest.fixture
async def nora(world: World) -> UUID:
    """A second person whose ISF lies with Harbour, £84.00 paid in; Emma's is paid in too."""
    _, fund = await world.person_with_fund("Nora Neighbour", Route.ISF, "360.00")
    await pay(world, await second_officer(world))
    return fund


async def newest(actor: Actor) -> queries.Check:
    found = await queries.newest_check(actor)
    assert found is not None
    return found


async def bill(fund: UUID, pence: int, days_ago: int = 0) -> None:
    """A bill of this much was booked, delivered, and paid so many days ago."""
    on, booking = clock.today() - timedelta(days=days_ago), new_id()
    await ledger.hold(SYSTEM, fund, booking, Money(pence), on)
    await ledger.deliver(SYSTEM, fund, booking, Money(pence), Money(pence), on)
    await ledger.settle(SYSTEM, [Settled(new_id(), fund, Money(pence))], on)


@pytest.mark.row("I1")
async def test_an_account_that_holds_what_its_funds_add_up_to_ties(world: World, nora: UUID) -> None:
    today = clock.today()
    await bill(world.emma_isf, 416)
    await declare(world.broker, today, Money(28_400), {world.emma_isf: Money(20_000), nora: Money(8_400)})
    told = await newest(world.broker)
    assert (told.state, told.difference_pence, told.books_pence) == (Fence.TIES, 0, 28_400)
    assert [part.words for part in told.parts] == ["", ""]
    (holder,) = await queries.holders(world.commissioner)
    assert (holder.state, holder.funds, holder.overdue) == (Fence.TIES, 2, "")


@pytest.mark.row("I1")
async def test_a_difference_is_shown_to_the_penny_to_holder_commissioner_and_finance(
    world: World, nora: UUID
) -> None:
    await declare(world.broker, clock.today(), Money(28_815))
    for actor in (world.broker, world.commissioner, world.finance_officer, world.monitoring_officer):
        if actor is world.broker:
            told = await newest(actor)
        else:
            (holder,) = await queries.holders(actor)
            assert holder.check_id is not None
            told = await queries.check(actor, holder.check_id)
        assert (told.state, told.difference_pence) == (Fence.SHORT, -1)
        assert "£0.01 less than its funds" in told.words[0]
        assert {part.fund_id: part.books_pence for part in told.parts} == {world.emma_isf: EMMA, nora: 8_400}


@pytest.mark.row("I1")
async def test_bills_paid_with_another_persons_money_are_a_breach_even_when_the_total_ties(
    world: World, nora: UUID
) -> None:
    await bill(nora, 10_000)
    await declare(world.broker, clock.today(), Money(EMMA + 8_400 - 10_000))
    told = await newest(world.broker)
    assert (told.state, told.difference_pence) == (Fence.BREACHED, 0)
    assert told.parts[0].fund_id == nora
    assert told.parts[0].words == "Its bills took £16.00 of other people’s money"
    (holder,) = await queries.holders(world.commissioner)
    assert holder.state is Fence.BREACHED


async def test_parts_that_lie_with_the_wrong_person_are_told_fund_by_fund(world: World, nora: UUID) -> None:
    await declare(
        world.broker,
        clock.today(),
        Money(EMMA + 8_400),
        {world.emma_isf: Money(EMMA + 50), nora: Money(8_350)},
    )
    told = await newest(world.broker)
    assert told.state is Fence.SHIFTED
    assert {part.words for part in told.parts} == {"£0.50 more than the books", "£0.50 less than the books"}


@pytest.mark.row("I1")
async def test_what_is_entered_late_makes_a_further_check_and_the_first_one_stays(
    world: World, nora: UUID
) -> None:
    yesterday, today = clock.today() - timedelta(days=1), clock.today()
    await declare(world.broker, today, Money(EMMA + 8_400))
    assert await check_all() == (1, 0)
    # Paid from the account today, and entered after the check: cash counts on the day on which it moved.
    await bill(nora, 400, days_ago=1)
    assert (await newest(world.broker)).state is Fence.TIES
    assert await check_all() == (1, 1)
    assert await check_all() == (1, 0)
    told = await newest(world.broker)
    assert (told.state, told.difference_pence, told.day) == (Fence.OVER, 400, today)
    assert await db.fetch_value("SELECT count(*) FROM ring_fence_check") == 2
    await declare(world.broker, yesterday, Money(0), note="Statement 12")
    assert (await newest(world.broker)).day == today, "an earlier day does not hide a later one"
    assert [each.day for each in await queries.history(world.broker)] == [today, yesterday]


async def test_declarations_and_checks_are_never_changed(world: World, nora: UUID) -> None:
    await declare(world.broker, clock.today(), Money(1), {nora: Money(1)})
    for table in (
        "client_account_declaration", "client_account_part", "ring_fence_check", "ring_fence_check_fund",
    ):  # fmt: skip
        for statement in (f"UPDATE {table} SET declared_pence = 0", f"DELETE FROM {table}"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await db.execute(statement)


async def test_only_what_can_be_is_declared(world: World, nora: UUID) -> None:
    today = clock.today()
    with pytest.raises(Invalid):
        await declare(world.broker, today + timedelta(days=1), Money(1))
    with pytest.raises(Invalid) as wrong:
        await declare(world.broker, today, Money(100), {world.emma_isf: Money(60), nora: Money(60)})
    assert "£1.20" in wrong.value.fields["balance"]
    with pytest.raises(Invalid):
        await declare(world.broker, today, Money(100), {world.dan_direct: Money(1)})
    with pytest.raises(Invalid):
        await declare(world.stranger, today, Money(100))
    for actor in (world.care_manager, world.emma_user, world.manager):
        with pytest.raises(Forbidden):
            await declare(actor, today, Money(100))


async def test_a_check_is_seen_by_its_holder_and_by_councils_whose_money_lies_there(
    world: World, nora: UUID
) -> None:
    made = await declare(world.broker, clock.today(), Money(100))
    assert len((await queries.check(world.commissioner, made)).parts) == 2
    assert all(part.person_name == "" for part in (await queries.check(world.commissioner, made)).parts)
    assert {part.person_name for part in (await queries.check(world.broker, made)).parts} == {
        "Emma Example",
        "Nora Neighbour",
    }
    for actor in (world.stranger, world.other_commissioner):
        with pytest.raises(NotFound):
            await queries.check(actor, made)


async def test_a_holder_that_never_declared_or_not_for_long_is_named(world: World, nora: UUID) -> None:
    (holder,) = await queries.holders(world.commissioner)
    assert holder.state is Fence.UNDECLARED
    assert holder.overdue == "No balance was ever declared. Ask the holder to declare one."
    await declare(world.broker, clock.today() - timedelta(days=40), Money(0))
    (holder,) = await queries.holders(world.commissioner)
    assert holder.overdue == "No balance was declared for 40 days. One is expected every 28 days."


async def test_a_top_up_a_fee_and_money_sent_on_move_the_account(world: World, nora: UUID) -> None:
    today = clock.today()
    await ledger.top_up(SYSTEM, nora, Money(1_000), today, reference="top up", subject_id=None)
    await ledger.take_fee(SYSTEM, nora, Money(300), today, reference="fee", subject_id=None)
    await ledger.send_on(
        SYSTEM, nora, Account.AVAILABLE, Money(100), today, reference="back", subject_id=None
    )
    parts = {part.fund_id: part.books_pence for part in await queries.held_on(world.broker, today)}
    assert parts == {world.emma_isf: EMMA, nora: 8_400 + 1_000 - 300 - 100}
    assert (
        sum(part.books_pence for part in await queries.held_on(world.broker, today - timedelta(days=1))) == 0
    )


def test_the_worst_is_told_first() -> None:
    ties = [Part(Money(5)), Part(Money(7), Money(7))]
    assert fence(tally(Money(12), ties)) is Fence.TIES
    assert fence(tally(Money(13), ties)) is Fence.OVER
    assert fence(tally(Money(11), [*ties, Part(Money(-1))])) is Fence.BREACHED
    assert fence(Tally(Money(12), Money(12), differing=1)) is Fence.SHIFTED
    assert part_words(Part(Money(7), Money(7))) == ""
    assert undeclared_words(28, 28) == ""
