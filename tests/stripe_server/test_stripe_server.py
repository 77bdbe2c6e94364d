"""The test card server is held to the SDK that it serves: its requests, its answers, its classes."""

import typing
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest
import stripe
from stripe import Event, StripeObject
from stripe._object_classes import OBJECT_CLASSES

from tests.stripe_server.process import StripeServer, stripe_server
from tests.stripe_server.receiver import WebhookReceiver, webhook_receiver

PAYS, DECLINED = "4242424242424242", "4000000000000002"


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as running:
        yield running


@pytest.fixture(scope="module")
def server(receiver: WebhookReceiver) -> Iterator[StripeServer]:
    with stripe_server(receiver.url) as running:
        yield running


@pytest.fixture(autouse=True)
def _from_the_start(server: StripeServer, receiver: WebhookReceiver) -> None:
    server.control("reset")
    receiver.letters.clear()


@pytest.fixture
def client(server: StripeServer) -> stripe.StripeClient:
    return stripe.StripeClient(server.api_key, base_addresses={"api": server.url})


def params(**changes: Any) -> Any:
    item = {"currency": "gbp", "unit_amount": 1200, "product_data": {"name": "Choir <b>& tea</b>"}}
    return {
        "mode": "payment",
        "line_items": [{"quantity": 2, "price_data": item}],
        "success_url": "http://fairday.test/paid?a=1&page={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://fairday.test/back",
        "metadata": {"booking_id": "b1"},
    } | changes


def test_the_same_key_gives_the_same_answer_and_says_that_it_is_a_replay(client: stripe.StripeClient) -> None:
    first = client.v1.checkout.sessions.create(params(), {"idempotency_key": "k1"})
    again = client.v1.checkout.sessions.create(params(), {"idempotency_key": "k1"})
    assert first.last_response is not None
    assert again.last_response is not None
    assert again.last_response.body == first.last_response.body
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.headers["request-id"]
    elsewhere: Any = {"idempotency_key": "k1", "stripe_account": "acct_1Vivo"}
    assert client.v1.checkout.sessions.create(params(), elsewhere).id != first.id


