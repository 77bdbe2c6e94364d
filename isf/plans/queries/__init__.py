"""Reads about support plans."""

from isf.plans.queries.covering import covers, open_version, plan_in_force
from isf.plans.queries.versions import HelperLine, ItemLine, KeyLine, PlanCopy, WordsLine, load, plan_copy

__all__ = [
    "HelperLine",
    "ItemLine",
    "KeyLine",
    "PlanCopy",
    "WordsLine",
    "covers",
    "load",
    "open_version",
    "plan_copy",
    "plan_in_force",
]
