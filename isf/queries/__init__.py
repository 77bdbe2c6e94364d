"""What the actor may read about people and their money.

`person` and `fund` are views of a record and are audited (`rules.md` 27); the others are parts of such a view, or of
another use case, and leave the audit to it.
"""

from isf.ledger.queries import MovementLine, Movements, movements
from isf.queries.authorities import (
    AuthorityLine,
    DayLine,
    authorities_of,
    authorities_on,
    holders,
    user_by_email,
)
from isf.queries.burn import burn_down_of, burn_downs
from isf.queries.funds import BudgetLine, FundMoney, budgets_of, fund, funds_of, running_funds
from isf.queries.locks import plan_words, shortfalls
from isf.queries.people import PAGE_SIZE, People, PersonLine, PersonRecord, people_of, person
from isf.queries.views import ViewLine, Views, views_of

__all__ = [
    "PAGE_SIZE",
    "AuthorityLine",
    "BudgetLine",
    "DayLine",
    "FundMoney",
    "MovementLine",
    "Movements",
    "People",
    "PersonLine",
    "PersonRecord",
    "ViewLine",
    "Views",
    "authorities_of",
    "authorities_on",
    "budgets_of",
    "burn_down_of",
    "burn_downs",
    "fund",
    "funds_of",
    "holders",
    "movements",
    "people_of",
    "person",
    "plan_words",
    "running_funds",
    "shortfalls",
    "user_by_email",
    "views_of",
]
