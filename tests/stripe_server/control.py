"""Levers for tests, under `/_test/`. Nothing here is Stripe's; nothing of the product may use it.

Every answer is JSON. Bodies are JSON objects:

    GET  /_test/webhooks             every delivery: event, type, about, state, answers
    POST /_test/webhooks/hold        keep new events back
    POST /_test/webhooks/release     {"events": [ids]} or {"order": "reverse"}; sends one after another
    POST /_test/webhooks/drop        {"event": id} never arrives; {"type": name} the next of that type
    POST /_test/webhooks/endpoint    {"url": …, "secret": …} send to another place from now on
    POST /_test/events/{id}/resend   {"times": 1, "age_seconds": 0, "secret": …} again, old, falsely signed
    POST /_test/clock                {"ahead_seconds": n} move this server's clock, close what is due
    POST /_test/faults               {"faults": ["before", "after", "pass"]} fail before or after acting, or not
    POST /_test/accounts/{id}        {"charges_enabled": …, "due": […], "disabled_reason": …} change an account
    POST /_test/accounts/{id}/leave  its owner takes this platform's access back
    POST /_test/disputes             {"payment_intent": id} the payer's bank asks the money back
    POST /_test/disputes/{id}        {"status": "lost"} the bank decides, or looks at it
    POST /_test/refunds/{id}/fail    {"reason": …} the card's bank does not take what was sent back
    POST /_test/payouts              {"account": id} all that is on a balance goes to the bank
    POST /_test/payouts/{id}/fail    {"reason": …} its owner's bank does not take it
    POST /_test/reset                forget everything
"""

from typing import Any, Literal

from litestar import Router, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from msgspec import Struct

from tests.stripe_server import accounts, actions, balances, connect_objects, disputing
from tests.stripe_server.state import Fault, Obj, World
from tests.stripe_server.webhooks import Delivery, Endpoint, Postman


class Release(Struct, forbid_unknown_fields=True):
    """Which held events to send, and in what order."""

    events: list[str] | None = None
    order: Literal["as_happened", "reverse"] = "as_happened"


class Drop(Struct, forbid_unknown_fields=True):
    """What is never to arrive."""

    event: str | None = None
    type: str | None = None


class Resend(Struct, forbid_unknown_fields=True):
    """How often, how old, and signed with what."""

    times: int = 1
    age_seconds: int = 0
    secret: str | None = None


class Clock(Struct, forbid_unknown_fields=True):
    """How far ahead of real time this server is."""

    ahead_seconds: int


class Faults(Struct, forbid_unknown_fields=True):
    """What goes wrong with the next requests, one each."""

    faults: list[Fault]


class Place(Struct, forbid_unknown_fields=True):
    """Where events go from now on."""

    url: str
    secret: str


class Change(Struct, forbid_unknown_fields=True):
    """What an account may do from now on, and what is asked of it."""

    charges_enabled: bool
    due: list[str] = []
    disabled_reason: str | None = None
    details_submitted: bool = True
    deadline: int | None = None


class Disputed(Struct, forbid_unknown_fields=True):
    """Which payment, and how much of it; all that has not gone back without an amount."""

    payment_intent: str
    amount: int | None = None


class Decided(Struct, forbid_unknown_fields=True):
    """Where a dispute stands now."""

    status: str


class Failed(Struct, forbid_unknown_fields=True):
    """Why a bank did not take a refund."""

    reason: str = "lost_or_stolen_card"


class CameBack(Struct, forbid_unknown_fields=True):
    """Why a bank did not take a payout."""

    reason: str = "account_closed"


class PaidOut(Struct, forbid_unknown_fields=True):
    """Whose balance."""

    account: str


@get("/webhooks")
async def deliveries(state: State) -> list[Obj]:
    """Every delivery so far."""
    return [delivery.summary() for delivery in _postman(state).deliveries.values()]


@post("/webhooks/hold", status_code=200)
async def hold(state: State) -> Obj:
    """Keep new events back."""
    _postman(state).holding = True
    return {"holding": True}


@post("/webhooks/release", status_code=200)
async def release(state: State, data: Release | None = None) -> list[Obj]:
    """Send held events one after another; answers when each has been tried once."""
    data = data or Release()
    postman = _postman(state)
    ids = data.events
    if ids is None and data.order == "reverse":
        ids = [id_ for id_, delivery in postman.deliveries.items() if delivery.state == "held"][::-1]
        postman.holding = False
    for id_ in ids or ():
        _delivery(state, id_)
    return [delivery.summary() for delivery in await postman.release(ids)]


