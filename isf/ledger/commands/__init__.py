"""The movements of money in a fund, named for what they do. Each joins the open unit of work.

Whether `who` may is asked by the use case that calls these. `on` is the day the money belongs to (for a booking the
day of the service, also when it is released), because that day decides the budget period (`rules.md` 11).
"""

from isf.ledger.commands.bookings import (
    deliver,
    hold,
    hold_on_another_day,
    net,
    release,
    undo_delivery,
    waive,
)
from isf.ledger.commands.cards import pay_by_card, refund_by_card
from isf.ledger.commands.correcting import reverse
from isf.ledger.commands.credits import charge_again, credit, pay_credit_back
from isf.ledger.commands.liabilities import give_set_aside_back, pay_set_aside, set_aside
from isf.ledger.commands.paying_in import give_top_up_back, pay_in, send_on, take_fee, take_over, top_up
from isf.ledger.commands.payments import Settled, settle
from isf.ledger.commands.promising import open_fund, promise, take_back_promise

__all__ = [
    "Settled",
    "charge_again",
    "credit",
    "deliver",
    "give_set_aside_back",
    "give_top_up_back",
    "hold",
    "hold_on_another_day",
    "net",
    "open_fund",
    "pay_by_card",
    "pay_credit_back",
    "pay_in",
    "pay_set_aside",
    "promise",
    "refund_by_card",
    "release",
    "reverse",
    "send_on",
    "set_aside",
    "settle",
    "take_back_promise",
    "take_fee",
    "take_over",
    "top_up",
    "undo_delivery",
    "waive",
]
