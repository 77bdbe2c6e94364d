"""Reads about places."""

from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from providers.access import own_provider


async def venues_of(actor: Actor) -> list[db.Row]:
    """The places of the actor's provider, by name, each with how many activities are there.

    Raises Forbidden or NotFound.
    """
    return await db.fetch_all(
        "SELECT v.*, (SELECT count(*) FROM activity a WHERE a.venue_id = v.id AND a.state <> 'archived') AS activities"
        " FROM venue v WHERE v.provider_id = $1 ORDER BY v.name, v.id",
        await own_provider(actor),
    )


async def venue_of(actor: Actor, venue_id: UUID) -> db.Row:
    """One place of the actor's provider. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        "SELECT * FROM venue WHERE id = $1 AND provider_id = $2", venue_id, await own_provider(actor)
    )
    if row is None:
        raise NotFound
    return row
