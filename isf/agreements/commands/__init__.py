"""What can be done with an agreement."""

from isf.agreements.commands.drafting import (
    declare_account,
    draft_agreement,
    edit_agreement,
    offer_agreement,
    take_back,
    withdraw_agreement,
)
from isf.agreements.commands.signing import end_agreements, sign_agreement

__all__ = [
    "declare_account",
    "draft_agreement",
    "edit_agreement",
    "end_agreements",
    "offer_agreement",
    "sign_agreement",
    "take_back",
    "withdraw_agreement",
]
