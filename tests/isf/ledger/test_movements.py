"""The books in the database: what moves, what is refused, and that a retry changes nothing."""

from datetime import date
from uuid import UUID

import asyncpg
import pytest

from isf.ledger import commands as ledger
from isf.ledger.commands import Settled
from isf.ledger.posting import MoreThanTheirOwn, Overdrawn, PostedOtherwise
from isf.ledger.rules import Account, delivery, transfer
from isf.ledger.verify import verify
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import FundExhausted, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from tests.world import World, balances

PRICE = Money(3_850)


@pytest.fixture
def today() -> date:
    return clock.today()


@pytest.fixture
def broker(world: World) -> Actor:
    return world.broker


@pytest.fixture
def fund(world: World) -> UUID:
    """Emma's ISF with £1,000.00."""
    return world.emma_isf


async def standing(fund_id: UUID) -> tuple[int, int, int, int]:
    """Left, booked, to be paid, paid."""
    told = await balances(fund_id)
    return told["available"], told["committed"], told["payable"], told["paid"]


def test_nothing_moves_backwards() -> None:
    with pytest.raises(ValueError, match="below zero"):
        transfer(Account.AVAILABLE, Account.COMMITTED, Money(-1))


def test_a_charge_is_never_more_than_the_price() -> None:
    with pytest.raises(ValueError, match="between zero and the price"):
        delivery(Money(100), Money(101))


@pytest.mark.row("F2")
async def test_money_comes_in_from_the_council_and_from_the_person(
    fund: UUID, broker: Actor, today: date
) -> None:
    before = await balances(fund)
    assert (before["available"], before["promised"]) == (100_000, -100_000)
    for source, pence in ((Account.FUNDING, 60_000), (Account.CONTRIBUTION, 2_500)):
        for _ in range(2):
            await ledger.pay_in(
                broker, fund, source, Money(pence), today, reference=f"cycle:1:{source}", subject_id=None
            )
    after = await balances(fund)
    assert (after["funding"], after["contribution"], after["promised"]) == (-60_000, -2_500, -37_500)
    assert after["available"] == 100_000
    assert sum(after.values()) == 0


@pytest.mark.row("B2")
async def test_booked_used_paid_end_to_end(fund: UUID, broker: Actor, today: date) -> None:
    booking, invoice = new_id(), new_id()
    await ledger.hold(broker, fund, booking, PRICE, today)
    assert await standing(fund) == (96_150, 3_850, 0, 0)
    await ledger.deliver(broker, fund, booking, PRICE, PRICE, today)
    assert await standing(fund) == (96_150, 0, 3_850, 0)
    await ledger.settle(broker, [Settled(invoice, fund, PRICE)], today, because="BACS 1")
    assert await standing(fund) == (96_150, 0, 0, 3_850)
    assert await verify() == []


async def test_a_part_charge_leaves_the_rest_again_in_one_journal(
    fund: UUID, broker: Actor, today: date
) -> None:
    booking = new_id()
    await ledger.hold(broker, fund, booking, PRICE, today)
    await ledger.deliver(broker, fund, booking, PRICE, Money(1_925), today)
    assert await standing(fund) == (98_075, 0, 1_925, 0)
    assert await db.fetch_value("SELECT count(*) FROM journal WHERE subject_id = $1", booking) == 2


async def test_a_release_gives_everything_back(fund: UUID, broker: Actor, today: date) -> None:
    booking = new_id()
    await ledger.hold(broker, fund, booking, PRICE, today)
    await ledger.release(broker, fund, booking, PRICE, today, because="cancelled")
    assert await standing(fund) == (100_000, 0, 0, 0)


async def test_a_card_payment_and_its_refunds(fund: UUID, broker: Actor, today: date) -> None:
    booking = new_id()
    await ledger.hold(broker, fund, booking, PRICE, today)
    await ledger.pay_by_card(broker, fund, booking, PRICE, today)
    assert await standing(fund) == (96_150, 0, 0, 3_850)
    for refund in ("first", "first", "second"):
        await ledger.refund_by_card(broker, fund, booking, Money(1_000), today, refund=refund)
    assert await standing(fund) == (98_150, 0, 0, 1_850)


@pytest.mark.row("V8")
async def test_every_movement_is_harmless_to_repeat(fund: UUID, broker: Actor, today: date) -> None:
    booking, invoice = new_id(), new_id()
    for _ in range(3):
        await ledger.hold(broker, fund, booking, PRICE, today)
    for _ in range(3):
        await ledger.deliver(broker, fund, booking, PRICE, PRICE, today)
    for _ in range(3):
        await ledger.settle(broker, [Settled(invoice, fund, PRICE)], today)
    assert await standing(fund) == (96_150, 0, 0, 3_850)


async def test_the_same_reference_with_other_figures_is_refused(
    fund: UUID, broker: Actor, today: date
) -> None:
    booking = new_id()
    await ledger.hold(broker, fund, booking, PRICE, today)
    with pytest.raises(PostedOtherwise):
        await ledger.hold(broker, fund, booking, Money(1), today)
    assert await standing(fund) == (96_150, 3_850, 0, 0)


async def test_nothing_moves_for_free_things(fund: UUID, broker: Actor, today: date) -> None:
    assert await ledger.hold(broker, fund, new_id(), ZERO, today) is None
    assert await ledger.deliver(broker, fund, new_id(), ZERO, ZERO, today) is None


