"""Making, renewing and stopping the address of a calendar."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from marketplace.bookings.feeds.queries import may_see
from marketplace.bookings.feeds.rules import FeedKind
from marketplace.identity.access import Actor
from marketplace.identity.credentials import hash_token
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """A calendar to be made: of a person, the actor's caseload, their provider, or one of its venues; and its name."""

    kind: FeedKind
    name: str
    person_id: UUID | None = None
    provider_id: UUID | None = None
    venue_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A calendar and the secret of its address, which is shown once and kept nowhere."""

    id: UUID
    token: str


async def make_feed(actor: Actor, draft: FeedDraft) -> Made:
    """A new calendar address. Raises Invalid without a name, NotFound or Forbidden for what the actor may not see."""
    if not draft.name.strip():
        raise Invalid({"name": "Enter a name, like my phone"})
    await may_see(actor, draft.kind, draft.person_id, draft.provider_id, draft.venue_id)
    made = Made(new_id(), secrets.token_urlsafe(32))
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO calendar_feed (id, user_id, organisation_id, kind, person_id, provider_id, venue_id, name,"
            " token_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            made.id,
            actor.user_id,
            actor.organisation_id,
            str(draft.kind),
            draft.person_id,
            draft.provider_id,
            draft.venue_id,
            draft.name.strip(),
            hash_token(made.token),
            clock.now(),
        )
        await audit.record(
            actor, "feed.made", "calendar_feed", made.id,
            after={"kind": str(draft.kind), "person": draft.person_id, "venue": draft.venue_id},
        )  # fmt: skip
    return made


async def renew_feed(actor: Actor, feed_id: UUID) -> Made:
    """A new address for the same calendar; the old one answers nothing from now on. Raises NotFound, StateConflict."""
    made = Made(feed_id, secrets.token_urlsafe(32))
    async with db.unit_of_work():
        await _own(actor, feed_id)
        await db.execute(
            "UPDATE calendar_feed SET token_hash = $2, renewed_at = $3, last_used_at = NULL WHERE id = $1",
            feed_id,
            hash_token(made.token),
            clock.now(),
        )
        await audit.record(actor, "feed.renewed", "calendar_feed", feed_id)
    return made


async def stop_feed(actor: Actor, feed_id: UUID) -> None:
    """Nobody reads it any more, whoever has the address. Raises NotFound, StateConflict when it was stopped."""
    async with db.unit_of_work():
        await _own(actor, feed_id)
        await db.execute("UPDATE calendar_feed SET stopped_at = $2 WHERE id = $1", feed_id, clock.now())
        await audit.record(actor, "feed.stopped", "calendar_feed", feed_id)


async def _own(actor: Actor, feed_id: UUID) -> None:
    feed = await db.fetch_one(
        "SELECT stopped_at FROM calendar_feed WHERE id = $1 AND user_id = $2 FOR UPDATE",
        feed_id,
        actor.user_id,
    )
    if feed is None:
        raise NotFound
    if feed["stopped_at"] is not None:
        raise StateConflict("This calendar was stopped. You can make a new one.")
