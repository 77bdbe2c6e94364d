"""Whose provider it is: a manager reaches only the provider of the organisation they act for."""

from uuid import UUID

from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound


async def own_provider(actor: Actor, permission: Permission = Permission.OFFER_MANAGE) -> UUID:
    """The provider that the actor manages. Raises NotSignedIn, Forbidden, or NotFound without one."""
    require(actor, permission)
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM provider WHERE organisation_id = $1", actor.organisation_id
    )
    if found is None:
        raise NotFound("You do not manage a provider yet. You can register your organisation.")
    return found


async def require_provider(actor: Actor, provider_id: UUID) -> None:
    """The actor manages this provider. Raises NotFound when it is somebody else's."""
    if await own_provider(actor) != provider_id:
        raise NotFound


async def require_activity(actor: Actor, activity_id: UUID) -> db.Row:
    """The activity's row, locked for a change; only inside a unit of work. Raises NotFound when it is another's."""
    provider_id = await own_provider(actor)
    row = await db.fetch_one(
        "SELECT * FROM activity WHERE id = $1 AND provider_id = $2 FOR NO KEY UPDATE",
        activity_id,
        provider_id,
    )
    if row is None:
        raise NotFound
    return row


def require_council(actor: Actor, permission: Permission) -> UUID:
    """The council whose staff the actor is. Raises NotSignedIn or Forbidden."""
    require(actor, permission)
    council_id = actor.council_id
    if council_id is None:
        raise NotFound("Only a council does this.")
    return council_id
