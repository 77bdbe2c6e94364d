"""What can happen: a page is opened, paid, declined, closed; money goes back. Each records its events."""

from urllib.parse import urlsplit

from tests.stripe_server import balances, disputing, objects
from tests.stripe_server.cards import Card
from tests.stripe_server.errors import Refused, beyond, missing
from tests.stripe_server.state import Account, Obj, World

Source = tuple[str, str | None] | None
"""The request that caused it, and its idempotency key; None when a payer or the clock did."""

_MINIMUM_PENCE, _MAXIMUM_PENCE = 30, 99_999_999
_SHORTEST_SECONDS, _LONGEST_SECONDS = 30 * 60, 24 * 3600


def create_session(world: World, account: Account, params: Obj) -> Obj:
    """Open a payment page."""
    now = world.clock.now()
    if account.profile is not None and not account.profile["charges_enabled"]:
        raise Refused("This account cannot take payments now.", code="account_invalid")
    _check_session(params, now)
    items = [objects.line_item(item, created=now) for item in params["line_items"]]
    total = sum(item["amount_total"] for item in items)
    _check_total(total)
    _check_fee(account, params.get("payment_intent_data", {}).get("application_fee_amount"), total)
    session = objects.checkout_session(params, total=total, created=now, public_url=world.public_url)
    account.sessions[session["id"]] = session
    account.line_items[session["id"]] = items
    account.intent_data[session["id"]] = params.get("payment_intent_data", {})
    return session


def _check_session(params: Obj, now: int) -> None:
    if params.get("mode") != "payment":
        raise beyond("any mode but payment", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise beyond("any page but the hosted one", "ui_mode")
    if "card" not in params.get("allowed_payment_method_types", ["card"]):
        raise beyond("any way of paying but the card", "allowed_payment_method_types")
    for name in ("line_items", "success_url"):
        if not params.get(name):
            raise Refused(f"Missing parameter: {name}", code="parameter_missing", param=name)
    for name in ("success_url", "cancel_url"):
        _check_address(params.get(name, "http://none"), name)
    _check_payer(params)
    open_for = params.get("expires_at", now + _LONGEST_SECONDS) - now
    if not _SHORTEST_SECONDS <= open_for <= _LONGEST_SECONDS:
        raise Refused("A page is open for 30 minutes at least and 24 hours at most.", param="expires_at")
    for index, item in enumerate(params["line_items"]):
        _check_item(item, f"line_items[{index}]")


def _check_address(url: str, name: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refused(f"{name} is not a web address.", code="url_invalid", param=name)


def _check_payer(params: Obj) -> None:
    if len(params.get("client_reference_id", "")) > 200:
        raise Refused("client_reference_id is too long.", param="client_reference_id")
    if "@" not in params.get("customer_email", "@"):
        raise Refused("This is not an e-mail address.", code="email_invalid", param="customer_email")


def _check_item(item: Obj, where: str) -> None:
    for group, name in (
        ("", "price_data"),
        ("", "quantity"),
        ("price_data", "unit_amount"),
        ("price_data", "product_data"),
    ):
        holder = item.get(group, {}) if group else item
        if name not in holder:
            path = f"{where}[{group}][{name}]" if group else f"{where}[{name}]"
            raise Refused(f"Missing parameter: {path}", code="parameter_missing", param=path)
    price = item["price_data"]
    if price["currency"] != "gbp":
        raise beyond("any currency but pounds", f"{where}[price_data][currency]")
    if price["unit_amount"] < 0 or item["quantity"] < 1:
        raise Refused("Amounts and quantities are whole and not negative.", param=where)


def _check_total(total: int) -> None:
    if total < _MINIMUM_PENCE:
        raise Refused("Cards cannot be charged less than 30 pence.", code="amount_too_small")
    if total > _MAXIMUM_PENCE:
        raise Refused("Cards cannot be charged that much.", code="amount_too_large")


def _check_fee(account: Account, fee: int | None, total: int) -> None:
    where = "payment_intent_data[application_fee_amount]"
    if fee is None:
        return
    if account.id is None:
        raise Refused("Only a charge on another account leaves a fee.", param=where)
    if not 0 < fee <= total:
        raise Refused("The fee is more than is paid, or nothing.", param=where)


def expire_session(world: World, account: Account, session: Obj, source: Source) -> Obj:
    """Close a payment page that is still open. Raises Refused when it is not."""
    if session["status"] != "open":
        raise Refused(f"Only an open page can be closed; this one is {session['status']}.", kept="by_key")
    session.update(status="expired", url=None)
    if session["payment_intent"] is not None:
        intent = account.payment_intents[session["payment_intent"]]
        intent.update(status="canceled", canceled_at=world.clock.now(), cancellation_reason="expired")
        world.emit(account, "payment_intent.canceled", intent, None)
    world.emit(account, "checkout.session.expired", session, source)
    return session


def expire_due(world: World) -> None:
    """Close every page whose time has come."""
    for account in world.accounts.values():
        for session in account.sessions.values():
            if session["status"] == "open" and session["expires_at"] <= world.clock.now():
                expire_session(world, account, session, None)


def pay(world: World, account: Account, session: Obj, card: Card) -> Obj:
    """The payer pressed Pay on an open page: paid, or declined and still open. Returns the charge."""
    now = world.clock.now()
    intent = _intent_of(world, account, session)
    charge = objects.charge(intent, session, card, created=now)
    account.charges[charge["id"]] = charge
    intent["latest_charge"] = charge["id"]
    if card.decline is not None:
        _decline(world, account, intent, charge, card)
        return charge
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        payment_method=charge["payment_method"],
        last_payment_error=None,
    )
    details = {"address": None, "email": session["customer_email"], "name": None, "phone": None}
    session.update(
        status="complete",
        payment_status="paid",
        url=None,
        customer_details={**details, "tax_exempt": "none", "tax_ids": []},
    )
    balances.charged(world, account, charge)
    world.emit(account, "charge.succeeded", charge, None)
    world.emit(account, "payment_intent.succeeded", intent, None)
    world.emit(account, "checkout.session.completed", session, None)
    if card.disputed:
        disputing.open_dispute(world, account, charge)
    return charge


def _intent_of(world: World, account: Account, session: Obj) -> Obj:
    if session["payment_intent"] is not None:
        return account.payment_intents[session["payment_intent"]]
    intent = objects.payment_intent(session, account.intent_data[session["id"]], created=world.clock.now())
    account.payment_intents[intent["id"]] = intent
    session["payment_intent"] = intent["id"]
    world.emit(account, "payment_intent.created", intent, None)
    return intent


def _decline(world: World, account: Account, intent: Obj, charge: Obj, card: Card) -> None:
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": "card_declined",
        "decline_code": card.decline,
        "message": card.words,
        "type": "card_error",
    }
    world.emit(account, "charge.failed", charge, None)
    world.emit(account, "payment_intent.payment_failed", intent, None)


