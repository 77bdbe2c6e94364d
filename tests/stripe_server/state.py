"""All that this server remembers, in memory: it stands for an outside system, and forgets when it stops."""

import secrets
import string
import time
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import stripe

if TYPE_CHECKING:
    from tests.stripe_server.webhooks import Postman

Obj = dict[str, Any]

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """An id that looks like Stripe's, and says that it is a test's."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass
class Clock:
    """Real time, plus what the tests have added."""

    ahead_seconds: int = 0

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time()) + self.ahead_seconds


@dataclass
class Account:
    """One account's objects, each kind by id, oldest first. Nobody else's request sees them."""

    id: str | None
    sessions: dict[str, Obj] = field(default_factory=dict)
    line_items: dict[str, list[Obj]] = field(default_factory=dict)
    intent_data: dict[str, Obj] = field(default_factory=dict)
    payment_intents: dict[str, Obj] = field(default_factory=dict)
    charges: dict[str, Obj] = field(default_factory=dict)
    refunds: dict[str, Obj] = field(default_factory=dict)
    events: dict[str, Obj] = field(default_factory=dict)
    disputes: dict[str, Obj] = field(default_factory=dict)
    payouts: dict[str, Obj] = field(default_factory=dict)
    transactions: dict[str, Obj] = field(default_factory=dict)
    paid_out: dict[str, str] = field(default_factory=dict)
    """Which payout holds which balance transaction."""
    fees: dict[str, Obj] = field(default_factory=dict)
    """Of the platform: what it kept of others' charges, by charge."""
    profile: Obj | None = None
    """What it may do; None for one that was opened elsewhere and can do everything."""


@dataclass
class Link:
    """A way to the page on which an account's owner tells about itself: good for one visit."""

    account: str
    return_url: str
    refresh_url: str
    visited: bool = False


@dataclass
class Kept:
    """The answer that an idempotency key stands for, and the request it was given to."""

    request: tuple[str, str]
    status: int
    body: bytes
    request_id: str


Fault = Literal["before", "after", "pass"]
"""What goes wrong with a request: lost before it acts, its answer lost after it acted, or nothing."""


@dataclass
class World:
    """The whole of this little Stripe."""

    public_url: str
    api_key: str | None
    postman: "Postman"
    clock: Clock = field(default_factory=Clock)
    accounts: dict[str | None, Account] = field(default_factory=dict)
    kept: dict[tuple[str | None, str], Kept] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)

    def account(self, id_: str | None) -> Account:
        """The account with that id, opened on first use; None is the platform's own."""
        return self.accounts.setdefault(id_, Account(id_))

    def find_session(self, session_id: str) -> tuple[Account, Obj] | None:
        """For the hosted page, which knows only the session."""
        for account in self.accounts.values():
            if session_id in account.sessions:
                return account, account.sessions[session_id]
        return None

    def emit(
        self, account: Account, event_type: str, about: Obj, request: tuple[str, str | None] | None
    ) -> Obj:
        """Record that something happened, with a picture of the object at this moment, and hand it over."""
        event = {
            "id": new_id("evt_1"),
            "object": "event",
            "api_version": stripe.api_version,
            "created": self.clock.now(),
            "data": {"object": deepcopy(about)},
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": request and request[0], "idempotency_key": request and request[1]},
            "type": event_type,
        }
        if account.id is not None:
            event["account"] = account.id
        account.events[str(event["id"])] = event
        self.postman.take(event)
        return event
