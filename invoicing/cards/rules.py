"""What a card payment can become, and what goes back of it: values in, values out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

HOLD_FOR: Final = timedelta(minutes=35)
"""How long a place is kept while somebody pays."""

PAGE_CLOSES_BEFORE: Final = timedelta(minutes=3)
"""The payment page closes before the hold ends, so that nobody pays for a place that is gone."""

SILENCE_ENDS_AFTER: Final = timedelta(hours=24)
"""When Stripe cannot be asked for so long after a hold ended, the place is free again; what was paid goes back."""


DISPUTE_HOLDS: Final = (
    *("warning_needs_response", "warning_under_review", "needs_response", "under_review"),
    *("appeal_needs_response", "appeal_under_review"),
)
"""While a dispute stands so, nothing is refunded."""


class CardState(StrEnum):
    """Where a card payment stands."""

    STARTED = "started"
    PAID = "paid"
    EXPIRED = "expired"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    """The card's bank did not take what was sent back: the seller has it and owes it."""
    CHARGED_BACK = "charged_back"
    """The payer's bank took the money back, and was right to."""


TRANSITIONS: Mapping[CardState, frozenset[CardState]] = {
    CardState.STARTED: frozenset({CardState.PAID, CardState.EXPIRED, CardState.REFUND_DUE}),
    # A seller can also send money back on Stripe's own pages.
    CardState.PAID: frozenset({CardState.REFUND_DUE, CardState.REFUNDED, CardState.CHARGED_BACK}),
    # Money that came after the place was let go.
    CardState.EXPIRED: frozenset({CardState.REFUND_DUE}),
    CardState.REFUND_DUE: frozenset({CardState.REFUNDED, CardState.REFUND_FAILED, CardState.CHARGED_BACK}),
    # A charge that is waived later gives more back.
    CardState.REFUNDED: frozenset({CardState.REFUND_DUE, CardState.REFUND_FAILED, CardState.CHARGED_BACK}),
    CardState.REFUND_FAILED: frozenset({CardState.REFUND_DUE, CardState.REFUNDED, CardState.CHARGED_BACK}),
    # An appeal that the seller won.
    CardState.CHARGED_BACK: frozenset(
        {CardState.PAID, CardState.REFUNDED, CardState.REFUND_DUE, CardState.REFUND_FAILED}
    ),
}


class RefundCause(StrEnum):
    """Why money goes back to a card."""

    LATE = "late"
    OTHER_AMOUNT = "other_amount"
    CLAIMED_BY_INVOICE = "claimed_by_invoice"
    CANCELLED = "cancelled"
    MISSED = "missed"
    CLOSE_RELATIVE = "close_relative"

    @property
    def words(self) -> str:
        """A sentence for the payer."""
        return {
            RefundCause.LATE: "The payment came when the place was not kept any more.",
            RefundCause.OTHER_AMOUNT: "The amount was not the price of the session.",
            RefundCause.CLAIMED_BY_INVOICE: "This session is already on an invoice, and nobody pays twice.",
            RefundCause.CANCELLED: "The booking was cancelled.",
            RefundCause.CLOSE_RELATIVE: "A direct payment may not pay a close relative before the council agreed.",
            RefundCause.MISSED: "The session was missed, and part of the price is not charged.",
        }[self]


class NotByCard(Conflict):
    """This money, or this seller, is not paid by card."""

    code = "not_by_card"


def check_route(route: Route) -> None:
    """Cards pay from a direct payment only: that is the one fund whose money the person's side holds.

    Raises NotByCard.
    """
    if route is not Route.DIRECT_PAYMENT:
        raise NotByCard(
            f"You cannot pay by card from {route.label}, because its holder pays by bank transfer. "
            "You can book, and the provider sends an invoice."
        )


def check_account(provider_name: str, stripe_account: str | None, *, takes_cards: bool) -> str:
    """The seller's own account at Stripe, while it takes cards: money never waits on one of ours (`rules.md` 4).

    Raises NotByCard.
    """
    if stripe_account is None or not takes_cards:
        now = "yet" if stripe_account is None else "at the moment"
        raise NotByCard(
            f"You cannot pay by card here, because {provider_name} takes no cards {now}. "
            "You can pay by bank transfer: book, and the provider sends an invoice."
        )
    return stripe_account


def fee_of(amount: Money, *, basis_points: int, fixed: Money) -> Money:
    """What this site keeps of a card payment: a share, the half penny up, and a fixed part; never more than all."""
    share = (amount.pence * basis_points + 5_000) // 10_000
    return Money(min(amount.pence, share + fixed.pence))


def page_closes_at(held_until: datetime) -> datetime:
    """When the payment page for a held place closes; whole seconds, the same at each asking."""
    return (held_until - PAGE_CLOSES_BEFORE).replace(microsecond=0)


def refund_due(amount: Money, charge: Money) -> Money:
    """What goes back in all of what was paid, when only `charge` is owed (`rules.md` 14, 15)."""
    return Money(max(0, amount.pence - charge.pence))


def refund_attempt(refunds: int) -> int:
    """The number of the next refund of a payment that has so many: a retry counts the same, and so is the same."""
    return 1 + refunds


def state_after(*, due: Money, refunded: Money, failed: Money, otherwise: CardState) -> CardState:
    """Where a payment stands by what is to go back of it, what did, and what came back to the seller."""
    if refunded >= due:
        return CardState.REFUNDED if refunded else otherwise
    return CardState.REFUND_FAILED if failed else CardState.REFUND_DUE
