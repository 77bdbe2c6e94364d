"""What items cost in a plan's days, what each key covers, and what a plan covers: values in, values out."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.plans.costs import cost_in, totals
from isf.plans.fingerprints import fingerprints
from isf.plans.rules import (
    Chapter,
    Frequency,
    ItemDraft,
    KeyKind,
    PaidFrom,
    check_item,
    covers_money,
    how_often,
    missing,
)
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Category

APRIL, NEXT_APRIL = date(2026, 4, 1), date(2027, 4, 1)
BUDGET = uuid4()


def item(cost: int = 1000, **changes: object) -> ItemDraft:
    return replace(ItemDraft("Choir", PaidFrom.ISF, cost=Money(cost)), **changes)  # type: ignore[arg-type]


@pytest.mark.row("SP1")
@pytest.mark.parametrize(
    ("draft", "ends_on", "pence"),
    [
        (
            item(),
            NEXT_APRIL,
            52_143,
        ),  # 52 weeks and a day: 52 × £10.00 and a seventh of it, the half penny up
        (item(), APRIL + timedelta(days=371), 53_000),  # 53 whole weeks
        (item(times=2, weeks=10), NEXT_APRIL, 20_000),
        (item(frequency=Frequency.MONTH), NEXT_APRIL, 12_000),
        (item(frequency=Frequency.MONTH), date(2026, 4, 16), 500),
        (item(frequency=Frequency.YEAR, times=3), NEXT_APRIL, 3_000),
        (item(frequency=Frequency.YEAR), date(2026, 10, 1), 501),  # 183 of 365 days
        (item(frequency=Frequency.ONCE, times=4), APRIL + timedelta(days=1), 4_000),
        (item(0, paid_from=PaidFrom.FREE), NEXT_APRIL, 0),
    ],
)
def test_an_item_costs_what_its_days_hold_to_the_penny(draft: ItemDraft, ends_on: date, pence: int) -> None:
    assert cost_in(draft, APRIL, ends_on) == Money(pence)


@pytest.mark.row("SP1")
def test_a_leap_year_is_one_year_and_twelve_months() -> None:
    starts_on, ends_on = date(2027, 4, 1), date(2028, 4, 1)
    assert cost_in(item(frequency=Frequency.YEAR), starts_on, ends_on) == Money(1_000)
    assert cost_in(item(frequency=Frequency.MONTH), starts_on, ends_on) == Money(12_000)
    assert cost_in(item(700), starts_on, ends_on) == Money(36_600)  # 366 days at £1.00 a day


@given(st.sampled_from(Frequency), st.integers(1, 10**6), st.integers(1, 800), st.integers(0, 400))
def test_more_days_never_cost_less(frequency: Frequency, pence: int, days: int, more: int) -> None:
    draft = item(pence, frequency=frequency)
    shorter = cost_in(draft, APRIL, APRIL + timedelta(days=days))
    assert ZERO.pence <= shorter.pence <= cost_in(draft, APRIL, APRIL + timedelta(days=days + more)).pence


@pytest.mark.row("SP1")
def test_free_and_self_paid_items_count_nothing_against_the_budget() -> None:
    found = totals(
        [item(), item(0, paid_from=PaidFrom.FREE), item(500, paid_from=PaidFrom.SELF, frequency=Frequency.ONCE)],
        APRIL, NEXT_APRIL, {Route.ISF: Money(50_000), Route.DIRECT_PAYMENT: Money(10_000)},
    )  # fmt: skip
    assert (found.planned_whole, found.allocated_whole) == (Money(52_143), Money(60_000))
    assert (found.self_paid, found.left) == (Money(500), Money(7_857))
    # Enough in all, but not in the part that pays.
    assert [(each.route, each.by) for each in found.over] == [(Route.ISF, Money(2_143))]


@pytest.mark.row("SP1")
def test_what_is_missing_is_said_by_its_place() -> None:
    told = missing([Chapter.IMPORTANT_TO_ME], 0, [], contribution=ZERO)
    assert set(told) == {"keeps_me_well", "support_i_want", "how_money_is_used", "items"}
    assert "what_i_pay" in missing([], 1, [], contribution=Money(100))
    assert missing([c for c in Chapter if c is not Chapter.WHAT_I_PAY], 1, [], contribution=ZERO) == {}


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (item(title=" "), "title"),
        (item(0), "cost"),
        (item(1, paid_from=PaidFrom.FREE), "cost"),
        (item(times=0), "times"),
        (item(weeks=54), "weeks"),
        (item(weeks=4, frequency=Frequency.MONTH), "weeks"),
    ],
)
def test_an_item_that_does_not_fit_says_what_to_type(draft: ItemDraft, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_item(draft, 53)
    assert field in refusal.value.fields


def test_how_often_reads_like_a_sentence() -> None:
    assert how_often(1, Frequency.WEEK) == "once a week"
    assert how_often(3, Frequency.MONTH) == "3 times a month"
    assert how_often(2, Frequency.WEEK, 10) == "2 times a week for 10 weeks"
    assert how_often(1, Frequency.ONCE) == "once"


@dataclass(frozen=True)
class Plan:
    """As much of a plan as the keys look at."""

    words: dict[Chapter, str]
    items: list[ItemDraft]
    budget: UUID = BUDGET
    amount: int = 100_000

    def keys(self) -> dict[KeyKind, str]:
        found = totals(self.items, APRIL, NEXT_APRIL, {Route.ISF: Money(self.amount)})
        return fingerprints(self.words, self.items, self.budget, found)


PLAN = Plan(
    {Chapter.KEEPS_ME_WELL: "Sleep", Chapter.SUPPORT_I_WANT: "Time"}, [item(), item(200, title="Swim")]
)
ALL = frozenset(KeyKind)
NEEDS, MONEY, RISK, SAFE = KeyKind.NEEDS, KeyKind.ALLOCATION, KeyKind.RISK, KeyKind.SAFE_AND_WELL


def with_words(chapter: Chapter, words: str) -> Plan:
    return replace(PLAN, words={**PLAN.words, chapter: words})


def with_first(**changes: object) -> Plan:
    return replace(PLAN, items=[replace(PLAN.items[0], **changes), PLAN.items[1]])  # type: ignore[arg-type]


@pytest.mark.row("SP3")
@pytest.mark.parametrize(
    ("changed", "falls"),
    [
        (PLAN, set()),
        (replace(PLAN, items=PLAN.items[::-1]), set()),
        (with_words(Chapter.KEEPS_ME_WELL, " Sleep "), set()),
        (with_words(Chapter.IMPORTANT_TO_ME, "My garden"), set()),
        (with_words(Chapter.KEEPS_ME_WELL, "Quiet"), {RISK, SAFE}),
        (with_words(Chapter.SUPPORT_I_WANT, "Company"), {SAFE}),
        (with_first(cost=Money(900)), {MONEY}),
        (with_first(times=2), {NEEDS, MONEY, SAFE}),
        (with_first(need_id=uuid4()), {NEEDS}),
        (with_first(outcome_id=uuid4()), {NEEDS}),
        (with_first(provider_id=uuid4()), {RISK, SAFE}),
        (with_first(category=Category.MUSIC), {RISK, SAFE}),
        (with_first(title="Band"), {NEEDS, RISK, SAFE}),
        (with_first(paid_from=PaidFrom.COUNCIL_MANAGED), {MONEY}),
        (replace(PLAN, amount=90_000), {MONEY}),
        (replace(PLAN, budget=uuid4()), {MONEY}),
        (replace(PLAN, items=PLAN.items[:1]), ALL),
    ],
)
def test_a_key_falls_only_where_what_it_covers_has_changed(changed: Plan, falls: set[KeyKind]) -> None:
    before, after = PLAN.keys(), changed.keys()
    assert {kind for kind in KeyKind if before[kind] != after[kind]} == falls


@pytest.mark.row("SP3")
def test_a_plan_covers_less_or_the_same_money_inside_its_days_and_no_more() -> None:
    whole, october = Money(36_500), date(2026, 10, 1)
    half = Money(18_200)  # 182 of 365 days at £1.00
    assert covers_money(whole, APRIL, NEXT_APRIL, half, october, NEXT_APRIL)
    assert covers_money(whole, APRIL, NEXT_APRIL, Money(9_000), october, NEXT_APRIL)
    assert covers_money(whole, APRIL, NEXT_APRIL, half + Money(1), october, NEXT_APRIL), "only rounding"
    assert not covers_money(whole, APRIL, NEXT_APRIL, half + Money(3), october, NEXT_APRIL)
    assert not covers_money(whole, APRIL, NEXT_APRIL, Money(1), october, NEXT_APRIL + timedelta(days=1))
    assert not covers_money(whole, APRIL, NEXT_APRIL, Money(1), APRIL - timedelta(days=1), october)
