"""The same key and the same request get the same answer; the same key with another request is refused."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from marketplace.kernel import db
from marketplace.kernel.errors import IdempotencyConflict, Invalid


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key of one owner, with the fingerprint of the request that came with it."""

    owner: UUID
    key: str
    fingerprint: str


def key_of(owner: UUID, header: str | None, operation: str, body: object) -> Key | None:
    """The key in a request's header, or None. Raises Invalid when it is empty or longer than 200 characters."""
    if header is None:
        return None
    if not 1 <= len(header) <= 200:
        raise Invalid({"Idempotency-Key": "Use a key of 1 to 200 characters"})
    told = operation.encode() + b"\n" + msgspec.json.encode(body, order="sorted")
    return Key(owner, header, hashlib.sha256(told).hexdigest())


async def once(key: Key | None, status: int, run: Callable[[], Awaitable[object]]) -> tuple[int, bytes]:
    """Run a command and keep its answer (as JSON) under the key, in one transaction; or give the answer kept.

    Two requests with one key at the same moment: the second waits for the first. Refusals are not kept.
    Raises IdempotencyConflict when the key came with another request.
    """
    if key is None:
        return status, msgspec.json.encode(await run())
    async with db.unit_of_work():
        known = await db.fetch_one(
            "SELECT (k).fingerprint, (k).status, (k).body FROM idempotency_claim($1, $2, $3, $4, '') AS k"
            " WHERE (k).key IS NOT NULL",
            key.owner,
            key.key,
            key.fingerprint,
            status,
        )
        if known is not None:
            return known["status"], stored_answer(key, known["fingerprint"], known["body"])
        answer = msgspec.json.encode(await run())
        await db.execute(
            "UPDATE idempotency_record SET body = $3 WHERE owner = $1 AND key = $2",
            key.owner,
            key.key,
            answer.decode(),
        )
    return status, answer


async def kept_answer(key: Key) -> bytes | None:
    """The answer kept under a key, or None when it is new. Raises IdempotencyConflict for another request."""
    known = await db.fetch_one(
        "SELECT fingerprint, body FROM idempotency_record WHERE owner = $1 AND key = $2", key.owner, key.key
    )
    return None if known is None else stored_answer(key, known["fingerprint"], known["body"])


def stored_answer(key: Key, fingerprint: str, body: str) -> bytes:
    """The kept answer, when the request is the same. Raises IdempotencyConflict when it is not."""
    if fingerprint != key.fingerprint:
        raise IdempotencyConflict
    return body.encode()
