"""What a dearer price costs somebody: the rule, and the statement that finds everybody (row P6)."""

from datetime import date, time

import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.uplifts import queries
from marketplace.bookings.uplifts.rules import Usual, a_week, cost
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.money import Money
from tests.invoicing.delivering import deliver
from tests.marketplace.bookings.uplifts.living import approved_by_another_council, day, dearer, proposed
from tests.world import World

pytestmark = pytest.mark.row("P6")
TODAY = date(2026, 11, 2)
NOTHING = Money(0)


def test_a_week_is_an_eighth_and_the_rest_goes_by_days() -> None:
    told = cost(
        Usual(8, Money(8000), Money(8800), NOTHING, NOTHING, NOTHING),
        TODAY,
        date(2026, 11, 16),
        date(2026, 12, 28),
    )
    assert told.weekly == Money(100)
    assert told.until_end == Money(600), "six weeks from the first day of the price"
    assert told.needed == Money(2 * 1000 + 6 * 1100)
    assert told.short_by(Money(8600)) == NOTHING
    assert told.short_by(Money(8599)) == Money(1)
    assert told.short_anyway(Money(7999)) == Money(1)
    assert told.short_anyway(Money(8000)) == NOTHING


def test_what_is_booked_already_costs_nothing_more() -> None:
    usual = Usual(8, Money(8000), Money(8800), Money(1000), Money(6000), Money(6600))
    told = cost(usual, TODAY, date(2026, 11, 16), date(2026, 12, 28))
    assert told.until_end == NOTHING
    assert told.needed == Money(1000), "one session before the new price is not booked yet"


def test_a_fund_that_ends_before_the_price_pays_nothing_more() -> None:
    usual = Usual(8, Money(8000), Money(8800), NOTHING, NOTHING, NOTHING)
    told = cost(usual, TODAY, date(2027, 1, 4), date(2026, 11, 16))
    assert (told.until_end, told.needed) == (NOTHING, Money(2000))


def test_sessions_a_week_read_well() -> None:
    assert [a_week(number) for number in (0, 1, 8, 12)] == ["0", "0.1", "1", "1.5"]


async def test_each_person_and_fund_of_the_council_is_told_by_reference(world: World) -> None:
    garden = await world.activity()
    for offset in (-21, -14, -7):
        await deliver(world, world.broker, world.emma_isf, day(offset), activity=garden)
    await book(world.dan_user, await world.session(garden, day=day(3)), world.dan_direct)
    other = await world.activity(title="Choir")
    await book(world.broker, await world.session(other, day=day(4), at=time(14)), world.emma_isf)
    uplift = await proposed(world, garden)
    _, lines = await queries.council_uplift(world.commissioner, uplift)
    references = {
        row["id"]: row["reference"] for row in await db.fetch_all("SELECT id, reference FROM person")
    }
    told = {line.person_reference: line for line in lines}
    assert set(told) == {references[world.emma], references[world.dan]}
    emma = told[references[world.emma]]
    assert (emma.fund, emma.sessions_in_eight_weeks) == ("ISF with Harbour Brokerage", 3)
    assert emma.weekly_pence == 131, "three times £3.50 in eight weeks"
    assert emma.left_pence == 100_000 - 4 * 3850
    assert emma.short_pence == 0
    assert told[references[world.dan]].sessions_in_eight_weeks == 1


async def test_too_little_money_left_is_said(world: World) -> None:
    garden = await world.activity(price="60.00")
    for offset in (-28, -21, -14, -7):
        await deliver(world, world.broker, world.emma_isf, day(offset), activity=garden)
    _, [line] = await queries.council_uplift(
        world.commissioner, await proposed(world, garden, dearer(6600, 0))
    )
    assert line.left_pence == 100_000 - 4 * 6000
    # Thirty pounds a week become thirty-three, for 300 days.
    assert line.short_pence == (4 * 6600 * 300 * 2 + 56) // 112 - line.left_pence


async def test_the_provider_sees_totals_and_another_council_none_of_ours(world: World) -> None:
    garden = await world.activity()
    await deliver(world, world.broker, world.emma_isf, day(-7), activity=garden)
    await approved_by_another_council(world)
    uplift = await proposed(world, garden)
    _, meant = await queries.own_uplift(world.manager, uplift)
    assert (meant.people, meant.weekly_pence) == (1, 44)
    assert (await queries.council_uplift(world.other_commissioner, uplift))[1] == []
    with pytest.raises(Forbidden):
        await queries.council_uplift(world.manager, uplift)
    with pytest.raises(NotFound):
        await queries.own_uplift(world.other_manager, uplift)
    shown = await db.fetch_value(
        "SELECT count(*) FROM audit_record WHERE action = 'uplift.viewed' AND subject_id = $1", uplift
    )
    assert shown == 1
