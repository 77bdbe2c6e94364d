"""Weekly amounts over any days, to the penny; versions that follow one another lose nothing (`rules.md` 12, 20)."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.budgets.rules import (
    BudgetChange,
    NewShare,
    Share,
    Standing,
    is_reduction,
    moved_shares,
    new_shares,
    notice_error,
)
from isf.rules import (
    BudgetDraft,
    Collection,
    FundDraft,
    Parts,
    Per,
    Spread,
    for_days,
    parts_of,
    weeks_and_days,
)
from marketplace.kernel.money import ZERO, Money, total
from marketplace.kernel.routes_of_money import Route

HARBOUR, LIGHTHOUSE, COUNCIL = uuid4(), uuid4(), uuid4()
START, END = date(2026, 4, 1), date(2027, 4, 1)
pence = st.integers(0, 200_000)


def isf(amount: int, contribution: int = 0, holder: UUID = HARBOUR) -> FundDraft:
    return FundDraft(
        Route.ISF, Money(amount), holder_organisation_id=holder, contribution=Money(contribution)
    )


def standing(weekly: int, contribution: int = 0, *, ends_on: date = END) -> Standing:
    days = (ends_on - START).days
    share = Share(
        uuid4(), Route.ISF, None, HARBOUR,
        Spread(for_days(Money(weekly), days), START, ends_on, Money(weekly)),
        Spread(for_days(Money(contribution), days), START, ends_on, Money(contribution)),
    )  # fmt: skip
    return Standing(uuid4(), 1, START, ends_on, Collection.NET, [share])


@pytest.mark.row("F2")
@given(
    weekly=st.none() | pence, amount=pence, days=st.integers(1, 800),
    cuts=st.lists(st.integers(0, 800), max_size=6),
)  # fmt: skip
def test_the_parts_of_any_split_of_a_period_add_up_to_the_whole(
    weekly: int | None, amount: int, days: int, cuts: list[int]
) -> None:
    ends_on = START + timedelta(days=days)
    whole = Money(amount) if weekly is None else for_days(Money(weekly), days)
    spread = Spread(whole, START, ends_on, None if weekly is None else Money(weekly))
    marks = [START, *(START + timedelta(days=cut) for cut in sorted(min(cut, days) for cut in cuts)), ends_on]
    parts = [spread.by(after) - spread.by(before) for before, after in pairwise(marks)]
    assert all(part.pence >= 0 for part in parts)
    assert total(parts) == whole


@pytest.mark.row("F2")
@pytest.mark.parametrize(
    ("starts_on", "ends_on", "words", "pence"),
    [
        (date(2026, 4, 1), date(2027, 4, 1), "52 weeks and 1 day", 5_215_33),  # 365 days
        (date(2027, 4, 1), date(2028, 4, 1), "52 weeks and 2 days", 5_229_62),  # a leap year
        (date(2026, 3, 30), date(2027, 4, 5), "53 weeks", 5_301_06),  # a year of 53 weeks
        (date(2026, 4, 1), date(2026, 4, 4), "3 days", 42_87),
        (date(2026, 10, 19), date(2026, 10, 26), "1 week", 100_02),  # the clocks go back in it
    ],
)
def test_weeks_days_leap_years_and_53_weeks(starts_on: date, ends_on: date, words: str, pence: int) -> None:
    assert weeks_and_days(starts_on, ends_on) == words
    assert for_days(Money(100_02), (ends_on - starts_on).days).pence == pence


@pytest.mark.row("F2")
@given(council=pence, contribution=pence, amounts=st.lists(st.integers(1, 100_000), min_size=1, max_size=3))
def test_a_budget_by_the_week_shares_out_both_columns(
    council: int, contribution: int, amounts: list[int]
) -> None:
    whole = sum(amounts)
    contribution = min(contribution, whole)
    funds = [
        FundDraft(route, Money(amount), holder_organisation_id=COUNCIL)
        for route, amount in zip(Route, amounts, strict=False)
    ]
    parts = parts_of(
        BudgetDraft(Money(whole - contribution), Money(contribution), START, END, funds, per=Per.WEEK)
    )
    weekly = [(part.council_weekly or ZERO) + (part.contribution_weekly or ZERO) for part in parts]
    assert [one.pence for one in weekly] == amounts
    assert total(part.contribution_weekly or ZERO for part in parts).pence == contribution
    assert all(part.council_share == for_days(part.council_weekly or ZERO, 365) for part in parts)


@pytest.mark.row("F5")
@given(weekly=pence, contribution=pence, days=st.integers(0, 365))
def test_before_and_after_a_day_are_the_whole_whoever_holds_it(
    weekly: int, contribution: int, days: int
) -> None:
    version, day = standing(weekly, contribution), START + timedelta(days=days)
    (share,) = version.shares
    (moved,) = moved_shares(version, share.fund_id, isf(0, holder=LIGHTHOUSE), day)
    assert share.before(day).whole + moved.parts.whole == share.council.amount + share.contribution.amount
    assert moved.fund.holder_organisation_id == LIGHTHOUSE


@pytest.mark.row("F2")
@given(weekly=st.integers(1, 200_000), days=st.integers(0, 364))
def test_what_does_not_change_is_no_reduction_and_loses_no_penny(weekly: int, days: int) -> None:
    version, day = standing(weekly), START + timedelta(days=days)
    shares = new_shares(version, BudgetChange(day, END, [isf(weekly)], "Why"))
    assert shares[0].parts == version.shares[0].rest(day)
    assert not is_reduction(version, day, END, shares)


@pytest.mark.row("W2")
@pytest.mark.parametrize(
    ("weekly", "starts_on", "ends_on", "reduced"),
    [
        (9_900, date(2026, 10, 1), END, True),
        (10_100, date(2026, 10, 1), END, False),
        (10_000, date(2026, 10, 1), date(2027, 3, 1), True),  # it ends earlier
        (10_000, END, date(2028, 4, 1), False),  # the next year, the same a week
        (9_900, END, date(2028, 4, 1), True),
        (10_000, date(2026, 10, 1), date(2028, 4, 1), False),
    ],
)
def test_less_for_each_day_or_an_earlier_end_is_a_reduction(
    weekly: int, starts_on: date, ends_on: date, reduced: bool
) -> None:
    version = standing(10_000)
    shares = new_shares(version, BudgetChange(starts_on, ends_on, [isf(weekly)], "Why"))
    assert is_reduction(version, starts_on, ends_on, shares) is reduced


@pytest.mark.row("W2")
def test_a_reduction_begins_after_the_notice_or_by_agreement() -> None:
    today = date(2026, 11, 2)
    assert notice_error(date(2026, 11, 30), today, 28, "") == ""
    assert "28 days of notice" in notice_error(date(2026, 11, 29), today, 28, " ")
    assert "30 November 2026 or later" in notice_error(date(2026, 11, 29), today, 28, "")
    assert notice_error(today, today, 28, "Nia asked for it.") == ""


@pytest.mark.row("F3")
def test_money_that_goes_where_some_is_already_is_one_part() -> None:
    version = standing(7_000)
    other = Share(
        uuid4(),
        Route.COUNCIL_MANAGED,
        None,
        COUNCIL,
        Spread(Money(1_000), START, END),
        Spread(ZERO, START, END),
    )
    both = Standing(version.budget_id, 1, START, END, Collection.NET, [*version.shares, other])
    to = FundDraft(Route.COUNCIL_MANAGED, ZERO, holder_organisation_id=COUNCIL)
    (moved,) = moved_shares(both, version.shares[0].fund_id, to, START)
    assert moved == NewShare(moved.fund, Parts(Money(365_000 + 1_000), ZERO))


def test_another_amount_is_another_fingerprint() -> None:
    version = standing(7_000)
    same = Standing(version.budget_id, 1, START, END, Collection.NET, version.shares)
    other = Standing(version.budget_id, 1, START, END, Collection.GROSS, version.shares)
    assert version.seen == same.seen
    assert version.seen != other.seen
