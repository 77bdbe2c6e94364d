"""The people who asked to be called, for the care managers of their council (row F8)."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.care.rules import CallResult
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound


class CallLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits for a call."""

    id: UUID
    name: str
    contact: str
    how: str
    words: str
    created_at: datetime

    @property
    def asked_on(self) -> date:
        """The day in London on which they asked."""
        return clock.london_day(self.created_at)


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls of this financial year ended in one way."""

    result: CallResult
    calls: int


async def councils() -> list[tuple[UUID, str]]:
    """The councils whose people may leave their details; no permission needed."""
    rows = await db.fetch_all(
        "SELECT o.id, o.name FROM council c JOIN organisation o ON o.id = c.id ORDER BY o.name"
    )
    return [(row["id"], row["name"]) for row in rows]


async def waiting_calls(actor: Actor) -> list[CallLine]:
    """Those who wait for a call from the actor's council, the longest first. Needs PERSON_MANAGE."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(
        "SELECT id, name, contact, how, words, created_at FROM call_request"
        " WHERE council_id = $1 AND closed_at IS NULL ORDER BY created_at LIMIT 500",
        actor.council_id,
    )
    return [msgspec.convert(row, CallLine) for row in rows]


async def waiting_call(actor: Actor, call_id: UUID) -> CallLine:
    """One of them. Raises NotFound."""
    found = next((line for line in await waiting_calls(actor) if line.id == call_id), None)
    if found is None:
        raise NotFound
    return found


async def closed_calls(actor: Actor) -> list[Closed]:
    """What came of the calls that were closed in this financial year, by number."""
    require(actor, Permission.PERSON_MANAGE)
    year_end = clock.financial_year_end(clock.today())
    rows = await db.fetch_all(
        "SELECT result, count(*) AS calls FROM call_request WHERE council_id = $1"
        "   AND (closed_at AT TIME ZONE 'Europe/London')::date > $2 GROUP BY result ORDER BY result",
        actor.council_id,
        date(year_end.year - 1, 3, 31),
    )
    return [msgspec.convert(row, Closed) for row in rows]
