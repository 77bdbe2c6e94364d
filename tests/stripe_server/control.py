"""Levers for tests, under `/_test/`. Nothing here is Stripe's; nothing of the product may use it.

Every answer is JSON. Bodies are JSON objects:

    GET  /_test/webhooks             every delivery: event, type, about, state, answers
    POST /_test/webhooks/hold        keep new events back
    POST /_test/webhooks/release     {"events": [ids]} or {"order": "reverse"}; sends one after another
    POST /_test/webhooks/drop        {"event": id} never arrives; {"type": name} the next of that type
    POST /_test/webhooks/endpoint    {"url": …, "secret": …} send to another place from now on
    POST /_test/events/{id}/resend   {"times": 1, "age_seconds": 0, "secret": …} again, old, falsely signed
    POST /_test/clock                {"ahead_seconds": n} move this server's clock, close what is due
    POST /_test/faults               {"faults": ["before", "after"]} fail requests before or after acting
    POST /_test/reset                forget everything
"""

from typing import Any, Literal

from litestar import Router, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from msgspec import Struct

from tests.stripe_server import actions
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


@post("/reset", status_code=200)
async def reset(state: State) -> Obj:
    """Forget everything, as if just started."""
    world = _world(state)
    world.postman.forget()
    for memory in (world.accounts, world.kept, world.faults):
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
    return Router("/_test", route_handlers=handlers)
