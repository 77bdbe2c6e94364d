"""What invoicing does by the clock."""

from datetime import date

from invoicing import billing, rules
from invoicing.cards.jobs import CARD_JOBS
from invoicing.line_queries.promptness import warn_payers
from invoicing.runs.commands import issue_invoices, resume_runs
from invoicing.runs.issued import IssuedRun
from invoicing.self_billing.commands import end_what_is_over
from marketplace.kernel import audit, clock
from marketplace.kernel.jobs import Job


async def run_invoices(month: date | None = None) -> str:
    """Bill one month (its first day), or, without one, every month that is over and has something left to bill."""
    months = [month] if month is not None else await billing.unbilled_months(rules.month_of(clock.today()))
    run = IssuedRun()
    for each in months:
        run += await issue_invoices(audit.SYSTEM, each)
    return run.words


INVOICES = Job(
    "invoices",
    "Make an invoice for each provider, payer and month delivered and not yet billed",
    {"day": 1, "hour": 5, "minute": 0},
    run_invoices,
    takes_month=True,
)


async def _resume() -> str:
    return f"{await resume_runs()} billing runs taken up again"


RESUME = Job("billing-runs", "Go on with billing runs that were stopped", {"minute": "*"}, _resume)


async def _end_self_billing() -> str:
    return f"{await end_what_is_over()} agreements about self-billing have ended"


SELF_BILLING = Job(
    "self-billing",
    "Note the end of self-billing agreements that ran out or whose VAT number changed",
    {"hour": 0, "minute": 20},
    _end_self_billing,
)


async def _warn() -> str:
    return f"{await warn_payers()} payers told that an invoice has to be paid"


WARN = Job(
    "payment-warnings",
    "Tell payers before and on the last day to pay an invoice",
    {"hour": 7, "minute": 15},
    _warn,
)

JOBS = (INVOICES, RESUME, SELF_BILLING, WARN, *CARD_JOBS)
