"""The worked example of the docs, worked out again."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from isf.contributions.rules.assessment import Figures, LineKind, Way, assess
from isf.contributions.rules.charges import Able, Free, Share, Story, week_on
from isf.parameters.rules import usual_values
from isf.rules import Collection, Spread
from marketplace.kernel.money import ZERO, Money, total

TEXT = (Path(__file__).parents[3] / "docs" / "contributions.md").read_text("utf-8")


def told(what: str) -> Money:
    """The last amount of the example's row that begins so."""
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {what}")]
    return Money.parse(re.findall(r"£[\d,.]+\d", row)[-1])


@pytest.mark.row("F6")
def test_the_worked_example_of_the_docs_is_what_the_rules_give() -> None:
    savings = Money.parse(re.findall(r"Savings of (£[\d,.]+) are", TEXT)[0])
    figures = Figures(
        way=Way.FULL,
        benefits=told("Universal Credit").pence,
        disability_benefit=told("Disability benefit for care").pence,
        mobility=told("Mobility").pence,
        earnings=told("Earnings").pence,
        savings=savings.pence,
        housing_costs=told("Kept for rent").pence,
        disability_expenses=told("Kept for costs").pence,
    )
    found = assess(figures, {name: usual.value for name, usual in usual_values().items()})
    assert found.weekly == told("What is over")
    assert told("Savings") == Money(200)
    kept = [Money(line.pence or 0) for line in found.lines if line.kind is LineKind.KEPT]
    assert total(kept) == told("Kept for living") + told("Kept for rent") + told("Kept for costs")
    assert told("Income that counts") - total(kept) == found.weekly
    cost, free = (
        Money.parse(each) for each in re.findall(r"(?:support costs|at home,) (£[\d.]+\d)", TEXT)[:2]
    )
    pays, then = (Money.parse(each) for each in re.findall(r"\*\*(£[\d.]+\d)\*\*", TEXT))
    start = date(2026, 11, 23)
    end = start + timedelta(weeks=52)
    shares = [Share(Spread(cost * 52, start, end, cost), Spread(ZERO, start, end, ZERO), Collection.NET)]
    story = Story(
        shares=shares, able=[Able(start, found.weekly)], free=[Free(start, start + timedelta(42), free)]
    )
    assert week_on(story, start).due == then
    assert week_on(story, start + timedelta(42)).due == pays
