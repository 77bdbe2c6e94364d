"""What is done with frameworks, lots and applications; each use case lives with its thing."""

from providers.commissions.commands.applying import (
    AlreadyApplied,
    answer_question,
    apply_to_lot,
    is_open,
    keep_evidence,
    send_application,
    start_application,
    withdraw_application,
)
from providers.commissions.commands.deciding import (
    Decision,
    ask_for_more,
    decide_commission,
    end_commission,
    score_application,
)
from providers.commissions.commands.frameworks import create_framework, open_framework, set_lot

__all__ = [
    "AlreadyApplied",
    "Decision",
    "answer_question",
    "apply_to_lot",
    "ask_for_more",
    "create_framework",
    "decide_commission",
    "end_commission",
    "is_open",
    "keep_evidence",
    "open_framework",
    "score_application",
    "send_application",
    "set_lot",
    "start_application",
    "withdraw_application",
]
