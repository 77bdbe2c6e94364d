"""The holder's fee: exact to the penny and the day, once, caught up, and never beyond what is left (row I2)."""

from datetime import date, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.agreements.fees.commands import take_fees
from isf.agreements.fees.queries import fees_of, fees_waiting
from isf.agreements.fees.rules import FeeState, fee_of_period, fixed_by, period_words, periods
from isf.agreements.rules import Fee, FeeKind
from isf.commands import give_authority
from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.rules import for_days
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money, total
from marketplace.kernel.routes_of_money import Route
from tests.isf.agreements.agreed import agreed_isf, offered, sign_all, terms
from tests.world import World, balances

DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2032, 12, 31))


def at(day: date) -> FixedClock:
    """Noon of a day."""
    return FixedClock(from_wall(day, time(12)))


@pytest.mark.row("I2")
@given(
    starts_on=DAYS,
    days=st.integers(1, 800),
    kind=st.sampled_from([FeeKind.WEEKLY, FeeKind.MONTHLY]),
    pence=st.integers(1, 100_000),
)
def test_the_parts_of_a_fixed_fee_add_up_to_the_whole(
    starts_on: date, days: int, kind: FeeKind, pence: int
) -> None:
    fee, ends_on = Fee(kind, amount=Money(pence)), starts_on + timedelta(days=days)
    parts = [
        fee_of_period(fee, starts_on, first, after, ZERO, ZERO).net
        for first, after in periods(starts_on, ends_on, ends_on)
    ]
    assert total(parts) == fixed_by(fee, starts_on, ends_on)
    if kind is FeeKind.WEEKLY:
        assert total(parts) == for_days(Money(pence), days)


@pytest.mark.row("I2")
@given(receipts=st.lists(st.integers(0, 500_000), min_size=1, max_size=12), points=st.integers(1, 10_000))
def test_a_part_of_what_is_paid_in_is_reckoned_on_the_whole(receipts: list[int], points: int) -> None:
    fee, base, before = Fee(FeeKind.PERCENT, points), 0, ZERO
    for pence in receipts:
        base += pence
        before += fee_of_period(
            fee, date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 1), Money(base), before
        ).net
    assert before.pence == (2 * base * points + 10_000) // 20_000


@pytest.mark.row("I2")
def test_a_whole_month_of_a_monthly_fee_costs_that_fee_also_in_february_of_a_leap_year() -> None:
    fee = Fee(FeeKind.MONTHLY, amount=Money(1000), vat_basis_points=2000)
    amount = fee_of_period(fee, date(2028, 1, 15), date(2028, 2, 1), date(2028, 3, 1), ZERO, ZERO)
    assert (amount.net, amount.vat, amount.gross) == (Money(1000), Money(200), Money(1200))
    half = fee_of_period(fee, date(2028, 1, 15), date(2028, 1, 15), date(2028, 2, 1), ZERO, ZERO)
    assert half.net == Money(548)  # 17 of 31 days.


@pytest.mark.row("I2")
def test_periods_are_told_as_people_say_them() -> None:
    assert period_words(date(2026, 11, 1), date(2026, 12, 1)) == "November 2026"
    assert period_words(date(2026, 11, 10), date(2026, 12, 1)) == "10 November 2026 to 30 November 2026"


async def paid(fund_id: UUID, pence: int, on: date) -> None:
    """The council pays in."""
    name = f"test:{new_id()}"
    await ledger.pay_in(SYSTEM, fund_id, Account.FUNDING, Money(pence), on, reference=name, subject_id=None)


@pytest.mark.row("I2")
async def test_missed_months_are_caught_up_once(world: World) -> None:
    await agreed_isf(world)
    day = (clock.today().replace(day=1) + timedelta(days=100)).replace(day=3)
    months = day.replace(day=1)
    with use_clock(at(day)):
        first = await take_fees(SYSTEM)
        again = await take_fees(SYSTEM)
    assert first.taken >= 4
    assert (again.taken, again.short, again.locked) == (0, 0, 0)
    net = for_days(Money(500), (months - world.starts_on).days)
    rows = await db.fetch_all("SELECT net_pence, vat_pence, gross_pence FROM holder_fee")
    assert sum(row["net_pence"] for row in rows) == net.pence
    books = await balances(world.emma_isf)
    assert books["fee"] == sum(row["gross_pence"] for row in rows)
    assert books["available"] == 100_000 - books["fee"]
    assert await verify() == []


