"""What a budget and its funds must satisfy: values in, values out (`rules.md` 4, 5, 11, 12, 20)."""

from isf.rules.budgets import (
    BudgetDraft,
    Collection,
    FundDraft,
    FundState,
    Parts,
    Per,
    check_budget,
    check_parts,
    for_the_period,
    fund_title,
    holder_error,
    parts_of,
    sum_error,
)
from isf.rules.periods import (
    Spread,
    first_day_after,
    first_days,
    for_days,
    last_day,
    runs_on,
    weeks_and_days,
)

__all__ = [
    "BudgetDraft",
    "Collection",
    "FundDraft",
    "FundState",
    "Parts",
    "Per",
    "Spread",
    "check_budget",
    "check_parts",
    "first_day_after",
    "first_days",
    "for_days",
    "for_the_period",
    "fund_title",
    "holder_error",
    "last_day",
    "parts_of",
    "runs_on",
    "sum_error",
    "weeks_and_days",
]
