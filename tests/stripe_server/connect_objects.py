"""Stripe's objects of Connect: accounts, disputes, payouts and the movements of a balance."""

from typing import Any

from tests.stripe_server.state import Obj, new_id

_ASKED_AT_FIRST = ["business_profile.url", "business_type", "external_account", "tos_acceptance.date"]
_NO_EVIDENCE = (
    *("access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure"),
    *("cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name"),
    *("customer_purchase_ip", "customer_signature", "duplicate_charge_documentation"),
    *("duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt"),
    *("refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date"),
    *("service_documentation", "shipping_address", "shipping_carrier", "shipping_date"),
    *("shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text"),
)


def requirements(due: list[str], reason: str | None = None, deadline: int | None = None) -> Obj:
    """What an account still has to tell."""
    return {
        "alternatives": [],
        "current_deadline": deadline,
        "currently_due": due,
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": due,
        "past_due": [],
        "pending_verification": [],
    }


def account(account_id: str) -> Obj:
    """A provider's connected account, able to take cards: opened elsewhere, long ago."""
    return {
        "id": account_id,
        "object": "account",
        "business_profile": None,
        "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "application", "is_controller": True},
        "country": "GB",
        "created": 1_700_000_000,
        "default_currency": "gbp",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "requirements": requirements([]),
        "type": "standard",
    }


def new_account(params: Obj, *, created: int) -> Obj:
    """An account that was just opened: nothing is known of its owner, and nothing is allowed."""
    return account(new_id("acct_1", 16)) | {
        "business_profile": params.get("business_profile"),
        "capabilities": {"card_payments": "inactive", "transfers": "inactive"},
        "charges_enabled": False,
        "controller": {"type": "application", "is_controller": True, **params.get("controller", {})},
        "created": created,
        "details_submitted": False,
        "email": params.get("email"),
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": requirements(list(_ASKED_AT_FIRST), "requirements.past_due"),
    }


def account_link(url: str, *, created: int) -> Obj:
    """A way to an account's page, for five minutes."""
    return {"object": "account_link", "created": created, "expires_at": created + 300, "url": url}


def dispute(charge: Obj, amount: int, *, created: int) -> Obj:
    """A payer's bank asks the money of a charge back."""
    return {
        "id": new_id("dp_1"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_NO_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + 7 * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": None,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def transaction(kind: str, source: str, amount: int, fees: dict[str, int], *, created: int) -> Obj:
    """A movement of an account's balance in pence; `fees` by their kind."""
    fee = sum(fees.values())
    return {
        "id": new_id("txn_3"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created + 2 * 24 * 3600,
        "balance_type": "payments",
        "created": created,
        "currency": "gbp",
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {"amount": pence, "application": None, "currency": "gbp", "description": None, "type": name}
            for name, pence in fees.items()
            if pence
        ],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "available",
        "type": kind,
    }


def payout(amount: int, *, created: int) -> Obj:
    """What goes from a balance to its owner's bank."""
    return {
        "id": new_id("po_1"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": created,
        "automatic": True,
        "balance_transaction": None,
        "created": created,
        "currency": "gbp",
        "description": "STRIPE PAYOUT",
        "destination": new_id("ba_1"),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "paid",
        "trace_id": None,
        "type": "bank_account",
    }


def application_fee(account_id: str, charge: Obj, amount: int, *, created: int) -> Obj:
    """What the platform keeps of a charge on another's account."""
    fee_id = new_id("fee_1")
    refunds: dict[str, Any] = {"object": "list", "data": [], "has_more": False}
    return {
        "id": fee_id,
        "object": "application_fee",
        "account": account_id,
        "amount": amount,
        "amount_refunded": 0,
        "application": "ca_test",
        "balance_transaction": None,
        "charge": charge["id"],
        "created": created,
        "currency": "gbp",
        "fee_source": {"charge": charge["id"], "type": "charge"},
        "livemode": False,
        "originating_transaction": None,
        "refunded": False,
        "refunds": {**refunds, "url": f"/v1/application_fees/{fee_id}/refunds"},
    }