@pytest.mark.row("I2")
async def test_a_fee_of_what_is_paid_in_counts_late_entries_with_the_next_month(world: World) -> None:
    fee = Fee(FeeKind.PERCENT, basis_points=450, vat_basis_points=2000)
    agreement_id = await agreed_isf(world, terms(world.starts_on, fee=fee))
    first_month = world.starts_on.replace(day=1)
    second = (first_month + timedelta(days=32)).replace(day=1)
    third = (second + timedelta(days=32)).replace(day=1)
    await paid(world.emma_isf, 20_000, world.starts_on)
    with use_clock(at(second)):
        assert (await take_fees(SYSTEM)).taken == 1
    await paid(world.emma_isf, 1_000, world.starts_on)  # Entered late, for the month before.
    with use_clock(at(third)):
        await take_fees(SYSTEM)
    lines = await fees_of(world.emma_user, agreement_id)
    assert [line.net_pence for line in lines] == [45, 900]
    assert [line.vat_pence for line in lines] == [9, 180]
    assert lines[-1].words.startswith("Fee for ")


@pytest.mark.row("I2")
async def test_nothing_is_taken_when_less_is_left_than_the_fee_and_it_is_tried_again(world: World) -> None:
    agreement_id = await agreed_isf(world)
    available = (await balances(world.emma_isf))["available"]
    await ledger.take_back_promise(
        SYSTEM,
        world.emma_isf,
        Money(available - 100),
        clock.today(),
        reference="test:take",
        subject_id=world.emma,
    )
    run = await take_fees(SYSTEM)
    assert run.taken == 0
    assert run.short > 0
    assert "wait because too little money is left" in run.words
    assert (await balances(world.emma_isf))["fee"] == 0
    waiting = await fees_waiting(world.finance_officer)
    assert waiting[0].left_pence == 100
    assert "Nothing was taken" in waiting[0].words
    assert [each.fund_id for each in await fees_waiting(world.broker)][:1] == [world.emma_isf]
    assert await fees_waiting(world.stranger) == []
    await ledger.top_up(
        SYSTEM, world.emma_isf, Money(50_000), clock.today(), reference="test:top-up", subject_id=None
    )
    assert (await take_fees(SYSTEM)).taken == run.short
    assert all(line.state is FeeState.TAKEN for line in await fees_of(world.broker, agreement_id))


@pytest.mark.row("I2")
async def test_no_fee_before_the_keys_of_the_plan(world: World) -> None:
    person, fund = await world.person_with_locked_fund("Lena Locked", Route.ISF, "500.00")
    await give_authority(
        world.care_manager, person, AuthorityKind.REPRESENTATIVE, [Scope.SEE, Scope.PAY],
        user_id=world.sister.user_id, starts_on=clock.today(),
    )  # fmt: skip
    await sign_all(world, await offered(world, fund, terms(world.starts_on)), world.sister)
    run = await take_fees(SYSTEM)
    assert (run.taken, run.locked) == (0, 1)
    assert "wait for the keys" in run.words
    await world.agree_plan(person)
    assert (await take_fees(SYSTEM)).taken > 0


@pytest.mark.row("I2")
async def test_a_new_version_takes_over_the_fee_to_the_day(world: World) -> None:
    await agreed_isf(world)
    change = clock.today() + timedelta(days=5)
    dearer = terms(change, fee=Fee(FeeKind.WEEKLY, amount=Money(700)))
    await sign_all(world, await offered(world, world.emma_isf, dearer))
    end = (change + timedelta(days=70)).replace(day=1)
    with use_clock(at(end)):
        await take_fees(SYSTEM)
    rows = await db.fetch_all(
        "SELECT a.version, sum(h.net_pence)::bigint AS net FROM holder_fee h JOIN agreement a ON a.id = h.agreement_id"
        " GROUP BY a.version ORDER BY a.version"
    )
    assert [row["net"] for row in rows] == [
        for_days(Money(500), (change - world.starts_on).days).pence,
        for_days(Money(700), (end - change).days).pence,
    ]
