"""What a purchase order may say: values in, values out."""

from dataclasses import dataclass
from datetime import date

from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """A payer's number for what it ordered, its days (both included; no last day: until it is ended), and a limit."""

    number: str
    starts_on: date
    last_day: date | None = None
    limit: Money | None = None


def check(draft: OrderDraft) -> None:
    """Raises Invalid, field by field."""
    wrong = {}
    if not draft.number.strip():
        wrong["number"] = "Enter the number of the purchase order, like PO-4711"
    elif len(draft.number.strip()) > 60:
        wrong["number"] = "Use 60 characters or fewer"
    if draft.last_day is not None and draft.last_day < draft.starts_on:
        wrong["last_day"] = "Enter a last day on or after the first"
    if draft.limit is not None and not 0 < draft.limit.pence < 10**12:
        wrong["limit"] = "Enter a limit in pounds, like 5000.00, or leave it empty"
    if wrong:
        raise Invalid(wrong)
