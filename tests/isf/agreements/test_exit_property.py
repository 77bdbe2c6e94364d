"""Any sequence of what moves money, then an exit: the books whole, every penny with an owner (row I6)."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.agreements.exits.announcing import exit_fund
from isf.agreements.exits.finishing import StillInTheWay, finish_exit
from isf.agreements.exits.rules import Destination, ExitDraft, ExitReason, Purse, divide, in_the_way
from isf.agreements.fees.commands import take_fees
from isf.ledger import commands as ledger
from isf.ledger.commands import Settled
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from tests.isf.agreements.agreed import agreed_isf
from tests.world import World, balances

PENCE = st.integers(0, 200_000)
CASH = ("available", "committed", "payable", "promised")


@pytest.mark.row("I6")
@given(
    available=PENCE,
    promised=st.integers(-200_000, 200_000),
    own=PENCE,
    contribution=PENCE,
    destination=st.sampled_from(Destination),
)
def test_a_division_leaves_nothing_and_makes_nothing(
    available: int, promised: int, own: int, contribution: int, destination: Destination
) -> None:
    purse = Purse(Money(available), Money(0), Money(0), Money(promised), Money(own), Money(contribution))
    if in_the_way(purse):
        assert purse.short.pence > 0
        return
    done = divide(purse, destination)
    parts = [done.own_back, done.not_needed, done.to_person, done.early, done.left]
    assert all(part.pence >= 0 for part in parts)
    # What is not needed moves from one side of the books to the other; everything else leaves the fund.
    assert available - (done.own_back + done.not_needed + done.left + done.to_person_left).pence == 0
    assert promised + (done.not_needed - done.early - done.to_person_early).pence == 0
    assert done.own_back == min(Money(own), Money(available))


async def cash(fund_id: UUID) -> int:
    """What lies with the holder of a fund."""
    books = await balances(fund_id)
    return sum(books[kind] for kind in CASH)


async def _something(world: World, chance: random.Random, step: int) -> None:
    """One thing that happens to Emma's ISF; refusals are fine."""
    fund, today = world.emma_isf, clock.today()
    reference = f"test:{step}"
    match chance.randrange(6):
        case 0:
            source = chance.choice([Account.FUNDING, Account.CONTRIBUTION])
            await ledger.pay_in(
                SYSTEM,
                fund,
                source,
                Money(chance.randrange(60_000)),
                today,
                reference=reference,
                subject_id=None,
            )
        case 1:
            amount = Money(chance.randrange(9_000))
            await ledger.top_up(SYSTEM, fund, amount, today, reference=reference, subject_id=None)
        case 2:
            await take_fees(SYSTEM)
        case 3 | 4:
            day = today + timedelta(days=chance.randrange(1, 9))
            await book(world.broker, await world.session(day=day), fund)
        case _:
            own = -(await balances(fund))["top_up"]
            amount = Money(chance.randrange(own + 1))
            await ledger.give_top_up_back(SYSTEM, fund, amount, today, reference=reference, subject_id=None)


async def _settle(world: World, exit_id: UUID) -> None:
    """Cancel what is booked, pay in what is missing, and finish."""
    for row in await db.fetch_all(
        "SELECT id FROM booking WHERE fund_id = $1 AND state IN ('held', 'confirmed')", world.emma_isf
    ):
        await cancel_booking(world.care_manager, row["id"], Reason.CHANGED_MIND)
    try:
        await finish_exit(world.finance_officer, exit_id)
    except StillInTheWay:
        books = await balances(world.emma_isf)
        assert books["payable"] or books["promised"] < 0
        await ledger.pay_in(
            SYSTEM, world.emma_isf, Account.FUNDING, Money(100_000), clock.today(),
            reference="test:rest", subject_id=None,
        )  # fmt: skip
        books = await balances(world.emma_isf)
        if books["payable"]:
            async with db.unit_of_work():
                part = Settled(exit_id, world.emma_isf, Money(books["payable"]))
                await ledger.settle(SYSTEM, [part], clock.today())
        await finish_exit(world.finance_officer, exit_id)


@pytest.mark.row("I6")
@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happened_before_every_penny_has_an_owner_after(world: World, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be the same each time
    if chance.random() < 0.7:
        await agreed_isf(world)
    for step in range(12):
        try:
            await _something(world, chance, step)
        except DomainError:
            continue
    to = chance.choice([None, world.emma_managed])
    next_before = await cash(world.emma_managed)
    draft = ExitDraft(clock.today(), ExitReason.DIED, "She died", to_fund_id=to)
    exit_id = await exit_fund(world.care_manager, world.emma_isf, draft)
    await _settle(world, exit_id)
    books = await balances(world.emma_isf)
    assert [books[kind] for kind in CASH] == [0, 0, 0, 0]
    came_in = -(books["funding"] + books["contribution"] + books["top_up"])
    assert came_in == books["paid"] + books["fee"] + books["returned"]
    row = await db.fetch_one("SELECT * FROM fund_exit WHERE id = $1", exit_id)
    assert row is not None
    went_on = row["early_pence"] + row["left_pence"]
    assert books["returned"] == went_on + row["contribution_back_pence"]
    next_after = await cash(world.emma_managed)
    assert next_after - next_before == (went_on if to else 0)
    assert await verify() == []
    assert came_in >= 0
