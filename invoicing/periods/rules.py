"""Which month can be closed next: values in, values out (`rules.md` 11)."""

from datetime import date, timedelta

from invoicing.rules import last_day, month_of, next_month
from marketplace.kernel import formats
from marketplace.kernel.errors import Conflict


class CannotClose(Conflict):
    """A month is closed in its turn, once, when it is over."""

    code = "cannot_close_period"


def next_to_close(last_closed: date | None, today: date) -> date:
    """The month after the last one that was closed; before any was, the one that ended last."""
    if last_closed is not None:
        return next_month(last_closed)
    return month_of(month_of(today) - timedelta(days=1))


def check_close(month: date, last_closed: date | None, today: date) -> None:
    """Raises CannotClose for a month that is not over, is closed already, or leaves one out."""
    if last_closed is not None and month <= last_closed:
        raise CannotClose(
            f"You cannot close {formats.month(month)}, because it is closed. What comes later counts in the open month."
        )
    if last_day(month) >= today:
        raise CannotClose(
            f"You cannot close {formats.month(month)} yet, because it is not over. "
            f"You can close it from {formats.full_date(next_month(month))}."
        )
    if last_closed is not None and month != next_month(last_closed):
        raise CannotClose(
            f"You cannot close {formats.month(month)}, because {formats.month(next_month(last_closed))} is open. "
            "You can close that month first."
        )