def create_refund(world: World, account: Account, params: Obj, source: Source) -> Obj:
    """Send back all or part of what was paid."""
    charge = _charge_to_refund(account, params)
    balances.check_fee_refund(charge, params)
    if any(each["charge"] == charge["id"] and each["status"] != "won" for each in account.disputes.values()):
        raise Refused("This charge is disputed.", code="charge_disputed")
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise Refused(
            f"Charge {charge['id']} has been refunded.", code="charge_already_refunded", kept="by_key"
        )
    amount = params.get("amount", left)
    if amount < 1:
        raise Refused("A refund is one penny at least.", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise Refused(f"Only {left} pence of the charge are left to refund.", param="amount", kept="by_key")
    refund = objects.refund(charge, amount, params, created=world.clock.now())
    account.refunds[refund["id"]] = refund
    balances.refunded(world, account, charge, refund, params)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.emit(account, "refund.created", refund, source)
    world.emit(account, "charge.refunded", charge, source)
    answer = {**refund}
    refund["destination_details"] = {
        "card": {
            "reference": "00000000000000",
            "reference_status": "available",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
        "type": "card",
    }
    world.emit(account, "refund.updated", refund, None)
    return answer


def _charge_to_refund(account: Account, params: Obj) -> Obj:
    if "payment_intent" in params:
        intent = account.payment_intents.get(params["payment_intent"])
        if intent is None:
            raise missing("payment_intent", params["payment_intent"])
        if intent["status"] != "succeeded":
            raise Refused(f"Nothing has been paid with {intent['id']}.", param="payment_intent")
        return account.charges[intent["latest_charge"]]
    if "charge" in params:
        charge = account.charges.get(params["charge"])
        if charge is None:
            raise missing("charge", params["charge"])
        if not charge["paid"]:
            raise Refused(f"Nothing has been paid with {charge['id']}.", param="charge")
        return charge
    raise Refused(
        "A refund needs a payment_intent or a charge.", code="parameter_missing", param="payment_intent"
    )
