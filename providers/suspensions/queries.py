"""Reads about suspensions: the grounds only for the council that has them."""

from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from providers.access import own_provider, require_council
from providers.suspensions.rules import SuspensionState


class SuspensionView(msgspec.Struct, frozen=True, kw_only=True):
    """A suspension as its own council sees it, with how many bookings it gave back are still to be provided."""

    id: UUID
    provider_id: UUID
    provider_name: str
    state: SuspensionState
    grounds: str
    contact: str
    starts_at: datetime
    started_by_name: str
    closed_at: datetime | None
    closed_by_name: str | None
    closing_words: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody concerned may know of a suspension that is not released: by whom and since when."""

    id: UUID
    council_name: str
    state: SuspensionState
    starts_at: datetime
    contact: str


_OWN = """
    SELECT u.id, u.provider_id, p.name AS provider_name, u.state, u.grounds, u.contact, u.starts_at,
           s.name AS started_by_name, u.closed_at, c.name AS closed_by_name, u.closing_words
      FROM suspension u JOIN provider p ON p.id = u.provider_id JOIN app_user s ON s.id = u.started_by
      LEFT JOIN app_user c ON c.id = u.closed_by
     WHERE u.council_id = $1
"""


async def suspensions_of(actor: Actor, provider_id: UUID | None = None) -> list[SuspensionView]:
    """Those of the actor's council, open ones first, the latest first. Raises Forbidden or NotFound."""
    rows = await db.fetch_all(
        _OWN
        + " AND ($2::uuid IS NULL OR u.provider_id = $2)"
        + " ORDER BY u.state <> 'open', u.starts_at DESC, u.id LIMIT 200",
        require_council(actor, Permission.PROVIDER_SUSPEND),
        provider_id,
    )
    return [msgspec.convert(row, SuspensionView) for row in rows]


async def suspension(actor: Actor, suspension_id: UUID) -> SuspensionView:
    """One of the actor's council. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        _OWN + " AND u.id = $2", require_council(actor, Permission.PROVIDER_SUSPEND), suspension_id
    )
    if row is None:
        raise NotFound
    return msgspec.convert(row, SuspensionView)


async def is_suspended(provider_id: UUID) -> bool:
    """Whether nothing can be booked with a provider now."""
    return bool(await db.fetch_value("SELECT provider_suspended($1)", provider_id))


async def standing_of(provider_id: UUID) -> list[Standing]:
    """The suspensions that stop a provider now, for its own side and for councils."""
    rows = await db.fetch_all(
        "SELECT u.id, o.name AS council_name, u.state, u.starts_at, u.contact FROM suspension u"
        " JOIN organisation o ON o.id = u.council_id WHERE u.provider_id = $1 AND u.state <> 'released'"
        " ORDER BY u.starts_at, u.id",
        provider_id,
    )
    return [msgspec.convert(row, Standing) for row in rows]


async def own_standing(actor: Actor) -> list[Standing]:
    """What stops the actor's own provider: by whom, since when, who to speak to. Raises Forbidden or NotFound."""
    return await standing_of(await own_provider(actor, Permission.ATTENDANCE_RECORD))


async def providers_to_choose(actor: Actor, words: str) -> list[db.Row]:
    """Providers by name, to find the one that has to be stopped; at most 20. Raises Forbidden or NotFound."""
    require_council(actor, Permission.PROVIDER_SUSPEND)
    if not words:
        return []
    return await db.fetch_all(
        "SELECT id, name, provider_suspended(id) AS stopped FROM provider"
        " WHERE state = 'listed' AND strpos(lower(name), lower($1)) > 0 ORDER BY name, id LIMIT 20",
        words,
    )