def test_the_same_key_with_another_request_is_refused(client: stripe.StripeClient) -> None:
    client.v1.checkout.sessions.create(params(), {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(params(metadata={"booking_id": "b2"}), {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError):
        client.v1.refunds.create({"payment_intent": "pi_1"}, {"idempotency_key": "k1"})


def test_a_key_remembers_a_refusal_that_came_of_acting_but_not_a_slip_of_the_pen(
    client: stripe.StripeClient, server: StripeServer
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(params(success_url="nowhere"), {"idempotency_key": "k1"})
    page = client.v1.checkout.sessions.create(params(), {"idempotency_key": "k1"})
    server.submit_card(str(page.url), PAYS)
    intent = str(client.v1.checkout.sessions.retrieve(page.id).payment_intent)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create({"payment_intent": intent, "amount": 2401}, {"idempotency_key": "k2"})
    assert (refused.value.headers or {})["idempotent-replayed"] == "true"
    whole = client.v1.refunds.create({"payment_intent": intent})
    assert whole.amount == 2400


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "teal"}, "parameter_unknown", "colour"),
        # Dropped from the API in the version that the SDK speaks.
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"line_items": [{"quantity": 1, "prise": "x"}]}, "parameter_unknown", "line_items[0][prise]"),
        ({"line_items": [{"quantity": "two"}]}, "parameter_invalid_integer", "line_items[0][quantity]"),
        ({"submit_type": "steal"}, None, "submit_type"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"metadata": {"long": "x" * 501}}, None, "metadata[long]"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"cancel_url": "javascript:alert(1)"}, "url_invalid", "cancel_url"),
        # Stripe's, and not done here: refused aloud.
        ({"allow_promotion_codes": True}, "test_server_cannot", "allow_promotion_codes"),
        ({"mode": "subscription"}, "test_server_cannot", "mode"),
    ],
)
def test_what_the_sdk_does_not_declare_is_refused(
    client: stripe.StripeClient, change: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(params(**change))
    assert (refused.value.code, refused.value.param) == (code, param)


def test_a_key_is_needed_and_a_live_one_is_sent_away(server: StripeServer) -> None:
    for key in ("sk_live_x", "nonsense"):
        with pytest.raises(stripe.AuthenticationError):
            stripe.StripeClient(key, base_addresses={"api": server.url}).v1.events.list()
    basic = httpx.get(f"{server.url}/v1/events", auth=("sk_test_x", ""))
    assert basic.status_code == 200
    assert basic.headers["request-id"].startswith("req_")
    assert httpx.get(f"{server.url}/v1/events").status_code == 401
    assert httpx.get(f"{server.url}/v1/nothing").json()["error"]["type"] == "invalid_request_error"


def test_the_page_says_that_it_is_a_test_and_shows_what_is_bought(
    client: stripe.StripeClient, server: StripeServer
) -> None:
    page = client.v1.checkout.sessions.create(params())
    shown = httpx.get(str(page.url)).text
    assert "<h1>TEST card page — no real card, no real money</h1>" in shown
    assert "Choir &lt;b&gt;&amp; tea&lt;/b&gt; × 2" in shown
    assert "£24.00" in shown
    assert '<a href="http://fairday.test/back">Go back</a>' in shown
    assert server.submit_card(str(page.url), "4929 1234 5678 9012").status_code == 422
    for _ in range(2):  # The second press takes nothing more.
        answer = server.submit_card(str(page.url), PAYS)
        assert answer.headers["location"] == f"http://fairday.test/paid?a=1&page={page.id}"
    assert len(client.v1.events.list({"type": "charge.succeeded"}).data) == 1
    assert "This has been paid" in httpx.get(str(page.url)).text


def test_webhooks_come_again_until_they_are_taken(
    client: stripe.StripeClient, server: StripeServer, receiver: WebhookReceiver
) -> None:
    receiver.refuse_next = [500, 302]
    page = client.v1.checkout.sessions.create(params())
    client.v1.checkout.sessions.expire(page.id)
    receiver.wait_for("checkout.session.expired")
    (delivery,) = server.deliveries()
    assert delivery["answers"][:2] == [500, 302]


def test_webhooks_can_be_held_turned_round_dropped_and_repeated(
    client: stripe.StripeClient, server: StripeServer, receiver: WebhookReceiver
) -> None:
    server.control("webhooks/hold")
    server.control("webhooks/drop", type="payment_intent.payment_failed")
    page = client.v1.checkout.sessions.create(params())
    server.submit_card(str(page.url), DECLINED)
    server.submit_card(str(page.url), PAYS)
    states = {row["type"]: row["state"] for row in server.deliveries()}
    assert states == {
        "payment_intent.payment_failed": "dropped",
        "payment_intent.succeeded": "held",
        "checkout.session.completed": "held",
    }
    released = server.control("webhooks/release", order="reverse")
    assert [row["type"] for row in released] == ["checkout.session.completed", "payment_intent.succeeded"]
    assert all(row["answers"] == [200] for row in released)
    again = server.control(f"events/{released[0]['event']}/resend", times=5)
    assert again["answers"] == [200] * 5
    assert len(receiver.letters) == 7


def test_lists_are_newest_first_and_paged(client: stripe.StripeClient) -> None:
    pages = [client.v1.checkout.sessions.create(params()) for _ in range(5)]
    for page in pages:
        client.v1.checkout.sessions.expire(page.id)
    first = client.v1.events.list({"limit": 2, "types": ["checkout.session.*"]})
    assert first.has_more
    assert len(list(first.auto_paging_iter())) == 5
    assert [row.id for row in client.v1.checkout.sessions.list({"limit": 2})] == [pages[4].id, pages[3].id]
    assert client.v1.checkout.sessions.list({"status": "open"}).data == []


# --- Every name that is sent is one that the SDK's classes declare --------------------------------------------------


def test_every_object_sent_has_the_names_that_the_sdk_declares(
    client: stripe.StripeClient, server: StripeServer
) -> None:
    left = client.v1.checkout.sessions.create(params())
    server.submit_card(str(left.url), DECLINED)
    client.v1.checkout.sessions.expire(left.id)
    page = client.v1.checkout.sessions.create(params(customer_email="a@example.org"))
    server.submit_card(str(page.url), PAYS)
    intent = str(client.v1.checkout.sessions.retrieve(page.id).payment_intent)
    refund = client.v1.refunds.create({"payment_intent": intent})

    seen: set[str] = set()
    for path in (
        "/v1/checkout/sessions",
        f"/v1/checkout/sessions/{page.id}/line_items",
        f"/v1/payment_intents/{intent}",
        f"/v1/refunds/{refund.id}",
        "/v1/refunds",
        "/v1/accounts/acct_1",
        "/v1/events?limit=100",
    ):
        sent = client.raw_request("get", path).data
        for thing in sent["data"] if sent["object"] == "list" else [sent]:
            seen |= strange_names(thing)
    assert seen == set()
    kinds = {event.type for event in client.v1.events.list({"limit": 100})}
    assert kinds <= set(typing.get_args(Event.__annotations__["type"]))


def strange_names(thing: dict[str, Any], declared: type[StripeObject] | None = None) -> set[str]:
    """Names that the SDK's class does not know, and required ones that are missing."""
    kind = thing.get("object")
    if isinstance(kind, str) and kind in OBJECT_CLASSES:
        module, name = OBJECT_CLASSES[kind]
        declared = getattr(import_module(module), name)
    if declared is None:
        return set()
    where = declared.__qualname__
    names = {
        key: hint for cls in declared.__mro__ for key, hint in getattr(cls, "__annotations__", {}).items()
    }
    required = {
        key for key, hint in declared.__annotations__.items() if key.islower() and not _optional(hint)
    }
    strange = {f"{where}.{key} is unknown" for key in thing if key not in names}
    strange |= {f"{where}.{key} is missing" for key in required - set(thing)}
    for key, value in thing.items():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                strange |= strange_names(inner, declared._inner_class_types.get(key))
    return strange


def _optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)
