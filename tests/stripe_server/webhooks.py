"""Delivers signed events as Stripe does: at least once, again after failure, and in no promised order."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Literal

import httpx

from tests.stripe_server.state import Obj

SUBSCRIBED = frozenset(
    {
        "account.application.deauthorized",
        "account.updated",
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.updated",
        "charge.refunded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "payout.failed",
        "payout.paid",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)
"""What the endpoint asked for; everything else happens too, and is in the list of events."""

# Read once: it takes longer than a delivery.
_TRUSTED = httpx.create_ssl_context(trust_env=False)
_TIMEOUT_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 30


@dataclass
class Endpoint:
    """Where events go, and the secret that signs them."""

    url: str
    secret: str


@dataclass
class Delivery:
    """One event on its way. `answers` holds the status of each try; 0 when nobody answered."""

    event: Obj
    state: Literal["held", "sending", "delivered", "failed", "dropped"] = "sending"
    answers: list[int] = field(default_factory=list)

    def summary(self) -> Obj:
        """For the control pages."""
        return {
            "event": self.event["id"],
            "type": self.event["type"],
            "about": self.event["data"]["object"]["id"],
            "state": self.state,
            "answers": self.answers,
        }


@dataclass
class Postman:
    """Carries events to one endpoint. Without an endpoint nothing is sent."""

    endpoint: Endpoint | None
    first_pause_seconds: float = 0.5
    tries: int = 8
    holding: bool = False
    drop_next: list[str] = field(default_factory=list)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, event: Obj) -> None:
        """Start delivering, unless the endpoint did not ask for it or a test holds or drops it."""
        if self.endpoint is None or event["type"] not in SUBSCRIBED:
            return
        delivery = self.deliveries[event["id"]] = Delivery(event)
        event["pending_webhooks"] = 1
        if event["type"] in self.drop_next:
            self.drop_next.remove(event["type"])
            delivery.state = "dropped"
        elif self.holding:
            delivery.state = "held"
        else:
            self._start(delivery)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._until_answered(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_answered(self, delivery: Delivery) -> None:
        pause = self.first_pause_seconds
        for _ in range(self.tries):
            await self.send(delivery)
            if delivery.state != "sending":
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        delivery.state = "failed"

    async def send(self, delivery: Delivery, *, age_seconds: int = 0, secret: str | None = None) -> int:
        """One try. Returns the status, 0 when nobody answered; a 2xx settles the delivery."""
        if self.endpoint is None:
            return 0
        body = json.dumps(delivery.event, indent=2, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(body, secret or self.endpoint.secret, int(time.time()) - age_seconds),
            "User-Agent": "FairdayTestCards/1.0",
        }
        try:
            async with httpx.AsyncClient(
                verify=_TRUSTED, timeout=_TIMEOUT_SECONDS, trust_env=False
            ) as client:
                status = (await client.post(self.endpoint.url, content=body, headers=headers)).status_code
        except httpx.HTTPError:
            status = 0
        delivery.answers.append(status)
        if 200 <= status < 300:
            delivery.state = "delivered"
            delivery.event["pending_webhooks"] = 0
        return status

    async def release(self, event_ids: list[str] | None = None) -> list[Delivery]:
        """Deliver what is held, one after another, in the order given or else as it happened.

        Those that fail go on trying in the background. Returns them after their first try.
        """
        if event_ids is None:
            self.holding = False
            event_ids = [id_ for id_, delivery in self.deliveries.items() if delivery.state == "held"]
        released = [self.deliveries[id_] for id_ in event_ids]
        for delivery in released:
            delivery.state = "sending"
            await self.send(delivery)
            if delivery.state == "sending":
                self._start(delivery)
        return released

    def forget(self) -> None:
        """Stop everything that is still on its way."""
        for task in self._tasks:
            task.cancel()
        self.deliveries.clear()
        self.drop_next.clear()
        self.holding = False


def sign(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header: the time, and a keyed hash over the time and the body."""
    digest = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