@pytest.mark.row("B2")
async def test_booking_more_than_is_left_says_how_much_is_missing(
    fund: UUID, broker: Actor, today: date
) -> None:
    with pytest.raises(FundExhausted) as refusal:
        await ledger.hold(broker, fund, new_id(), Money(100_450), today)
    assert refusal.value.short_by == Money(450)
    assert await standing(fund) == (100_000, 0, 0, 0)


async def test_what_is_not_booked_can_be_neither_used_nor_released(
    fund: UUID, broker: Actor, today: date
) -> None:
    with pytest.raises(Overdrawn):
        await ledger.deliver(broker, fund, new_id(), PRICE, PRICE, today)
    with pytest.raises(Overdrawn):
        await ledger.release(broker, fund, new_id(), PRICE, today)


async def test_an_undone_delivery_can_be_entered_again(fund: UUID, broker: Actor, today: date) -> None:
    booking = new_id()
    await ledger.hold(broker, fund, booking, PRICE, today)
    first = await ledger.deliver(broker, fund, booking, PRICE, PRICE, today)
    for _ in range(2):
        await ledger.undo_delivery(broker, booking, "did not come")
    assert await standing(fund) == (96_150, 3_850, 0, 0)
    second = await ledger.deliver(broker, fund, booking, PRICE, Money(1_000), today)
    assert await standing(fund) == (99_000, 0, 1_000, 0)
    assert second != first
    told = await db.fetch_one("SELECT reverses_id, because FROM journal WHERE kind = 'reversal'")
    assert told == {"reverses_id": first, "because": "did not come"}


async def test_a_paid_delivery_is_not_undone(fund: UUID, broker: Actor, today: date) -> None:
    booking = new_id()
    await ledger.hold(broker, fund, booking, PRICE, today)
    await ledger.deliver(broker, fund, booking, PRICE, PRICE, today)
    await ledger.settle(broker, [Settled(new_id(), fund, PRICE)], today)
    with pytest.raises(Overdrawn, match="already paid"):
        await ledger.undo_delivery(broker, booking, "did not come")


async def test_a_correction_is_not_itself_reversed(fund: UUID, broker: Actor, today: date) -> None:
    held = await ledger.hold(broker, fund, new_id(), PRICE, today)
    assert held is not None
    reversal = await ledger.reverse(broker, held, "mistake")
    assert await ledger.reverse(broker, held, "mistake") == reversal
    assert reversal is not None
    with pytest.raises(StateConflict):
        await ledger.reverse(broker, reversal, "again")
    with pytest.raises(NotFound):
        await ledger.reverse(broker, new_id(), "unknown")
    assert await standing(fund) == (100_000, 0, 0, 0)


@pytest.mark.row("A3")
@pytest.mark.parametrize("table", ["journal", "entry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_the_database_refuses_to_change_what_was_posted(
    world: World, table: str, statement: str
) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await db.execute(statement.format(table))


async def test_entries_that_do_not_sum_to_zero_never_come_in(fund: UUID, today: date) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="do not sum to zero"):
        await db.execute(
            "SELECT ledger_post($1, 'odd', 'hold', NULL, $2, NULL, '', "
            " ARRAY['available', 'committed'], ARRAY[-5, 4]::bigint[])",
            fund,
            today,
        )
    assert await standing(fund) == (100_000, 0, 0, 0)


@pytest.mark.row("F4")
async def test_nobody_gets_more_of_their_own_money_back_than_they_added(
    fund: UUID, broker: Actor, today: date
) -> None:
    await ledger.top_up(broker, fund, Money(2_000), today, reference="own:in", subject_id=None)
    back = await ledger.give_top_up_back(
        broker, fund, Money(1_500), today, reference="own:1", subject_id=None
    )
    with pytest.raises(MoreThanTheirOwn, match="added less"):
        await ledger.give_top_up_back(broker, fund, Money(501), today, reference="own:2", subject_id=None)
    await ledger.give_top_up_back(broker, fund, Money(500), today, reference="own:3", subject_id=None)
    told = await balances(fund)
    assert (told["top_up"], told["available"]) == (0, 100_000)
    # A give-back that was a mistake comes in again, and can go out once more.
    assert back is not None
    await ledger.reverse(broker, back, "mistake")
    assert (await balances(fund))["top_up"] == -1_500
    assert await verify() == []


@pytest.mark.row("F4")
@pytest.mark.parametrize(
    ("entries", "constraint"),
    [
        ({"top_up": 1, "available": -1}, "account_top_up_not_over_returned"),
        ({"funding": 1, "available": -1}, "account_only_comes_in"),
        ({"contribution": 1, "available": -1}, "account_only_comes_in"),
        ({"fee": -1, "available": 1}, "account_only_goes_out"),
        ({"returned": -1, "available": 1}, "account_only_goes_out"),
    ],
)
async def test_the_database_refuses_what_would_turn_money_round(
    fund: UUID, today: date, entries: dict[str, int], constraint: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await db.execute(
            "SELECT ledger_post($1, 'round', 'return', NULL, $2, NULL, '', $3::text[], $4::bigint[])",
            fund, today, list(entries), list(entries.values()),
        )  # fmt: skip
    with pytest.raises((Overdrawn, MoreThanTheirOwn)):
        async with db.unit_of_work():
            await db.execute(
                "SELECT ledger_post($1, 'round', 'return', NULL, $2, NULL, '', $3::text[], $4::bigint[])",
                fund, today, list(entries), list(entries.values()),
            )  # fmt: skip
