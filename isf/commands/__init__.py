"""What can be done to people, their authorities and their money: each use case one transaction."""

from isf.commands.budgets import BudgetCreated, create_budget
from isf.commands.people import PersonDraft, create_person, end_authority, give_authority
from isf.rules import BudgetDraft, FundDraft

__all__ = [
    "BudgetCreated",
    "BudgetDraft",
    "FundDraft",
    "PersonDraft",
    "create_budget",
    "create_person",
    "end_authority",
    "give_authority",
]
