"""The endpoints, one line each: what of Stripe's API this server does."""

from fnmatch import fnmatchcase
from typing import Any

from litestar import Request, Response, route
from litestar.handlers import HTTPRouteHandler
from stripe.params import (
    AccountCreateParams,
    AccountLinkCreateParams,
    AccountRetrieveParams,
    BalanceTransactionListParams,
    DisputeListParams,
    DisputeRetrieveParams,
    EventListParams,
    EventRetrieveParams,
    PaymentIntentRetrieveParams,
    PayoutListParams,
    PayoutRetrieveParams,
    RefundCreateParams,
    RefundListParams,
    RefundRetrieveParams,
)
from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionLineItemListParams,
    SessionListParams,
    SessionRetrieveParams,
)

from tests.stripe_server import accounts, actions
from tests.stripe_server.errors import Refused, missing
from tests.stripe_server.state import Obj
from tests.stripe_server.wire import Call, Endpoint, answer, listed

_NOTHING: frozenset[str] = frozenset()
_PAGING = {
    "limit",
    "starting_after",
    "ending_before",
    "created",
    "created.gt",
    "created.gte",
    "created.lt",
    "created.lte",
}
_SESSION = frozenset(
    {
        *("mode", "ui_mode", "success_url", "cancel_url", "expires_at", "locale", "submit_type"),
        *("client_reference_id", "customer_email", "metadata.**", "allowed_payment_method_types.*"),
        *("line_items.*.quantity", "line_items.*.price_data.currency", "line_items.*.price_data.unit_amount"),
        *("line_items.*.price_data.product_data.name", "line_items.*.price_data.product_data.description"),
        *("payment_intent_data.description", "payment_intent_data.metadata.**"),
        *("payment_intent_data.application_fee_amount",),
        *("payment_intent_data.receipt_email", "payment_intent_data.statement_descriptor_suffix"),
    }
)
_REFUND = frozenset({"payment_intent", "charge", "amount", "reason", "metadata.**", "refund_application_fee"})
_ACCOUNT = frozenset(
    {
        *("country", "default_currency", "email", "metadata.**", "capabilities.card_payments.requested"),
        *("controller.fees.payer", "controller.losses.payments", "controller.requirement_collection"),
        *("controller.stripe_dashboard.type", "business_profile.name", "business_profile.url"),
    }
)
_LINK = frozenset({"account", "type", "return_url", "refresh_url"})


def _session(call: Call) -> Obj:
    actions.expire_due(call.world)  # Lazily too, so that an answer is never staler than the clock.
    if call.target not in call.account.sessions:
        raise missing("checkout.session", call.target)
    return call.account.sessions[call.target]


def _line_items(call: Call) -> Obj:
    session = _session(call)
    rows = call.account.line_items[session["id"]]
    return listed(
        call, rows[::-1], f"/v1/checkout/sessions/{session['id']}/line_items", lambda row, params: True
    )


def _sessions(call: Call) -> Obj:
    actions.expire_due(call.world)

    def matches(row: Obj, params: Obj) -> bool:
        return all(row[name] == params[name] for name in ("payment_intent", "status") if name in params)

    return listed(call, list(call.account.sessions.values()), "/v1/checkout/sessions", matches)


def _about_payment(row: Obj, params: Obj) -> bool:
    return all(row[name] == params[name] for name in ("payment_intent", "charge") if name in params)


def _refunds(call: Call) -> Obj:
    return listed(call, list(call.account.refunds.values()), "/v1/refunds", _about_payment)


def _disputes(call: Call) -> Obj:
    return listed(call, list(call.account.disputes.values()), "/v1/disputes", _about_payment)


def _payouts(call: Call) -> Obj:
    def matches(row: Obj, params: Obj) -> bool:
        return "status" not in params or bool(row["status"] == params["status"])

    return listed(call, list(call.account.payouts.values()), "/v1/payouts", matches)


def _transactions(call: Call) -> Obj:
    """Movements of a balance, their sources sent along where that was asked."""
    account = call.account
    whole = call.params.get("expand", []) == ["data.source"]

    def matches(row: Obj, params: Obj) -> bool:
        return "payout" not in params or account.paid_out.get(row["id"]) == params["payout"]

    answer = listed(call, list(account.transactions.values()), "/v1/balance_transactions", matches)
    sources: dict[str, Obj] = account.charges | account.refunds | account.disputes | account.payouts
    rows = [{**row, "source": sources[row["source"]]} if whole else row for row in answer["data"]]
    return {**answer, "data": rows}


