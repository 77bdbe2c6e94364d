"""Payments, lines and funds that wait, as the tables of the pages show them."""

from isf.payments.paying_in.queries import PaymentHead, PaymentLine, Waiting
from isf.payments.paying_in.rules import LineState, PaymentState, Transfer
from isf.rules import last_day
from marketplace.identity.access import Actor
from marketplace.kernel import formats
from marketplace.kernel.money import Money


def next_step(head: PaymentHead, actor: Actor) -> str:
    """Who has to do what next, as the reader needs to hear it."""
    match head.state:
        case PaymentState.PROPOSED:
            return "Look at it"
        case PaymentState.CHECKED:
            mine = actor.user_id in (head.checked_by, head.proposed_by)
            return "Another officer approves it" if mine else "Approve it"
        case PaymentState.APPROVED:
            return "Being entered in the books"
        case _:
            return ""


def line_row(line: PaymentLine) -> dict[str, object]:
    """A line as the table shows it."""
    last = None if line.last_amount_pence is None else Money(line.last_amount_pence)
    change = Money(line.difference_pence)
    if last is None:
        compared = "First payment"
    elif change:
        compared = f"{Money(abs(change.pence))} {'more' if change.pence > 0 else 'less'} than last time"
    else:
        compared = "As last time"
    return {
        "id": line.id,
        "fund_id": line.fund_id,
        "reference": line.person_reference,
        "holder": "Stays with the council" if line.transfer is Transfer.STAYS else line.holder,
        "days": f"{formats.short_day(line.covers_from)} to {formats.short_day(line.last_day)}",
        "weekly_pence": line.weekly_pence,
        "amount_pence": line.amount_pence,
        "compared": compared,
        "reasons": line.reasons,
        "state": f"line_{line.state}",
        "because": line.because,
        "may_hold": line.state is LineState.PROPOSED,
        "held": line.state is LineState.HELD,
    }


def waiting_row(waiting: Waiting, href: str) -> dict[str, object]:
    """A fund that waits, leading to what it waits for."""
    return {
        "href": href,
        "person_reference": waiting.person_reference,
        "until": last_day(waiting.covers_until),
        "owed_pence": waiting.owed_pence,
        "next": "Signed by all" if waiting.agreement_id else "Written and offered",
    }


def agreement_of(waiting: Waiting) -> str:
    """Where the agreement waits to be signed, or to be written."""
    if waiting.agreement_id is not None:
        return f"/agreements/{waiting.agreement_id}"
    return f"/people/{waiting.person_id}/agreements"
