"""Money against time: one rule for what is said, drawn and put into the table."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.burn import BurnKind, Course, Facts, burn_down, planned_by, standing
from isf.rules import Spread, first_day_after
from marketplace.kernel import db
from marketplace.kernel.money import Money
from tests.world import World

START, END = date(2026, 4, 1), date(2027, 4, 1)
TODAY = date(2026, 7, 9)  # 100 of 365 days are over when it ends.


def course(spent: dict[date, int], margin: int | None = 10, **changes: object) -> Course:
    values: dict[str, object] = {
        "plan": [Spread(Money(36_500), START, END)], "spent": spent, "whole": Money(36_500),
        "starts_on": START, "ends_on": END, "margin_percent": margin,
    }  # fmt: skip
    return Course(**(values | changes))  # type: ignore[arg-type]


def facts(used: int, **changes: object) -> Facts:
    values: dict[str, object] = {
        "whole": Money(36_500), "planned": Money(10_000), "used": Money(used), "margin_percent": 10,
        "starts_on": START, "ends_on": END,
    }  # fmt: skip
    return Facts(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.row("B9")
@pytest.mark.parametrize(
    ("used", "kind", "words"),
    [
        (10_000, BurnKind.ON_TRACK, "On track until 31 March"),
        (13_650, BurnKind.ON_TRACK, "On track until 31 March"),
        (13_651, BurnKind.AHEAD, "£36.51 more used and booked than planned by today"),
        (6_350, BurnKind.ON_TRACK, "On track until 31 March"),
        (6_349, BurnKind.BEHIND, "£36.51 less used and booked than planned by today"),
    ],
)
def test_more_than_the_councils_margin_of_the_whole_is_ahead_of_time(
    used: int, kind: BurnKind, words: str
) -> None:
    told = standing(facts(used), TODAY)
    assert (told.kind, told.words) == (kind, words)


@pytest.mark.row("B9")
def test_another_margin_judges_the_same_money_otherwise() -> None:
    assert standing(facts(12_000, margin_percent=5), TODAY).kind is BurnKind.AHEAD
    assert standing(facts(12_000, margin_percent=6), TODAY).kind is BurnKind.ON_TRACK
    assert standing(facts(12_000, margin_percent=None), TODAY).kind is BurnKind.UNJUDGED


def test_what_is_locked_not_begun_or_over_is_not_judged() -> None:
    assert standing(facts(0, locked=True), TODAY).kind is BurnKind.WAITING
    assert standing(facts(0), START - timedelta(days=1)).words == "Starts on 1 April"
    assert standing(facts(30_000), END).words == "Ended on 31 March"


@pytest.mark.row("B9")
def test_the_forecast_takes_what_is_booked_or_the_last_eight_weeks_whichever_is_more() -> None:
    # £7.00 a week for the last eight weeks, nothing before: 38 weeks to come, the last of one day's length.
    recent = {TODAY - timedelta(days=7 * week): 700 for week in range(8)}
    told = burn_down(course(recent), TODAY)
    assert told.weekly == Money(700)
    to_come = (END - first_day_after(TODAY)).days
    assert told.left_at_end == Money(
        36_500 - 8 * 700 - sum(700 * min(7, to_come - d) // 7 for d in range(0, to_come, 7))
    )
    assert told.runs_out_on is None
    booked = recent | {TODAY + timedelta(days=3): 5_000}
    assert burn_down(course(booked), TODAY).left_at_end == told.left_at_end - Money(4_300)
    assert burn_down(course(booked), TODAY).booked_ahead == Money(5_000)


@pytest.mark.row("B9")
def test_the_day_on_which_the_money_is_used_up_is_told() -> None:
    told = burn_down(course({TODAY - timedelta(days=1): 20_000}), TODAY)
    # £200.00 in eight weeks is £25.00 a week; £165.00 is left: it does for six weeks and four days.
    assert told.runs_out_on == first_day_after(TODAY) + timedelta(days=46)
    assert told.forecast_words == "At this pace the money is used up about 25 August"


def test_before_anything_is_used_or_booked_nothing_is_forecast() -> None:
    assert burn_down(course({}), TODAY).forecast_words == ""


@given(
    st.dictionaries(st.integers(0, 364), st.integers(1, 9_000), max_size=40),
    st.integers(0, 364),
    st.sampled_from([None, 0, 10, 100]),
)
def test_line_table_and_words_come_from_the_same_figures(
    spent: dict[int, int], today: int, margin: int | None
) -> None:
    on = START + timedelta(days=today)
    told = burn_down(course({START + timedelta(days=d): p for d, p in spent.items()}, margin), on)
    (now,) = [point for point in told.points if point.name.startswith("Today")]
    assert now.used is not None
    assert (now.planned, now.used) == (told.planned, told.used)
    assert now.forecast == now.used
    assert all((point.used is None) == (point.share > now.share) for point in told.points)
    assert [point.share for point in told.points] == sorted(point.share for point in told.points)
    assert told.points[-1].planned == Money(36_500)
    if told.standing.kind in (BurnKind.AHEAD, BurnKind.BEHIND, BurnKind.UNJUDGED):
        assert str(Money(abs(now.used.pence - now.planned.pence))) in told.standing.words
    known = [point.used.pence for point in told.points if point.used is not None]
    assert known == sorted(known)
    assert told.used + told.booked_ahead == Money(sum(spent.values()))
    end = told.points[-1]
    last = end.used if end.forecast is None else end.forecast
    assert last is not None
    assert told.left_at_end == Money(36_500) - last


def test_weekly_plans_and_money_on_top_are_planned_for() -> None:
    plan = [Spread(Money(52_143), START, END, weekly=Money(1_000))]
    week = START + timedelta(days=7)
    assert planned_by(course({}, plan=plan, whole=Money(52_143)), week) == Money(1_000)
    assert planned_by(course({}, plan=plan, whole=Money(52_143 + 36_500)), week) == Money(1_700)
    assert planned_by(course({}, plan=plan, whole=Money(52_143 + 36_500)), END) == Money(88_643)


@pytest.mark.row("B9")
async def test_the_database_plans_to_the_same_penny(world: World) -> None:
    day = START - timedelta(days=1)
    for amount, weekly in ((36_501, None), (52_143, 1_000), (-1_001, None), (0, None), (99, 7)):
        spread = Spread(Money(amount), START, END, None if weekly is None else Money(weekly))
        found = await db.fetch_all(
            "SELECT planned_by($1, $2, $3::date, $4::date, $5::date + n) AS pence FROM generate_series(0, 370) AS n"
            " ORDER BY n",
            amount, weekly, START, END, day,
        )  # fmt: skip
        assert [row["pence"] for row in found] == [
            spread.by(day + timedelta(days=n)).pence for n in range(371)
        ]
