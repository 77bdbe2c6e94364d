"""Every request that the gateway sends is one that the official SDK declares: names, types, nothing else (row Y1)."""

import inspect
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import uuid4

import pytest
from stripe._api_requestor import _APIRequestor
from typing_extensions import is_typeddict

from invoicing import stripe_gateway
from invoicing.stripe_gateway import StripeGateway
from invoicing.stripe_values import AccountRequest, CheckoutRequest, RefundRequest
from marketplace.kernel.ids import BookingId
from marketplace.kernel.money import ZERO, Money
from tests.stripe_server.api import ENDPOINTS
from tests.stripe_server.parameters import fields_of
from tests.stripe_server.process import StripeServer, stripe_server

PAYS, PROVIDER = "4242 4242 4242 4242", "acct_1Pettypool"
Sent = tuple[str, str, Mapping[str, Any]]


def wrong(params: Mapping[str, Any], shape: type, where: str = "") -> Iterator[str]:
    """What is in a request and not in the SDK's declaration of it, or of another type, or missing."""
    fields = fields_of(shape)
    for name, value in params.items():
        at = f"{where}[{name}]" if where else name
        if name not in fields:
            yield f"{shape.__name__} has no {at}"
        else:
            yield from _wrong_value(value, fields[name], at)
    for name in getattr(shape, "__required_keys__", ()):
        if name in fields and name not in params:
            yield f"{shape.__name__} wants {where}[{name}]"


def _wrong_value(value: Any, hint: Any, at: str) -> Iterator[str]:
    choices = list(_choices(hint))
    if isinstance(value, Mapping):
        groups = [choice for choice in choices if is_typeddict(choice)]
        texts = [choice for choice in choices if get_origin(choice) is dict]
        if groups:
            faults = [list(wrong(value, group, at)) for group in groups]
            yield from min(faults, key=len)
        elif not texts or not all(isinstance(each, str) for pair in value.items() for each in pair):
            yield f"{at} is no group"
    elif isinstance(value, list):
        lists = [choice for choice in choices if get_origin(choice) is list]
        if not lists:
            yield f"{at} is no list"
        for index, each in enumerate(value):
            yield from _wrong_value(each, get_args(lists[0])[0], f"{at}[{index}]") if lists else ()
    elif type(value) is str:
        known = [each for choice in choices if get_origin(choice) is Literal for each in get_args(choice)]
        # The SDK writes a choice as `Literal[…] | str`, for what later versions add: here only what it names today.
        if value not in known if known else str not in choices:
            yield f"{at} is none of {known or choices}"
    elif type(value) not in choices:
        yield f"{at} is no {type(value).__name__}"


