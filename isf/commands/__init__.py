"""What can be done to people, their authorities and their money: each use case one transaction."""

from isf.commands.authorities import end_authority, give_authority
from isf.commands.budgets import BudgetCreated, create_budget
from isf.commands.people import PersonChange, PersonDraft, change_person, create_person
from isf.rules import BudgetDraft, FundDraft

__all__ = [
    "BudgetCreated",
    "BudgetDraft",
    "FundDraft",
    "PersonChange",
    "PersonDraft",
    "change_person",
    "create_budget",
    "create_person",
    "end_authority",
    "give_authority",
]
