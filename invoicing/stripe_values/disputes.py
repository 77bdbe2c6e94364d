"""A payer's bank that asks the money of a card payment back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from invoicing.stripe_values.checkouts import id_of
from marketplace.kernel.money import Money


class DisputeStatus(StrEnum):
    """How far a dispute is."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    PREVENTED = "prevented"
    WON = "won"
    LOST = "lost"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"
    APPEAL_UNDER_REVIEW = "appeal_under_review"

    @property
    def asks(self) -> bool:
        """The seller is to answer at Stripe."""
        return self in _ASK

    @property
    def open(self) -> bool:
        """Nobody has decided yet."""
        return self in _ASK or self in _WAIT

    @property
    def lost(self) -> bool:
        """The money is with the payer: also while the seller appeals."""
        return self in _LOST

    @property
    def words(self) -> str:
        """What a seller or a council reads."""
        return {
            DisputeStatus.WARNING_NEEDS_RESPONSE: "The bank asks",
            DisputeStatus.WARNING_UNDER_REVIEW: "The bank looks at it",
            DisputeStatus.WARNING_CLOSED: "Closed, nothing was taken",
            DisputeStatus.NEEDS_RESPONSE: "Waits for the provider’s answer",
            DisputeStatus.UNDER_REVIEW: "The bank looks at it",
            DisputeStatus.PREVENTED: "Settled before it began",
            DisputeStatus.WON: "Decided for the provider",
            DisputeStatus.LOST: "Decided for the payer",
            DisputeStatus.APPEAL_NEEDS_RESPONSE: "Decided for the payer; an appeal is possible",
            DisputeStatus.APPEAL_UNDER_REVIEW: "Decided for the payer; the appeal is looked at",
        }[self]


_ASK = frozenset(
    {
        DisputeStatus.WARNING_NEEDS_RESPONSE,
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStatus.APPEAL_NEEDS_RESPONSE,
    }
)
_WAIT = frozenset(
    {DisputeStatus.WARNING_UNDER_REVIEW, DisputeStatus.UNDER_REVIEW, DisputeStatus.APPEAL_UNDER_REVIEW}
)
_LOST = frozenset(
    {DisputeStatus.LOST, DisputeStatus.APPEAL_NEEDS_RESPONSE, DisputeStatus.APPEAL_UNDER_REVIEW}
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as Stripe tells it. `answer_by` is until when evidence can be given, at Stripe's own page."""

    id: str
    status: DisputeStatus
    amount: Money
    payment_intent: str | None
    reason: str
    answer_by: datetime | None


def read_dispute(told: Mapping[str, Any]) -> Dispute:
    """A dispute as Stripe tells of it. Raises ValueError, KeyError when it cannot be understood."""
    due_by = (told.get("evidence_details") or {}).get("due_by")
    return Dispute(
        id=told["id"],
        status=DisputeStatus(told["status"]),
        amount=Money(told["amount"]),
        payment_intent=id_of(told.get("payment_intent")),
        reason=told.get("reason") or "",
        answer_by=None if due_by is None else datetime.fromtimestamp(due_by, UTC),
    )
