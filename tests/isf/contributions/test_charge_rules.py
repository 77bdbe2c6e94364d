"""What is due for some days: to the penny over part weeks, leap years and 53-week years."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.contributions.rules.charges import (
    Able,
    Free,
    Share,
    Story,
    Why,
    due_for,
    parts_for,
    periods,
    week_on,
)
from isf.rules import Collection, Spread, for_days
from marketplace.kernel.money import ZERO, Money, total

pytestmark = pytest.mark.row("F2")

START, END = date(2027, 4, 1), date(2028, 4, 1)
"""Twelve months with a 29 February, of 366 days: 52 weeks and 2 days."""


def share(council: int, contribution: int, start: date = START, end: date = END) -> Share:
    """By the week."""
    days = (end - start).days
    spreads = [
        Spread(for_days(Money(weekly), days), start, end, Money(weekly)) for weekly in (council, contribution)
    ]
    return Share(spreads[0], spreads[1], Collection.NET)


def test_a_year_with_29_february_adds_up_to_52_weeks_and_2_days() -> None:
    story = Story(shares=[share(20_000, 3_333)])
    assert due_for(story, START, END) == for_days(Money(3_333), 366)
    assert for_days(Money(3_333), 366) == Money(174_268)  # 52 × £33.33 + 2 days: £9.52


def test_a_year_of_53_mondays_asks_for_53_weeks() -> None:
    monday = date(2029, 12, 31)
    after = monday + timedelta(weeks=53)
    story = Story(shares=[share(20_000, 3_333, monday, after)])
    assert due_for(story, monday, after) == Money(53 * 3_333)


cuts = st.lists(st.dates(START, END), max_size=8)


@given(st.integers(0, 50_000), st.integers(0, 50_000), cuts)
def test_however_the_days_are_cut_the_parts_are_the_whole(
    council: int, contribution: int, days: list[date]
) -> None:
    story = Story(shares=[share(council, contribution)])
    edges = sorted({START, END, *days})
    told = total(due_for(story, first, after) for first, after in pairwise(edges))
    assert told == due_for(story, START, END) == for_days(Money(contribution), 366)


@given(st.integers(1, 50_000_00), st.integers(0, 50_000_00), cuts)
def test_an_amount_for_the_whole_period_is_asked_for_to_the_penny(
    council: int, own: int, days: list[date]
) -> None:
    story = Story(
        shares=[Share(Spread(Money(council), START, END), Spread(Money(own), START, END), Collection.NET)]
    )
    edges = sorted({START, END, *days})
    assert total(due_for(story, a, b) for a, b in pairwise(edges)) == Money(own)


assessments = st.lists(st.tuples(st.dates(START, END), st.none() | st.integers(0, 60_000)), max_size=3)
exempt = st.lists(
    st.tuples(st.dates(START, END), st.integers(1, 90), st.none() | st.integers(0, 30_000)), max_size=3
)


@given(st.integers(0, 30_000), st.integers(0, 30_000), assessments, exempt)
def test_what_is_due_is_never_below_nothing_or_above_what_is_charged_for(
    council: int, own: int, able: list[tuple[date, int | None]], free: list[tuple[date, int, int | None]]
) -> None:
    story = Story(
        shares=[share(council, own)],
        able=[
            Able(day, None if w is None else Money(w)) for day, w in sorted(able, key=lambda each: each[0])
        ],
        free=[
            Free(day, day + timedelta(days=days), None if w is None else Money(w)) for day, days, w in free
        ],
    )
    for part in parts_for(story, START, END):
        assert 0 <= part.amount_pence <= part.cost_pence - part.free_pence
        assert 0 <= part.free_pence <= part.cost_pence


def test_a_new_assessment_counts_from_its_day() -> None:
    story = Story(
        shares=[share(20_000, 5_000)],
        able=[Able(date(2027, 4, 8), Money(7_000)), Able(date(2027, 4, 15), None)],
    )
    told = parts_for(story, START, date(2027, 4, 22))
    assert [(part.why, part.amount_pence) for part in told] == [
        (Why.BUDGET, 5_000), (Why.ASSESSED, 7_000), (Why.FULL_COST, 25_000),
    ]  # fmt: skip


def test_nobody_pays_more_than_the_support_costs() -> None:
    story = Story(shares=[share(4_000, 1_000)], able=[Able(START, Money(9_000))])
    (part,) = parts_for(story, START, START + timedelta(weeks=1))
    assert (part.amount_pence, part.why) == (5_000, Why.COSTS_LESS)
    assert week_on(story, START).due == Money(5_000)


@pytest.mark.row("F6")
def test_six_free_weeks_are_taken_out_and_then_the_cost_counts_again() -> None:
    free = Free(START, START + timedelta(days=42), None)
    story = Story(shares=[share(20_000, 5_000)], free=[free])
    six, after = (
        parts_for(story, START + timedelta(days=n), START + timedelta(days=n + 7))[0] for n in (35, 42)
    )
    assert (six.amount_pence, six.why) == (0, Why.EXEMPT)
    assert (after.amount_pence, after.why) == (5_000, Why.BUDGET)


@pytest.mark.row("F6")
def test_a_free_part_lowers_what_is_charged_for_only_where_it_must() -> None:
    part_free = Free(START, None, Money(18_000))
    story = Story(shares=[share(20_000, 5_000)], able=[Able(START, Money(6_000))], free=[part_free])
    (told,) = parts_for(story, START, START + timedelta(weeks=1))
    assert (told.amount_pence, told.free_pence) == (6_000, 18_000)
    dear = Story(shares=story.shares, able=[Able(START, Money(9_000))], free=story.free)
    (told,) = parts_for(dear, START, START + timedelta(weeks=1))
    assert (told.amount_pence, told.why) == (7_000, Why.EXEMPT)


def test_bills_are_for_whole_weeks_after_a_first_part_and_only_when_they_are_over() -> None:
    story = Story(shares=[share(20_000, 5_000)])
    assert list(periods(story, None, 4, date(2027, 4, 25))) == []
    first = (START, date(2027, 4, 26))  # A Thursday to the Sunday of the fourth week.
    assert list(periods(story, None, 4, date(2027, 4, 26))) == [first]
    told = list(periods(story, first[1], 4, date(2027, 7, 1)))
    assert told == [(date(2027, 4, 26), date(2027, 5, 24)), (date(2027, 5, 24), date(2027, 6, 21))]
    assert total(due_for(story, *each) for each in (first, *told)) == for_days(Money(5_000), 81)


def test_days_without_a_budget_are_not_billed() -> None:
    later = share(20_000, 5_000, date(2028, 9, 4), date(2029, 9, 3))
    story = Story(shares=[share(20_000, 5_000), later])
    firsts = [start for start, _ in periods(story, None, 4, date(2028, 12, 1))]
    assert not [day for day in firsts if END + timedelta(days=28) < day < date(2028, 9, 4)]
    assert date(2028, 9, 4) in firsts
    assert due_for(story, date(2028, 5, 1), date(2028, 8, 1)) == ZERO
