"""Write `docs/states.md` from the tables of transitions that the code obeys; `--check` says whether it is current."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from invoicing.bank_details.rules import TRANSITIONS as BANK_DETAILS
from invoicing.cards import rules as cards
from invoicing.line_queries.rules import QUERY_TRANSITIONS
from invoicing.payment_runs.rules import PAYMENT_TRANSITIONS, RUN_TRANSITIONS
from invoicing.reconciliation.rules import TRANSITIONS as BANK_LINE
from invoicing.rules import TRANSITIONS as INVOICE
from invoicing.runs.rules import RUN_TRANSITIONS as BILLING_RUN
from invoicing.self_billing.rules import AGREEMENT_TRANSITIONS
from invoicing.uploads.rules import FATE_TRANSITIONS, UPLOAD_TRANSITIONS
from isf.agreements.exits.rules import EXIT_TRANSITIONS
from isf.agreements.fees.rules import FEE_TRANSITIONS
from isf.agreements.rules import TRANSITIONS as AGREEMENT
from isf.budgets.reports.rules import TRANSITIONS as REPORTED_CHANGE
from isf.endings.rules import LIABILITY_TRANSITIONS
from isf.ledger.overcommitted import OVER_TRANSITIONS
from isf.payments.paying_in.rules import LINE_TRANSITIONS as PAYMENT_LINE
from isf.payments.paying_in.rules import TRANSITIONS as PAYMENT_IN
from isf.plans.rules import TRANSITIONS as PLAN
from marketplace.bookings.checks.rules import CHECK_TRANSITIONS
from marketplace.bookings.exceptions.rules import TRANSITIONS as EXCEPTION
from marketplace.bookings.reprovision.rules import TRANSITIONS as REPROVISION
from marketplace.bookings.rules import TRANSITIONS as BOOKING
from marketplace.bookings.series.rules import SERIES_TRANSITIONS
from marketplace.bookings.transitions.rules import TRANSITIONS as TRANSITION
from marketplace.bookings.waitlist.rules import TRANSITIONS as WAITLIST
from marketplace.kernel.states import mermaid
from providers.accreditation.rules import TRANSITIONS as ACCREDITATION
from providers.rules import ACTIVITY_TRANSITIONS, COMMISSION_TRANSITIONS, SESSION_TRANSITIONS
from providers.suspensions.rules import TRANSITIONS as SUSPENSION
from providers.uplifts.rules import TRANSITIONS as UPLIFT

TARGET = Path(__file__).resolve().parents[1] / "docs" / "states.md"
THINGS: dict[str, Mapping[Any, frozenset[Any]]] = {
    "Activity": ACTIVITY_TRANSITIONS,
    "Activity session": SESSION_TRANSITIONS,
    "Commission": COMMISSION_TRANSITIONS,
    "Suspension of a provider": SUSPENSION,
    "Accreditation": ACCREDITATION,
    "Proposal of a dearer price": UPLIFT,
    "Booking": BOOKING,
    "One-off session at the council's own service": EXCEPTION,
    "Booking to provide again": REPROVISION,
    "Check of an attendance": CHECK_TRANSITIONS,
    "Place in a waitlist": WAITLIST,
    "Move off an in-house service": TRANSITION,
    "Series": SERIES_TRANSITIONS,
    "Card payment": cards.TRANSITIONS,
    "Billing run": BILLING_RUN,
    "Invoice": INVOICE,
    "Query of an invoice's line": QUERY_TRANSITIONS,
    "Bank details": BANK_DETAILS,
    "Agreement about self-billing": AGREEMENT_TRANSITIONS,
    "A provider's own invoice": UPLOAD_TRANSITIONS,
    "Line of a provider's own invoice": FATE_TRANSITIONS,
    "Payment run": RUN_TRANSITIONS,
    "Payment to a seller": PAYMENT_TRANSITIONS,
    "Line of a bank statement": BANK_LINE,
    "Version of a support plan": PLAN,
    "Over-commitment": OVER_TRANSITIONS,
    "Reported change": REPORTED_CHANGE,
    "Payment into funds": PAYMENT_IN,
    "Line of a payment into funds": PAYMENT_LINE,
    "Agreement": AGREEMENT,
    "Fee of a holder": FEE_TRANSITIONS,
    "End of a fund": EXIT_TRANSITIONS,
    "What a fund that ends still owes": LIABILITY_TRANSITIONS,
}


def document() -> str:
    """The whole page."""
    parts = [
        "# States\n\nMade by `python tools/write_states.py` from the code. A test proves that it is current.\n"
    ]
    parts += [f"## {name}\n\n```mermaid\n{mermaid(table)}\n```\n" for name, table in THINGS.items()]
    return "\n".join(parts)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(
            0
            if TARGET.read_text() == document()
            else "docs/states.md is old: run python tools/write_states.py"
        )
    TARGET.write_text(document())
