"""What somebody can pay: by figures, never below nothing, never more than it costs, and every step told."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.contributions.rules.assessment import (
    Figures,
    Household,
    LineKind,
    Premium,
    Way,
    assess,
    tariff_income,
)
from isf.contributions.rules.exempt import ExemptKind, check_exempt, free_days, free_time, free_until
from isf.parameters.rules import Parameter, usual_values
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import ZERO, Money

USUAL = {name: usual.value for name, usual in usual_values().items()}
pytestmark = pytest.mark.row("F6")

pence = st.integers(0, 100_000)


def figures(**told: Any) -> Figures:
    return Figures(way=Way.FULL, **told)


drawn = st.builds(
    Figures,
    way=st.just(Way.FULL),
    household=st.sampled_from(Household),
    premiums=st.frozensets(st.sampled_from(Premium)),
    children=st.integers(0, 4),
    benefits=pence,
    pension=pence,
    other_income=pence,
    disability_benefit=st.integers(5_000, 20_000),
    disability_benefit_not_counted=st.integers(0, 5_000),
    mobility=pence,
    earnings=pence,
    savings=st.integers(0, 3_000_000),
    housing_costs=pence,
    disability_expenses=pence,
)


@pytest.mark.parametrize(
    ("savings", "income"),
    [("14250.00", 0), ("14250.01", 100), ("14500.00", 100), ("14500.01", 200), ("23250.00", 3600), ("0", 0)],
)
def test_savings_count_by_every_step_or_part_of_one(savings: str, income: int) -> None:
    assert tariff_income(Money.parse(savings), USUAL) == Money(income)


def test_a_penny_above_the_upper_limit_and_the_whole_cost_is_theirs() -> None:
    assert assess(figures(savings=2_325_000), USUAL).weekly is not None
    assert assess(figures(savings=2_325_001), USUAL).weekly is None


@pytest.mark.parametrize("way", [Way.NOT_DISCLOSED, Way.PAYS_IN_FULL])
def test_who_does_not_tell_pays_in_full_and_reads_why(way: Way) -> None:
    found = assess(Figures(way=way), USUAL)
    assert found.weekly is None
    assert len(found.lines) == 2


def test_a_light_touch_asks_what_was_agreed() -> None:
    assert assess(Figures(way=Way.LIGHT_TOUCH, agreed_weekly=4_250), USUAL).weekly == Money(4_250)


def test_less_than_the_smallest_contribution_is_not_asked_for() -> None:
    kept = USUAL[Parameter.KEEP_SINGLE_25_OR_OLDER]
    assert assess(figures(benefits=kept + 199), USUAL).weekly == ZERO
    assert assess(figures(benefits=kept + 200), USUAL).weekly == Money(200)


def test_earnings_and_mobility_never_count() -> None:
    with_work = figures(benefits=20_000, earnings=90_000, mobility=7_590)
    assert assess(with_work, USUAL).weekly == assess(figures(benefits=20_000), USUAL).weekly


def test_a_council_that_asks_for_a_part_leaves_the_half_penny_with_the_person() -> None:
    values = USUAL | {Parameter.CHARGE_PERCENT: 90}
    kept = USUAL[Parameter.KEEP_SINGLE_25_OR_OLDER]
    assert assess(figures(benefits=kept + 3_339), values).weekly == Money(3_005)


def test_more_is_not_counted_than_there_is() -> None:
    with pytest.raises(Invalid):
        assess(figures(disability_benefit=1_000, disability_benefit_not_counted=1_001), USUAL)
    with pytest.raises(Invalid):
        assess(figures(benefits=-1), USUAL)


@given(drawn)
def test_nobody_is_asked_for_less_than_nothing_or_more_than_their_income(told: Figures) -> None:
    found = assess(told, USUAL)
    if found.weekly is None:
        assert told.savings > USUAL[Parameter.CAPITAL_UPPER_LIMIT]
        return
    counted = sum(line.pence or 0 for line in found.lines if line.kind is LineKind.COUNTS)
    kept = sum(line.pence or 0 for line in found.lines if line.kind is LineKind.KEPT)
    assert 0 <= found.weekly.pence <= max(0, counted - kept)
    assert kept >= USUAL[told.household.parameter]


def _asked(told: Figures) -> int:
    weekly = assess(told, USUAL).weekly
    return 10**9 if weekly is None else weekly.pence


@given(drawn, st.sampled_from(["benefits", "pension", "other_income", "savings"]), st.integers(1, 50_000))
def test_more_income_or_savings_never_asks_for_less(told: Figures, name: str, more: int) -> None:
    changed = {field: getattr(told, field) for field in told.__struct_fields__}
    assert _asked(Figures(**{**changed, name: changed[name] + more})) >= _asked(told)


@given(
    drawn,
    st.sampled_from(["housing_costs", "disability_expenses", "earnings", "mobility"]),
    st.integers(1, 50_000),
)
def test_more_costs_or_work_never_ask_for_more(told: Figures, name: str, more: int) -> None:
    changed = {field: getattr(told, field) for field in told.__struct_fields__}
    assert _asked(Figures(**{**changed, name: changed[name] + more})) <= _asked(told)


def test_the_free_weeks_have_a_clock() -> None:
    start = date(2026, 11, 2)
    days = free_days(ExemptKind.REABLEMENT, USUAL)
    assert days == 42
    assert free_until(start, None, days) == date(2026, 12, 14)
    first, last, after = (
        free_time(start, None, 42, day) for day in (start, date(2026, 12, 13), date(2026, 12, 14))
    )
    assert (first.day, last.day, after.day) == (1, 42, 42)
    assert "Day 42 of 42. Free until 13 December 2026" in last.words
    assert "over on 14 December 2026" in after.words
    assert "Ended after 10 days" in free_time(start, date(2026, 11, 12), 42, date(2026, 12, 1)).words
    assert free_days(ExemptKind.AFTERCARE, USUAL) is None


def test_what_is_charged_for_after_all_is_refused() -> None:
    check_exempt(ExemptKind.AIDS, Money(100_000), USUAL)
    with pytest.raises(Invalid):
        check_exempt(ExemptKind.AIDS, Money(100_001), USUAL)
    check_exempt(ExemptKind.TELECARE, None, USUAL)
    with pytest.raises(Invalid):
        check_exempt(ExemptKind.TELECARE, None, USUAL | {Parameter.TELECARE_FREE: 0})
