"""What is done by the clock about statements."""

from datetime import date

from isf.statements.making import make_missing_statements, make_statements
from marketplace.kernel import audit
from marketplace.kernel.formats import count
from marketplace.kernel.jobs import Job


async def run_statements(month: date | None = None) -> str:
    """One month (its first day), or, without one, every month that is over and has statements missing."""
    if month is not None:
        made = await make_statements(audit.SYSTEM, month)
    else:
        made = await make_missing_statements(audit.SYSTEM)
    return f"{count(made, 'statement')} made"


STATEMENTS = Job(
    "statements",
    "Make the statement of each fund for every month that is over",
    {"day": "1-5", "hour": 6, "minute": 0},
    run_statements,
    takes_month=True,
)
"""On five days running, so that a day without a server loses nothing; what is made stays as it is."""
