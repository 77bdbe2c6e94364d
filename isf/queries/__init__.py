"""What the actor may read about people and their money.

`person` and `fund` are views of a record and are audited (`rules.md` 27); the others are parts of such a view, or of
another use case, and leave the audit to it.
"""

from isf.ledger.queries import Month, MovementLine, Movements, months_of, movements
from isf.queries.funds import BudgetLine, FundMoney, budgets_of, fund, funds_of
from isf.queries.people import (
    PAGE_SIZE,
    AuthorityLine,
    People,
    PersonLine,
    PersonRecord,
    authorities_of,
    holders,
    people_of,
    person,
    user_by_email,
)

__all__ = [
    "PAGE_SIZE",
    "AuthorityLine",
    "BudgetLine",
    "FundMoney",
    "Month",
    "MovementLine",
    "Movements",
    "People",
    "PersonLine",
    "PersonRecord",
    "authorities_of",
    "budgets_of",
    "fund",
    "funds_of",
    "holders",
    "months_of",
    "movements",
    "people_of",
    "person",
    "user_by_email",
]
