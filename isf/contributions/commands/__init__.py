"""What can be done about contributions: each use case one transaction."""

from isf.contributions.commands.assessing import ExemptDraft, assess_person, end_exempt, record_exempt
from isf.contributions.commands.charging import Charged, charge_contributions, waive_charge
from isf.contributions.commands.paying import PaymentDraft, record_payment, take_payment_back
from isf.contributions.commands.top_ups import TopUpDraft, give_back, record_top_up

__all__ = [
    "Charged",
    "ExemptDraft",
    "PaymentDraft",
    "TopUpDraft",
    "assess_person",
    "charge_contributions",
    "end_exempt",
    "give_back",
    "record_exempt",
    "record_payment",
    "record_top_up",
    "take_payment_back",
    "waive_charge",
]
