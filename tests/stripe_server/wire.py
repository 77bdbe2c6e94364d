"""What every API request goes through: key, account, version, idempotency, parameters, answer."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import stripe
from litestar import Request, Response

from tests.stripe_server import form, parameters
from tests.stripe_server.actions import Source
from tests.stripe_server.errors import Refused, missing
from tests.stripe_server.state import Account, Kept, Obj, World, new_id


@dataclass(frozen=True)
class Call:
    """A request that has passed the door."""

    world: World
    account: Account
    target: str
    params: Obj
    source: Source


@dataclass(frozen=True)
class Endpoint:
    """One thing that can be asked for: the SDK's shape of the request, what of it is done here, and how."""

    method: Literal["GET", "POST"]
    path: str
    shape: type
    known: frozenset[str]
    run: Callable[[Call], Obj]


async def answer(request: Request[Any, Any, Any], endpoint: Endpoint) -> Response[bytes]:
    """Run an endpoint and answer as Stripe would, whatever happens."""
    headers = {
        "Request-Id": new_id("req_", 14),
        "Stripe-Version": request.headers.get("stripe-version", stripe.api_version),
    }
    try:
        status, body = await _answer(request, endpoint, headers)
    except Refused as refusal:
        status, body = refusal.status, _encode(refusal.body())
    return Response(body, status_code=status, headers=headers, media_type="application/json")


async def _answer(
    request: Request[Any, Any, Any], endpoint: Endpoint, headers: dict[str, str]
) -> tuple[int, bytes]:
    world: World = request.app.state.world
    _check_key(request, world.api_key)
    _check_version(headers["Stripe-Version"])
    account = _account(request, world)
    posted = endpoint.method == "POST"
    raw = (await request.body()).decode() if posted else request.scope["query_string"].decode()
    fault = world.faults.pop(0) if world.faults else None
    if fault == "before":
        raise _lost()
    key = request.headers.get("idempotency-key") if posted else None
    kept = _remembered(world, account, key, (request.url.path, raw))
    if key is not None:
        headers["Idempotency-Key"] = key
    if kept is not None:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
        return kept.status, kept.body
    params = parameters.read(form.decode(raw), endpoint.shape)
    parameters.within(params, endpoint.known)
    target = str(request.path_params.get("target", ""))
    status, body = _run(endpoint, Call(world, account, target, params, (headers["Request-Id"], key)))
    if key is not None:
        world.kept[account.id, key] = Kept((request.url.path, raw), status, body, headers["Request-Id"])
    if fault == "after":
        raise _lost()
    return status, body


def _run(endpoint: Endpoint, call: Call) -> tuple[int, bytes]:
    try:
        return 200, _encode(endpoint.run(call))
    except Refused as refusal:
        if refusal.kept == "never":
            raise
        return refusal.status, _encode(refusal.body())


def _check_key(request: Request[Any, Any, Any], expected: str | None) -> None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            credentials = base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except ValueError:
            credentials = ""
    if not credentials:
        raise Refused("No API key was sent.", status=401)
    if not credentials.startswith(("sk_test_", "rk_test_")):
        raise Refused("This is a test card server: it takes keys that begin with sk_test_ only.", status=401)
    if expected is not None and credentials != expected:
        raise Refused("This API key is not known.", status=401)


def _check_version(version: str) -> None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?", version):
        raise Refused("This is not an API version.")


def _account(request: Request[Any, Any, Any], world: World) -> Account:
    account_id = request.headers.get("stripe-account")
    # Any well-formed account exists here; one whose name begins so has taken its permission back.
    if account_id is not None and (
        not re.fullmatch(r"acct_[A-Za-z0-9]+", account_id) or account_id.startswith("acct_revoked")
    ):
        raise Refused("This key has no access to that account.", status=403, code="account_invalid")
    return world.account(account_id)


def _remembered(world: World, account: Account, key: str | None, sent: tuple[str, str]) -> Kept | None:
    if key is None:
        return None
    if len(key) > 255:
        raise Refused("An idempotency key has 255 characters at most.")
    kept = world.kept.get((account.id, key))
    if kept is not None and kept.request != sent:
        raise Refused("This key was used for a different request.", kind="idempotency_error")
    return kept


def _lost() -> Refused:
    return Refused("A test asked for this failure.", status=500, kind="api_error")


def _encode(body: Obj) -> bytes:
    return json.dumps(body, indent=2).encode()


def listed(call: Call, rows: list[Obj], url: str, matches: Callable[[Obj, Obj], bool]) -> Obj:
    """A page of a list, newest first, with Stripe's cursors and `created` bounds."""
    params = call.params
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refused("A page has 1 to 100 rows.", code="parameter_invalid_integer", param="limit")
    found = [
        row for row in reversed(rows) if _created_within(row, params.get("created")) and matches(row, params)
    ]
    ids = [row["id"] for row in found]
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and params[cursor] not in ids:
            raise missing("object", params[cursor])
    if "ending_before" in params:
        found = found[: ids.index(params["ending_before"])]
        return {"object": "list", "data": found[-limit:], "has_more": len(found) > limit, "url": url}
    if "starting_after" in params:
        found = found[ids.index(params["starting_after"]) + 1 :]
    return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}


def _created_within(row: Obj, bounds: Any) -> bool:
    if bounds is None:
        return True
    if isinstance(bounds, int):
        return bool(row["created"] == bounds)
    created = row["created"]
    return bool(
        created > bounds.get("gt", -1)
        and created >= bounds.get("gte", 0)
        and created < bounds.get("lt", 1 << 60)
        and created <= bounds.get("lte", 1 << 60)
    )