@post("/webhooks/drop", status_code=200)
async def drop(state: State, data: Drop) -> Obj:
    """Make one event never arrive."""
    if data.event is not None:
        _delivery(state, data.event).state = "dropped"
    if data.type is not None:
        _postman(state).drop_next.append(data.type)
    return {"dropped": data.event or data.type}


@post("/webhooks/endpoint", status_code=200)
async def endpoint(state: State, data: Place) -> Obj:
    """Send events elsewhere from now on."""
    _postman(state).endpoint = Endpoint(data.url, data.secret)
    return {"url": data.url}


@post("/events/{event_id:str}/resend", status_code=200)
async def resend(state: State, event_id: str, data: Resend | None = None) -> Obj:
    """Send an event again, at once, as often as asked."""
    data = data or Resend()
    delivery = _delivery(state, event_id)
    answers = [
        await _postman(state).send(delivery, age_seconds=data.age_seconds, secret=data.secret)
        for _ in range(data.times)
    ]
    return {"event": event_id, "answers": answers}


@post("/clock", status_code=200)
async def clock(state: State, data: Clock) -> Obj:
    """Set the clock ahead and close the pages that are due."""
    world = _world(state)
    world.clock.ahead_seconds = data.ahead_seconds
    actions.expire_due(world)
    return {"now": world.clock.now()}


@post("/faults", status_code=200)
async def faults(state: State, data: Faults) -> Obj:
    """Queue failures for the next API requests."""
    _world(state).faults.extend(data.faults)
    return {"faults": _world(state).faults}


@post("/accounts/{account_id:str}", status_code=200)
async def change_account(state: State, account_id: str, data: Change) -> Obj:
    """Stripe has decided something about an account."""
    return accounts.change(
        _world(state),
        account_id,
        charges_enabled=data.charges_enabled,
        payouts_enabled=data.charges_enabled,
        details_submitted=data.details_submitted,
        requirements=connect_objects.requirements(data.due, data.disabled_reason, data.deadline),
    )


@post("/accounts/{account_id:str}/leave", status_code=200)
async def leave(state: State, account_id: str) -> Obj:
    """An account's owner takes this platform's access back."""
    accounts.take_access_back(_world(state), account_id)
    return {"account": account_id}


@post("/disputes", status_code=200)
async def open_dispute(state: State, data: Disputed) -> Obj:
    """The payer's bank asks the money back."""
    account, charge = disputing.find_charge(_world(state), data.payment_intent)
    return disputing.open_dispute(_world(state), account, charge, data.amount)


@post("/disputes/{dispute_id:str}", status_code=200)
async def move_dispute(state: State, dispute_id: str, data: Decided) -> Obj:
    """The bank decides, or looks at it."""
    return disputing.move_dispute(_world(state), dispute_id, data.status)


@post("/refunds/{refund_id:str}/fail", status_code=200)
async def fail_refund(state: State, refund_id: str, data: Failed | None = None) -> Obj:
    """The card's bank does not take what was sent back."""
    return disputing.fail_refund(_world(state), refund_id, (data or Failed()).reason)


@post("/payouts", status_code=200)
async def pay_out(state: State, data: PaidOut) -> Obj:
    """All that is on a balance goes to the bank."""
    return balances.pay_out(_world(state), _world(state).account(data.account))


@post("/payouts/{payout_id:str}/fail", status_code=200)
async def fail_payout(state: State, payout_id: str, data: CameBack | None = None) -> Obj:
    """A seller's bank does not take what was paid out."""
    return balances.payout_comes_back(_world(state), payout_id, (data or CameBack()).reason)


@post("/reset", status_code=200)
async def reset(state: State) -> Obj:
    """Forget everything, as if just started."""
    world = _world(state)
    world.postman.forget()
    for memory in (world.accounts, world.kept, world.faults, world.links):
        memory.clear()
    world.clock.ahead_seconds = 0
    return {}


def _world(state: State) -> World:
    world: World = state.world
    return world


def _postman(state: State) -> Postman:
    return _world(state).postman


def _delivery(state: State, event_id: str) -> Delivery:
    postman = _postman(state)
    if event_id not in postman.deliveries:
        raise NotFoundException(f"No event {event_id} was to be delivered.")
    return postman.deliveries[event_id]


def router() -> Router:
    """All the levers."""
    handlers: list[Any] = [deliveries, hold, release, drop, endpoint, resend, clock, faults, reset]
    handlers += [change_account, leave, open_dispute, move_dispute, fail_refund, pay_out, fail_payout]
    return Router("/_test", route_handlers=handlers)
