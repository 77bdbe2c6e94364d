"""Stripe's objects, with the names that the SDK's classes declare (a test holds them to it)."""

from typing import Any

from tests.stripe_server.cards import Card
from tests.stripe_server.state import Obj, new_id

# What Stripe always sends and Fairday never uses: there, but empty.
_NOT_USED_IN_SESSION = (
    *("adaptive_pricing", "after_expiration", "allow_promotion_codes"),
    *("billing_address_collection", "client_secret", "consent", "consent_collection", "customer"),
    *("customer_details", "invoice", "payment_intent", "payment_link", "recovered_from"),
    *("setup_intent", "shipping_cost", "subscription"),
)
_NOT_USED_IN_INTENT = (
    *("application", "automatic_payment_methods", "canceled_at"),
    *("cancellation_reason", "customer", "last_payment_error", "latest_charge", "next_action"),
    *("on_behalf_of", "payment_method", "processing", "review", "setup_future_usage", "shipping"),
    *("source", "statement_descriptor", "transfer_data", "transfer_group"),
)
_NOT_USED_IN_CHARGE = (
    *("application", "application_fee", "customer"),
    *("failure_balance_transaction", "on_behalf_of", "receipt_number", "receipt_url", "review"),
    *("shipping", "source", "source_transfer", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_data", "transfer_group"),
)
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def checkout_session(params: Obj, *, total: int, created: int, public_url: str) -> Obj:
    """A payment page that has just been opened; `total` in pence."""
    session_id = new_id("cs_test_", 58)
    return {
        **dict.fromkeys(_NOT_USED_IN_SESSION),
        "id": session_id,
        "object": "checkout.session",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": created,
        "currency": "gbp",
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer_creation": "if_required",
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "expires_at": params.get("expires_at", created + 24 * 3600),
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{public_url}/c/pay/{session_id}",
    }


def line_item(item: Obj, *, created: int) -> Obj:
    """One thing that is bought."""
    price = item["price_data"]
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": new_id("li_1"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": {},
        "price": {
            "id": new_id("price_1"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": created,
            "currency": price["currency"],
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": new_id("prod_", 14),
            "recurring": None,
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": item["quantity"],
    }


def payment_intent(session: Obj, data: Obj, *, created: int) -> Obj:
    """The attempt to take the money, made when the payer first presses Pay."""
    intent_id = new_id("pi_3")
    return {
        **dict.fromkeys(_NOT_USED_IN_INTENT),
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application_fee_amount": data.get("application_fee_amount"),
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": session["currency"],
        "description": data.get("description"),
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "payment_method_types": ["card"],
        "receipt_email": data.get("receipt_email"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }


def charge(intent: Obj, session: Obj, card: Card, *, created: int) -> Obj:
    """One go at the card, paid or declined. Of the card it keeps what Stripe shows: brand and last four."""
    paid = card.decline is None
    return {
        **dict.fromkeys(_NOT_USED_IN_CHARGE),
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": None,
        "billing_details": {
            "address": dict(_NO_ADDRESS),
            "email": session["customer_email"],
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "TEST CARD PAGE",
        "captured": paid,
        "created": created,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None if paid else "card_declined",
        "failure_message": None if paid else card.words,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(card),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm_1"),
        "payment_method_details": _card_details(card, intent["amount"]),
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": "succeeded" if paid else "failed",
    }


def _outcome(card: Card) -> Obj:
    paid = card.decline is None
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None if paid else "01",
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": card.decline,
        "risk_level": "normal",
        "seller_message": card.words,
        "type": "authorized" if paid else "issuer_declined",
    }


def _card_details(card: Card, amount: int) -> Obj:
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    return {
        "type": "card",
        "card": {
            "amount_authorized": amount if card.decline is None else None,
            "brand": card.brand,
            "checks": checks,
            "country": "GB",
            "exp_month": 12,
            "exp_year": 2034,
            "funding": "debit",
            "last4": card.number[-4:],
            "network": card.brand,
            "three_d_secure": None,
            "wallet": None,
        },
    }


def refund(paid: Obj, amount: int, params: Obj, *, created: int) -> Obj:
    """Money on its way back, in pence. The reference at the card's bank comes a moment later."""
    return {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": paid["id"],
        "created": created,
        "currency": paid["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": params.get("metadata", {}),
        "payment_intent": paid["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def listing(items: list[Any], *, url: str, has_more: bool) -> Obj:
    """One page of a list."""
    return {"object": "list", "data": items, "has_more": has_more, "url": url}