def _events(call: Call) -> Obj:
    if "type" in call.params and "types" in call.params:
        raise Refused("Give type or types, not both.", param="types")
    wanted = call.params.get("types") or [call.params.get("type", "*")]

    def matches(row: Obj, params: Obj) -> bool:
        pending = row["pending_webhooks"] > 0
        if "delivery_success" in params and params["delivery_success"] == pending:
            return False
        return any(fnmatchcase(row["type"], pattern) for pattern in wanted)

    return listed(call, list(call.account.events.values()), "/v1/events", matches)


def _one(kind: str, of: str) -> Any:
    def run(call: Call) -> Obj:
        rows: dict[str, Obj] = getattr(call.account, of)
        if call.target not in rows:
            raise missing(kind, call.target)
        return rows[call.target]

    return run


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/checkout/sessions",
        SessionCreateParams,
        _SESSION,
        lambda call: actions.create_session(call.world, call.account, call.params),
    ),
    Endpoint(
        "GET",
        "/v1/checkout/sessions",
        SessionListParams,
        frozenset({*_PAGING, "payment_intent", "status"}),
        _sessions,
    ),
    Endpoint("GET", "/v1/checkout/sessions/{target:str}", SessionRetrieveParams, _NOTHING, _session),
    Endpoint(
        "GET",
        "/v1/checkout/sessions/{target:str}/line_items",
        SessionLineItemListParams,
        frozenset({"limit", "starting_after", "ending_before"}),
        _line_items,
    ),
    Endpoint(
        "POST",
        "/v1/checkout/sessions/{target:str}/expire",
        SessionExpireParams,
        _NOTHING,
        lambda call: actions.expire_session(call.world, call.account, _session(call), call.source),
    ),
    Endpoint(
        "GET",
        "/v1/payment_intents/{target:str}",
        PaymentIntentRetrieveParams,
        _NOTHING,
        _one("payment_intent", "payment_intents"),
    ),
    Endpoint(
        "POST",
        "/v1/refunds",
        RefundCreateParams,
        _REFUND,
        lambda call: actions.create_refund(call.world, call.account, call.params, call.source),
    ),
    Endpoint(
        "GET", "/v1/refunds", RefundListParams, frozenset({*_PAGING, "payment_intent", "charge"}), _refunds
    ),
    Endpoint("GET", "/v1/refunds/{target:str}", RefundRetrieveParams, _NOTHING, _one("refund", "refunds")),
    Endpoint(
        "GET",
        "/v1/events",
        EventListParams,
        frozenset({*_PAGING, "type", "types.*", "delivery_success"}),
        _events,
    ),
    Endpoint("GET", "/v1/events/{target:str}", EventRetrieveParams, _NOTHING, _one("event", "events")),
    Endpoint(
        "GET",
        "/v1/accounts/{target:str}",
        AccountRetrieveParams,
        _NOTHING,
        lambda call: accounts.profile(call.world, call.target),
    ),
    Endpoint(
        "POST",
        "/v1/accounts",
        AccountCreateParams,
        _ACCOUNT,
        lambda call: accounts.create_account(call.world, call.params),
    ),
    Endpoint(
        "POST",
        "/v1/account_links",
        AccountLinkCreateParams,
        _LINK,
        lambda call: accounts.create_link(call.world, call.params),
    ),
    Endpoint(
        "GET",
        "/v1/disputes",
        DisputeListParams,
        frozenset({*_PAGING, "payment_intent", "charge"}),
        _disputes,
    ),
    Endpoint(
        "GET", "/v1/disputes/{target:str}", DisputeRetrieveParams, _NOTHING, _one("dispute", "disputes")
    ),
    Endpoint("GET", "/v1/payouts", PayoutListParams, frozenset({*_PAGING, "status"}), _payouts),
    Endpoint("GET", "/v1/payouts/{target:str}", PayoutRetrieveParams, _NOTHING, _one("payout", "payouts")),
    Endpoint(
        "GET",
        "/v1/balance_transactions",
        BalanceTransactionListParams,
        frozenset({*_PAGING, "payout", "expand.*"}),
        _transactions,
    ),
)


def handlers() -> list[HTTPRouteHandler]:
    """Litestar handlers for all of them."""
    return [_handler(endpoint) for endpoint in ENDPOINTS]


def _handler(endpoint: Endpoint) -> HTTPRouteHandler:
    @route(
        endpoint.path, http_method=endpoint.method, status_code=200, name=f"{endpoint.method} {endpoint.path}"
    )
    async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
        return await answer(request, endpoint)

    return handle
