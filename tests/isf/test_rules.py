"""The arithmetic of budgets, the holder of each route, half-open days."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.rules import (
    BudgetDraft,
    FundDraft,
    check_budget,
    first_day_after,
    first_days,
    fund_title,
    holder_error,
    last_day,
    parts_of,
    runs_on,
)
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money, total
from marketplace.kernel.routes_of_money import Route

COUNCIL, HARBOUR, DAN = uuid4(), uuid4(), uuid4()
START, END = date(2026, 4, 1), date(2027, 4, 1)


def direct(pence: int) -> FundDraft:
    return FundDraft(Route.DIRECT_PAYMENT, Money(pence), holder_user_id=DAN)


def isf(pence: int) -> FundDraft:
    return FundDraft(Route.ISF, Money(pence), holder_organisation_id=HARBOUR)


def managed(pence: int) -> FundDraft:
    return FundDraft(Route.COUNCIL_MANAGED, Money(pence), holder_organisation_id=COUNCIL)


def budget(share: int, contribution: int, *funds: FundDraft, ends_on: date = END) -> BudgetDraft:
    return BudgetDraft(Money(share), Money(contribution), START, ends_on, funds)


def wrong_fields(draft: BudgetDraft) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        check_budget(draft, COUNCIL)
    return refusal.value.fields


@pytest.mark.row("F3")
def test_a_mix_of_three_routes_that_adds_up_is_accepted() -> None:
    check_budget(budget(90_000, 10_000, direct(50_000), isf(30_000), managed(20_000)), COUNCIL)


@pytest.mark.row("F2")
@pytest.mark.parametrize(
    ("parts", "told"), [(99_000, "£10.00 less than the budget of £1,000.00"), (100_450, "£4.50 more")]
)
def test_parts_that_do_not_add_up_say_by_how_much(parts: int, told: str) -> None:
    assert told in wrong_fields(budget(90_000, 10_000, isf(parts)))["funds"]


@pytest.mark.row("F2")
def test_a_budget_without_parts_lacks_all_of_it() -> None:
    assert "£1,000.00 less" in wrong_fields(budget(100_000, 0))["funds"]


@pytest.mark.row("F2")
def test_a_budget_of_nothing_is_refused() -> None:
    assert "council_share" in wrong_fields(budget(0, 0))


@pytest.mark.row("F2")
def test_a_budget_ends_after_it_starts() -> None:
    assert "ends_on" in wrong_fields(budget(100, 0, isf(100), ends_on=START))


@pytest.mark.row("I1")
def test_the_council_never_holds_an_isf() -> None:
    told = holder_error(FundDraft(Route.ISF, Money(1), holder_organisation_id=COUNCIL), COUNCIL)
    assert "council cannot hold" in told


@pytest.mark.row("F4")
@pytest.mark.parametrize("route", list(Route))
def test_every_route_needs_its_own_kind_of_holder(route: Route) -> None:
    nobody = FundDraft(route, Money(1))
    both = FundDraft(route, Money(1), holder_user_id=DAN, holder_organisation_id=HARBOUR)
    assert holder_error(nobody, COUNCIL)
    assert holder_error(both, COUNCIL)


@pytest.mark.row("F4")
def test_council_managed_money_stays_with_the_funding_council() -> None:
    assert holder_error(FundDraft(Route.COUNCIL_MANAGED, Money(1), holder_organisation_id=HARBOUR), COUNCIL)


@pytest.mark.row("F2")
@given(
    amounts=st.lists(st.integers(1, 10_000_000), min_size=1, max_size=5),
    contribution_share=st.integers(0, 1000),
)
def test_contributions_and_shares_tie_to_the_penny(amounts: list[int], contribution_share: int) -> None:
    contribution = Money(sum(amounts) * contribution_share // 1000)
    share = Money(sum(amounts)) - contribution
    draft = BudgetDraft(share, contribution, START, END, [isf(pence) for pence in amounts])
    parts = parts_of(draft)
    assert total(part.contribution for part in parts) == contribution
    assert total(part.council_share for part in parts) == share
    assert [part.contribution + part.council_share for part in parts] == [Money(pence) for pence in amounts]
    assert all(part.council_share.pence >= 0 and part.contribution.pence >= 0 for part in parts)


@pytest.mark.row("F3")
def test_a_period_holds_its_first_day_and_not_its_end() -> None:
    assert runs_on(START, END, START)
    assert runs_on(START, END, last_day(END))
    assert not runs_on(START, END, END)
    assert runs_on(START, None, date(2099, 1, 1))
    assert first_day_after(last_day(END)) == END


@given(start=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days=st.integers(1, 900))
def test_the_months_of_a_period_follow_each_other_without_gap(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    months = list(first_days(start, end))
    assert months[0][0] == start
    assert months[-1][1] == end
    assert all(earlier[1] == later[0] and later[0].day == 1 for earlier, later in pairwise(months))


def test_funds_are_called_as_people_call_them() -> None:
    assert fund_title(Route.ISF, "Harbour") == "ISF with Harbour"
    assert fund_title(Route.DIRECT_PAYMENT, "Dan") == "Direct payment"
