"""Reads about support plans."""

from isf.plans.queries.covering import (
    budgets_to_plan,
    covers,
    open_version,
    plan_in_force,
    possible_helpers,
    provider_names,
)
from isf.plans.queries.versions import HelperLine, ItemLine, KeyLine, PlanCopy, WordsLine, load, plan_copy
from isf.plans.queries.waiting import (
    VersionLine,
    WaitingPlan,
    may_turn,
    plans_waiting,
    todos_of,
    versions_of,
)

__all__ = [
    "HelperLine",
    "ItemLine",
    "KeyLine",
    "PlanCopy",
    "VersionLine",
    "WaitingPlan",
    "WordsLine",
    "budgets_to_plan",
    "covers",
    "load",
    "may_turn",
    "open_version",
    "plan_copy",
    "plan_in_force",
    "plans_waiting",
    "possible_helpers",
    "provider_names",
    "todos_of",
    "versions_of",
]
