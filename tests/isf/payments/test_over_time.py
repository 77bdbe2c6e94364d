"""Payments over years: any rhythm, any changes, any days on which nobody ran the job. The sums are exact."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from isf.payments.cycles import Schedule
from isf.payments.paying_in.commands import set_schedule
from isf.rules import Collection, for_days
from marketplace.kernel import db
from marketplace.kernel.money import Money, total
from tests.isf.payments.making import Version, change, fund_with, on, paid_into, pay, second_officer
from tests.world import World

FIRST = date(2027, 4, 1)  # A year with a 29 February, after the council has set its figures.


def _version(chance: Random, starts_on: date, ends_on: date, collection: Collection) -> Version:
    days = (ends_on - starts_on).days
    if chance.random() < 0.5:
        return Version(
            starts_on, ends_on, Money(chance.randrange(1_000, 900_000)), Money(chance.randrange(90_000)),
            collection=collection,
        )  # fmt: skip
    council, contribution = Money(chance.randrange(500, 40_000)), Money(chance.randrange(4_000))
    return Version(
        starts_on,
        ends_on,
        for_days(council, days),
        for_days(contribution, days),
        council,
        contribution,
        collection,
    )


def _cut(version: Version, ends_on: date) -> Version:
    """A version that ends early keeps what belongs to its days."""
    council, contribution = (
        spread.by(ends_on)
        for spread in Version(
            version.starts_on, version.ends_on, version.council, version.contribution, version.council_weekly,
            version.contribution_weekly, Collection.GROSS,
        ).council_part()
    )  # fmt: skip
    return Version(
        version.starts_on, ends_on, council, contribution, version.council_weekly, version.contribution_weekly,
        version.collection,
    )  # fmt: skip


@pytest.mark.row("F3")
@pytest.mark.row("F5")
@pytest.mark.row("F2")
@pytest.mark.parametrize("seed", range(12))
async def test_over_any_rhythm_and_changes_the_payments_are_the_councils_part_to_the_penny(
    world: World, seed: int
) -> None:
    chance, frank = Random(seed), await second_officer(world)  # noqa: S311 - chance for tests
    funds: dict[UUID, list[Version]] = {}
    for number in range(8):
        starts_on = FIRST + timedelta(days=chance.randrange(40))
        ends_on = starts_on + timedelta(days=chance.choice([30, 200, 365, 366, 371]))
        made = _version(chance, starts_on, ends_on, chance.choice(list(Collection)))
        async with on(FIRST - timedelta(days=5)):
            _, fund = await fund_with(world, f"Over Time{number}", [made])
            if chance.random() < 0.6:
                rhythm = Schedule(chance.choice([None, 1, 2, 3]), chance.randrange(20))
                await set_schedule(world.finance_officer, fund, rhythm, "As agreed")
        funds[fund] = [made]
    day = FIRST - timedelta(days=3)
    while day < FIRST + timedelta(days=460):
        async with on(day):
            await pay(world, frank)
            for fund, versions in funds.items():
                if chance.random() < 0.06:
                    await _change(chance, fund, versions, day)
        day += timedelta(days=chance.randrange(1, 25))
    async with on(max(day, *(versions[-1].ends_on for versions in funds.values()))):
        await pay(world, frank)
    for fund, versions in funds.items():
        due = total(spread.amount for version in versions for spread in version.council_part())
        paid = await paid_into(fund)
        most = await db.fetch_value(
            "SELECT max(owed_pence) FROM payment_in_line WHERE fund_id = $1 AND state IN ('paid', 'nothing')",
            fund,
        )
        assert paid == max(due.pence, most if paid > due.pence else due.pence), (fund, versions)
        assert paid >= due.pence
    assert await verify() == []


async def _change(chance: Random, fund: UUID, versions: list[Version], day: date) -> None:
    """Somebody changes the budget from a day soon on: more, less, or it ends."""
    last = versions[-1]
    cut_on = day + timedelta(days=chance.randrange(1, 40))
    if not last.starts_on < cut_on < last.ends_on:
        return
    versions[-1] = _cut(last, cut_on)
    then = None
    if chance.random() < 0.8:
        ends_on = cut_on + timedelta(days=chance.randrange(7, 300))
        then = _version(chance, cut_on, ends_on, last.collection)
        versions.append(then)
    await change(fund, versions[-1] if then is None else versions[-2], then)


@pytest.mark.row("F3")
async def test_days_that_nobody_ran_are_caught_up_by_one_payment_and_no_cycle_runs_twice(
    world: World,
) -> None:
    frank = await second_officer(world)
    weekly = Money(7_001)
    year = Version(FIRST, FIRST + timedelta(days=366), for_days(weekly, 366), council_weekly=weekly)
    _, daily = await fund_with(world, "Daily Example", [year])
    for back in range(300):
        async with on(FIRST - timedelta(days=7) + timedelta(days=back)):
            if back % 9 == 0 or back > 200:
                await pay(world, frank)
    rows = await db.fetch_all(
        "SELECT cycle_start, covers_from, covers_until, amount_pence FROM payment_in_line"
        " WHERE fund_id = $1 ORDER BY created_at", daily,
    )  # fmt: skip
    assert len(rows) == len({row["cycle_start"] for row in rows}) == 11
    assert all(a["covers_until"] == b["covers_from"] for a, b in pairwise(rows))
    late = FIRST + timedelta(days=340)
    async with on(late):
        await pay(world, frank)
        assert await pay(world, frank) is None
    assert await paid_into(daily) == for_days(weekly, 13 * 28).pence
    async with on(FIRST + timedelta(days=900)):
        await pay(world, frank)
    assert await paid_into(daily) == year.council.pence


@pytest.mark.row("F5")
async def test_a_change_of_route_pays_no_day_twice(world: World) -> None:
    """The old fund is cut on a day in the middle of a paid cycle, and another takes over from that day."""
    frank = await second_officer(world)
    weekly, ends_on = Money(14_000), FIRST + timedelta(days=364)
    whole = Version(FIRST, ends_on, for_days(weekly, 364), council_weekly=weekly)
    _, old = await fund_with(world, "Old Route", [whole])
    async with on(FIRST):
        await pay(world, frank)
    assert await paid_into(old) == 4 * weekly.pence
    cut_on = FIRST + timedelta(days=10)
    cut = Version(FIRST, cut_on, for_days(weekly, 10), council_weekly=weekly)
    await change(old, cut, None)
    rest = Version(cut_on, ends_on, for_days(weekly, 354), council_weekly=weekly)
    _, new = await fund_with(world, "New Route", [rest])
    for weeks in range(60):
        async with on(cut_on + timedelta(weeks=weeks)):
            await pay(world, frank)
    assert await paid_into(new) == rest.council.pence
    assert await paid_into(old) == 4 * weekly.pence, (
        "what was paid too early waits to be sent on, and nothing follows"
    )