def _choices(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in (Union, UnionType):
        for inner in get_args(hint):
            yield from _choices(inner)
    elif hint is not NoneType:
        yield hint


@pytest.fixture(scope="module")
def server() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _from_the_start(server: StripeServer) -> None:
    server.control("reset")


@pytest.fixture
async def gateway(server: StripeServer) -> AsyncIterator[StripeGateway]:
    gateway = StripeGateway(server.api_key, server.webhook_secret, server.url)
    yield gateway
    await gateway.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Every request as the SDK was given it, before it travels as text."""
    seen: list[Sent] = []
    ask = _APIRequestor.request_async

    async def noting(self: Any, method: str, url: str, params: Any = None, *rest: Any, **named: Any) -> Any:
        seen.append((method.upper(), url, params or {}))
        return await ask(self, method, url, params, *rest, **named)

    monkeypatch.setattr(_APIRequestor, "request_async", noting)
    return seen


async def _everything(gateway: StripeGateway, server: StripeServer) -> None:
    """All that the gateway can ask, each once at least."""
    soon, since = datetime.now(UTC) + timedelta(minutes=35), datetime.now(UTC) - timedelta(days=1)
    request = CheckoutRequest(
        booking_id=BookingId(uuid4()), reference="BK-7F3K2M", description="Garden group", amount=Money(3850),
        connected_account=PROVIDER, success_url="http://fairday.test/paid", cancel_url="http://fairday.test/back",
        expires_at=soon, customer_email="payer@example.org", fee=Money(77),
    )  # fmt: skip
    page = await gateway.create_checkout(request)
    await gateway.expire_checkout(
        (await gateway.create_checkout(replace(request, attempt=2, fee=ZERO, customer_email=None))).id,
        PROVIDER,
    )
    server.submit_card(page.url, PAYS)
    intent = (await gateway.retrieve_checkout(page.id, PROVIDER)).payment_intent
    assert intent is not None
    refund = RefundRequest(
        payment_intent=intent, amount=Money(1000), booking_id=request.booking_id, attempt=1,
        connected_account=PROVIDER, fee=request.fee,
    )  # fmt: skip
    back = await gateway.refund(refund)
    await gateway.retrieve_refund(back.id, PROVIDER)
    assert await gateway.completed_checkouts(PROVIDER, since)
    for found in (
        await gateway.refunds(PROVIDER, payment_intent=intent),
        await gateway.refunds(PROVIDER, since=since),
    ):
        assert [each.id for each in found] == [back.id]
    server.control("disputes", payment_intent=intent)
    assert await gateway.disputes(PROVIDER, payment_intent=intent) == await gateway.disputes(
        PROVIDER, since=since
    )
    seller = AccountRequest(
        provider_id=uuid4(),
        name="Pettypool",
        email="a@pettypool.example",
        website="https://pettypool.example",
    )
    opened = await gateway.create_account(seller)
    assert await gateway.create_account(replace(seller)) == opened
    await gateway.create_account(AccountRequest(provider_id=uuid4(), name="Nora", email="", website=""))
    assert await gateway.retrieve_account(opened.id) == opened
    await gateway.account_page(
        opened.id, return_url="http://fairday.test/b", refresh_url="http://fairday.test/a"
    )
    payout = server.control("payouts", account=PROVIDER)["id"]
    assert [each.id for each in await gateway.payouts(PROVIDER)] == [payout]
    whole = await gateway.payout(payout, PROVIDER)
    parts = await gateway.parts_of(payout, PROVIDER)
    assert sum(part.net.pence for part in parts) == whole.amount.pence
    assert {part.payment_intent for part in parts} == {intent}


@pytest.mark.row("Y1")
@pytest.mark.row("V7")
async def test_every_request_is_what_the_sdk_declares(
    gateway: StripeGateway, server: StripeServer, sent: list[Sent]
) -> None:
    await _everything(gateway, server)
    faults, asked = [], set()
    for method, url, params in sent:
        endpoint = next(
            each
            for each in ENDPOINTS
            if each.method == method and re.fullmatch(re.sub(r"\{\w+:str\}", "[^/]+", each.path), url)
        )
        asked.add((method, endpoint.path))
        faults += [f"{method} {url}: {fault}" for fault in wrong(params, endpoint.shape)]
    assert faults == []
    # Nothing that the gateway can ask was left out.
    calls = set(re.findall(r"self\._client\.v1\.([\w.]+_async)\(", inspect.getsource(stripe_gateway)))
    assert len(asked) == len(calls)


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"colour": "teal"}, "has no colour"),
        ({"mode": "steal"}, "mode is none of"),
        ({"expires_at": "soon"}, "expires_at is none of"),
        ({"expires_at": True}, "expires_at is no bool"),
        ({"line_items": [{"quantity": 1.5}]}, r"line_items\[0\]\[quantity\] is no float"),
        ({"payment_intent_data": {"application_fee": 1}}, r"has no payment_intent_data\[application_fee\]"),
        ({"metadata": {"booking": 1}}, "metadata is no group"),
    ],
)
def test_the_check_finds_what_is_wrong(params: Mapping[str, Any], fault: str) -> None:
    shape = next(
        each.shape for each in ENDPOINTS if (each.method, each.path) == ("POST", "/v1/checkout/sessions")
    )
    (found,) = wrong(params, shape)
    assert re.search(fault, found)


@pytest.mark.row("Y1")
async def test_the_fee_of_this_site_goes_back_by_the_same_share(
    gateway: StripeGateway, server: StripeServer
) -> None:
    await _everything(gateway, server)
    payout = (await gateway.payouts(PROVIDER))[0].id
    kinds = {part.kind: part for part in await gateway.parts_of(payout, PROVIDER)}
    # £38.50 paid, 77 pence kept; of the £10.00 that went back, a share of 20 pence.
    assert kinds["charge"].gross == Money(3850)
    assert (kinds["refund"].gross, kinds["refund"].fee) == (Money(-1000), Money(-20))
