"""Reading proposals: the list, one with its totals and lines, what waits and for what, and the rows for the bank."""

from isf.payments.paying_in.queries.bank import BankRow, bank_rows
from isf.payments.paying_in.queries.lines import PaymentLine, line, lines
from isf.payments.paying_in.queries.payments import (
    PAGE_SIZE,
    PaymentHead,
    RouteTotal,
    payment,
    payments,
    totals,
)
from isf.payments.paying_in.queries.schedules import FundPaid, schedule
from isf.payments.paying_in.queries.waiting import Waiting, waiting

__all__ = [
    "PAGE_SIZE",
    "BankRow",
    "FundPaid",
    "PaymentHead",
    "PaymentLine",
    "RouteTotal",
    "Waiting",
    "bank_rows",
    "line",
    "lines",
    "payment",
    "payments",
    "schedule",
    "totals",
    "waiting",
]
