"""What goes into the card gateway and what comes out of it: frozen values and refusals, nothing of Stripe's.

Everybody may import these; `stripe_gateway.py` alone knows how they travel. The functions `read_…` turn what Stripe
answered, as plain dictionaries, into them.
"""

from invoicing.stripe_values.accounts import AccountRequest, AccountState, Standing, read_account, standing_of
from invoicing.stripe_values.checkouts import (
    LONGEST_CHECKOUT,
    SHORTEST_CHECKOUT,
    Checkout,
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    PaymentStatus,
    booking_id,
    read_checkout,
)
from invoicing.stripe_values.disputes import Dispute, DisputeStatus, read_dispute
from invoicing.stripe_values.events import WebhookEvent, plain_facts
from invoicing.stripe_values.payouts import Payout, PayoutPart, failure_words, read_part, read_payout
from invoicing.stripe_values.refunds import Refund, RefundRequest, RefundStatus, read_refund
from invoicing.stripe_values.refusals import (
    AccountLeft,
    CardAmountRefused,
    CardPaymentNotFound,
    CardPaymentOff,
    CardPaymentUnavailable,
    CardRequestConflict,
    RefundRefused,
    WebhookRefused,
)
from invoicing.stripe_values.settings import CardSettings, card_page_origins, is_on

__all__ = [
    "LONGEST_CHECKOUT",
    "SHORTEST_CHECKOUT",
    "AccountLeft",
    "AccountRequest",
    "AccountState",
    "CardAmountRefused",
    "CardPaymentNotFound",
    "CardPaymentOff",
    "CardPaymentUnavailable",
    "CardRequestConflict",
    "CardSettings",
    "Checkout",
    "CheckoutRequest",
    "CheckoutState",
    "CheckoutStatus",
    "Dispute",
    "DisputeStatus",
    "PaymentStatus",
    "Payout",
    "PayoutPart",
    "Refund",
    "RefundRefused",
    "RefundRequest",
    "RefundStatus",
    "Standing",
    "WebhookEvent",
    "WebhookRefused",
    "booking_id",
    "card_page_origins",
    "failure_words",
    "is_on",
    "plain_facts",
    "read_account",
    "read_checkout",
    "read_dispute",
    "read_part",
    "read_payout",
    "read_refund",
    "standing_of",
]
