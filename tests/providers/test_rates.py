"""Prices by ratio, by the hour and shared, and transport: the rule, its twin in SQL, and every list that shows them."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.bookings.commands import book
from marketplace.directory import queries as directory
from marketplace.directory.rules import SearchQuery
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Invalid, NotBookable, NotFound
from marketplace.kernel.money import Money, total
from marketplace.kernel.vat import VatCategory
from providers.commands import edit_activity, set_rate, set_transport_rate, withdraw_transport
from providers.queries import quote_on, rates_of, sessions_of, transport_on
from providers.rules import PriceUnit, Rate, Split, SupportRatio, price_each, price_of
from tests.providers.agreed import set_agreed_rate
from tests.providers.test_offers import COOKING
from tests.world import World

EXEMPT = VatCategory.EXEMPT
HOUR = PriceUnit.HOUR
ONE, TWO, THREE = SupportRatio.ONE_TO_ONE, SupportRatio.ONE_TO_TWO, SupportRatio.ONE_TO_THREE


def a_rate(
    pence: int,
    *,
    ratio: SupportRatio = SupportRatio.GROUP,
    unit: PriceUnit = HOUR,
    minimum: int | None = None,
    split: Split = Split.EACH,
) -> Rate:
    """A rate of these facts."""
    least = None if minimum is None else Money(minimum)
    return Rate(date(2026, 11, 1), Money(pence), EXEMPT, 0, ratio, unit, least, split)


@pytest.mark.row("P3")
def test_an_hours_price_goes_by_the_length_and_never_below_the_least_charge() -> None:
    assert price_of(a_rate(1400), 120) == Money(2800)
    assert price_of(a_rate(1400), 50) == Money(1167)
    assert price_of(a_rate(1401), 30) == Money(701), "the half penny is rounded up"
    assert price_of(a_rate(1400, minimum=2800), 60) == Money(2800)
    assert price_of(a_rate(1400, minimum=2800), 180) == Money(4200)
    assert price_of(a_rate(1400, unit=PriceUnit.SESSION), 180) == Money(1400)


@pytest.mark.row("P3", "B6")
def test_hard_case_8_one_person_pays_at_most_the_largest_share() -> None:
    shared = a_rate(7000, ratio=THREE, unit=PriceUnit.SESSION, split=Split.SHARED)
    assert price_of(shared, 60) == Money(7000)
    assert price_each(shared, 60) == Money(2334)
    assert price_each(a_rate(7000, ratio=THREE, unit=PriceUnit.SESSION), 60) == Money(7000)
    assert total([price_each(shared, 60), Money(2333), Money(2333)]) == Money(7000)


rates = st.builds(
    a_rate,
    st.integers(0, 1_000_000),
    ratio=st.sampled_from(SupportRatio),
    unit=st.sampled_from(PriceUnit),
    minimum=st.none() | st.integers(1, 1_000_000),
    split=st.sampled_from(Split),
)


@pytest.mark.row("P3")
async def test_the_database_and_the_rule_agree_on_every_price(world: World) -> None:
    examples: list[tuple[Rate, int]] = []

    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(rates, st.integers(5, 1440))
    def draw(rate: Rate, minutes: int) -> None:
        examples.append((rate, minutes))

    draw()
    rows = await db.fetch_all(
        "SELECT rate_price(p, u, m, n) AS whole, rate_price_each(p, u, m, s, r, n) AS each"
        "  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::int[])"
        "  WITH ORDINALITY AS t (p, u, m, s, r, n, i) ORDER BY i",
        [rate.price.pence for rate, _ in examples],
        [str(rate.unit) for rate, _ in examples],
        [rate.minimum.pence if rate.minimum else None for rate, _ in examples],
        [str(rate.split) for rate, _ in examples],
        [str(rate.ratio) for rate, _ in examples],
        [minutes for _, minutes in examples],
    )
    assert len(rows) == len(examples) >= 50
    for (rate, minutes), row in zip(examples, rows, strict=True):
        assert row["whole"] == price_of(rate, minutes).pence, (rate, minutes)
        assert row["each"] == price_each(rate, minutes).pence, (rate, minutes)


@pytest.mark.row("P3")
async def test_the_price_function_is_put_in_line(world: World) -> None:
    plan = await db.fetch_all(
        "EXPLAIN (VERBOSE) SELECT rate_price_each(price_pence, unit, minimum_pence, split, ratio, 90) FROM rate"
    )
    assert "rate_price" not in " ".join(row["QUERY PLAN"] for row in plan)


@pytest.mark.row("P3")
async def test_each_ratio_has_its_own_dated_price(world: World) -> None:
    activity = await world.activity(price="9.00")
    today, later = clock.today(), clock.today() + timedelta(days=30)
    await set_rate(
        world.manager, activity, today, Money(1400), EXEMPT, ratio=ONE, unit=HOUR, minimum=Money(2800)
    )
    await set_agreed_rate(world.manager, activity, later, Money(1500), ratio=ONE, unit=HOUR)
    own, one = await quote_on(activity, today), await quote_on(activity, today, ONE)
    assert own is not None
    assert one is not None
    assert (own.price, own.ratio) == (Money(900), SupportRatio.GROUP)
    assert (one.price, one.unit, one.minimum) == (Money(1400), HOUR, Money(2800))
    after = await quote_on(activity, later, ONE)
    assert after is not None
    assert (after.price, after.minimum) == (Money(1500), None)
    assert await quote_on(activity, today, TWO) is None
    assert [(rate.ratio, rate.price.pence) for rate in await rates_of(activity)] == [
        (ONE, 1500), (ONE, 1400), (SupportRatio.GROUP, 900),
    ]  # fmt: skip


@pytest.mark.row("P3")
async def test_an_hourly_price_reaches_dates_search_and_the_booking(world: World) -> None:
    activity = await world.activity(price="9.00")
    session = await world.session(activity, minutes=150)
    await set_agreed_rate(world.manager, activity, clock.today(), Money(1000), unit=HOUR)
    assert [row["price_pence"] for row in await sessions_of(None, activity)] == [2500]
    searched = await db.fetch_value("SELECT price_pence FROM search_session WHERE session_id = $1", session)
    assert searched == 2500
    long = await world.session(activity, day=clock.today() + timedelta(days=9), minutes=300)
    assert await db.fetch_value("SELECT price_pence FROM search_session WHERE session_id = $1", long) == 5000
    booked = await book(world.broker, session, world.emma_isf)
    assert booked.price_pence == 2500
    found = await directory.search(SearchQuery(words="garden"))
    assert [date.price_pence for group in found.groups for date in group.sessions] == [2500, 5000]


@pytest.mark.row("P3")
async def test_a_session_made_longer_costs_more_in_search(world: World) -> None:
    activity = await world.activity(price="9.00")
    session = await world.session(activity, minutes=60)
    await set_agreed_rate(world.manager, activity, clock.today(), Money(1000), unit=HOUR)
    await db.execute(
        "UPDATE activity_session SET ends_at = ends_at + interval '1 hour' WHERE id = $1", session
    )
    assert (
        await db.fetch_value("SELECT price_pence FROM search_session WHERE session_id = $1", session) == 2000
    )


@pytest.mark.row("P3")
async def test_the_activitys_own_ratio_decides_what_is_shown_and_booked(world: World) -> None:
    activity = await world.activity(price="9.00")
    session = await world.session(activity)
    with pytest.raises(Invalid) as missing:
        await edit_activity(world.manager, activity, replace(COOKING, support_ratio=ONE))
    assert "price" in missing.value.fields
    await set_rate(world.manager, activity, clock.today(), Money(4000), EXEMPT, ratio=ONE)
    assert (
        await db.fetch_value("SELECT price_pence FROM search_session WHERE session_id = $1", session) == 900
    )
    await edit_activity(world.manager, activity, replace(COOKING, support_ratio=ONE))
    assert (
        await db.fetch_value("SELECT price_pence FROM search_session WHERE session_id = $1", session) == 4000
    )
    assert (await book(world.broker, session, world.emma_isf)).price_pence == 4000


@pytest.mark.row("P3")
async def test_a_day_before_the_ratios_first_price_cannot_be_booked(world: World) -> None:
    activity = await world.activity(price="9.00")
    session = await world.session(activity)
    await db.execute("UPDATE rate SET ratio = '1:1' WHERE activity_id = $1", activity)
    with pytest.raises(NotBookable, match="no price"):
        await book(world.broker, session, world.emma_isf)


@pytest.mark.row("P3")
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"minimum": Money(100)}, "minimum"),
        ({"minimum": Money(0), "unit": HOUR}, "minimum"),
        ({"split": Split.SHARED}, "split"),
        ({"split": Split.SHARED, "ratio": ONE}, "split"),
    ],
)
async def test_a_price_that_cannot_be_is_refused_in_words(
    world: World, said: dict[str, Any], field: str
) -> None:
    activity = await world.activity()
    with pytest.raises(Invalid) as refusal:
        await set_rate(world.manager, activity, clock.today(), Money(100), EXEMPT, **said)
    assert list(refusal.value.fields) == [field]


@pytest.mark.row("P3")
async def test_transport_has_dated_prices_and_vat_of_its_own_and_can_be_taken_away(world: World) -> None:
    activity = await world.activity(vat=(VatCategory.EXEMPT, 0))
    today, later = clock.today(), clock.today() + timedelta(days=30)
    await set_transport_rate(world.manager, activity, today, Money(600), VatCategory.ZERO)
    now = await transport_on(activity, today)
    assert now is not None
    assert (now.price, now.vat_category) == (Money(600), VatCategory.ZERO)
    await withdraw_transport(world.manager, activity, later)
    assert await transport_on(activity, later) is None
    assert await transport_on(activity, later - timedelta(days=1)) == now
    for day in (today - timedelta(days=1), date(2020, 1, 1)):
        with pytest.raises(Invalid):
            await set_transport_rate(world.manager, activity, day, Money(1), VatCategory.ZERO)
    with pytest.raises(NotFound):
        await set_transport_rate(world.other_manager, activity, today, Money(1), VatCategory.ZERO)
    with pytest.raises(Invalid):
        await withdraw_transport(world.manager, await world.activity(), today)


@pytest.mark.row("P3")
async def test_the_time_of_day_does_not_change_the_price_when_the_clocks_do(world: World) -> None:
    """02:00 does not happen twice for money: the length is that of the moments, not of the wall."""
    activity = await world.activity(price="9.00")
    await set_rate(world.manager, activity, clock.today(), Money(600), EXEMPT, unit=HOUR)
    await world.session(activity, day=date(2027, 3, 28), at=time(0, 30), minutes=120)
    rows = await sessions_of(None, activity)
    assert [row["price_pence"] for row in rows] == [1200]
