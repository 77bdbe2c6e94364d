"""What is asked of Stripe, in its own words; a test holds all of it to the parameter types that the SDK ships."""

from datetime import datetime
from typing import Any

from invoicing.stripe_values.accounts import AccountRequest
from invoicing.stripe_values.checkouts import CheckoutRequest
from invoicing.stripe_values.refunds import RefundRequest


def checkout_params(request: CheckoutRequest) -> Any:
    """What opens a payment page."""
    metadata = {"booking_id": str(request.booking_id), "reference": request.reference}
    intent: dict[str, Any] = {
        "description": f"{request.reference}: {request.description}",
        "metadata": metadata,
    }
    if request.fee:
        intent["application_fee_amount"] = request.fee.pence
    params: dict[str, Any] = {
        "mode": "payment",
        # Only cards: other ways can take days to say yes, and the place is not held that long.
        "allowed_payment_method_types": ["card"],
        "client_reference_id": str(request.booking_id),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "gbp",
                    "unit_amount": request.amount.pence,
                    "product_data": {"name": request.description},
                },
            }
        ],
        "metadata": metadata,
        "payment_intent_data": intent,
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
        "locale": "en-GB",
    }
    if request.customer_email is not None:
        params["customer_email"] = request.customer_email
    return params


def account_params(request: AccountRequest) -> Any:
    """What opens a seller's account."""
    profile = {"name": request.name}
    if request.website:
        profile["url"] = request.website
    params: dict[str, Any] = {
        "country": "GB",
        "default_currency": "gbp",
        # The seller's own business with Stripe: its own sign-in there, its own fees, its own losses.
        "controller": {
            "fees": {"payer": "account"},
            "losses": {"payments": "stripe"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "full"},
        },
        "capabilities": {"card_payments": {"requested": True}},
        "business_profile": profile,
        "metadata": {"provider_id": str(request.provider_id)},
    }
    if request.email:
        params["email"] = request.email
    return params


def refund_params(request: RefundRequest) -> Any:
    """What sends money back."""
    params: dict[str, Any] = {
        "payment_intent": request.payment_intent,
        "amount": request.amount.pence,
        "metadata": {"booking_id": str(request.booking_id), "attempt": str(request.attempt)},
    }
    if request.fee:
        params["refund_application_fee"] = True  # Stripe gives back the same share of it.
    return params


def listing_params(payment_intent: str | None, since: datetime | None, **more: str) -> Any:
    """Which rows of a list: those of a payment, or those since then."""
    params: dict[str, Any] = {"limit": 100, **more}
    if payment_intent is not None:
        params["payment_intent"] = payment_intent
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    return params
