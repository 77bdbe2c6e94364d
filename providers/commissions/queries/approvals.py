"""Reads about frameworks, lots and approvals."""

from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from providers.access import own_provider, require_council

COMMISSION = """
    SELECT c.id, c.state, c.starts_on, c.ends_on, c.reason, c.conditions, c.created_at,
           c.sent_at, c.provider_id, p.name AS provider_name,
           p.seller_type, c.council_id, o.name AS council_name, l.id AS lot_id, l.name AS lot_name,
           l.description AS lot_description,
           f.name AS framework_name, f.starts_on AS framework_starts_on, f.ends_on AS framework_ends_on
      FROM commission c JOIN provider p ON p.id = c.provider_id JOIN lot l ON l.id = c.lot_id
      JOIN framework f ON f.id = l.framework_id JOIN organisation o ON o.id = c.council_id
"""


async def approvals_of(provider_id: UUID) -> list[db.Row]:
    """What councils have approved a provider for, running or still to come; public."""
    return await db.fetch_all(
        f"{COMMISSION} WHERE c.provider_id = $1 AND c.state = 'approved' AND (c.ends_on IS NULL OR c.ends_on > $2)"
        " ORDER BY o.name, l.name, c.starts_on",
        provider_id,
        clock.today(),
    )


async def own_commissions(actor: Actor) -> list[db.Row]:
    """Every application and approval of the actor's provider, the latest first. Raises Forbidden or NotFound."""
    return await db.fetch_all(
        f"{COMMISSION} WHERE c.provider_id = $1 ORDER BY c.created_at DESC, c.id", await own_provider(actor)
    )


async def lots_to_apply_for(actor: Actor) -> list[db.Row]:
    """The lots of frameworks that have not ended, with the council's name. Raises Forbidden or NotFound."""
    await own_provider(actor)
    return await db.fetch_all(
        "SELECT l.id, l.name, l.description, f.name AS framework_name, o.name AS council_name, f.starts_on, f.ends_on"
        " FROM lot l JOIN framework f ON f.id = l.framework_id JOIN organisation o ON o.id = f.council_id"
        " WHERE f.ends_on IS NULL OR f.ends_on > $1 ORDER BY o.name, f.name, l.name",
        clock.today(),
    )


async def applications_of(actor: Actor) -> list[db.Row]:
    """The applications that wait for the actor's council, the oldest first. Raises Forbidden or NotFound."""
    return await db.fetch_all(
        f"{COMMISSION} WHERE c.council_id = $1 AND c.state = 'applied' ORDER BY c.sent_at, c.id",
        require_council(actor, Permission.COMMISSION_DECIDE),
    )


async def commission_of(actor: Actor, commission_id: UUID) -> db.Row:
    """One application or approval of the actor's council. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        f"{COMMISSION} WHERE c.id = $1 AND c.council_id = $2 AND c.sent_at IS NOT NULL",
        commission_id,
        require_council(actor, Permission.COMMISSION_DECIDE),
    )
    if row is None:
        raise NotFound
    return row


async def frameworks_of(actor: Actor) -> list[db.Row]:
    """The frameworks of the actor's council, each with its `lots`: (id, name) pairs. Raises Forbidden or NotFound."""
    rows = await db.fetch_all(
        "SELECT f.id, f.name, f.starts_on, f.ends_on, array_agg(l.id ORDER BY l.name) AS lot_ids,"
        " array_agg(l.name ORDER BY l.name) AS lot_names FROM framework f JOIN lot l ON l.framework_id = f.id"
        " WHERE f.council_id = $1 GROUP BY f.id ORDER BY f.starts_on DESC, f.name",
        require_council(actor, Permission.COMMISSION_DECIDE),
    )
    return [{**row, "lots": list(zip(row["lot_ids"], row["lot_names"], strict=True))} for row in rows]


async def lot_of(actor: Actor, lot_id: UUID) -> db.Row:
    """One lot of the actor's council, with its framework's name. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        "SELECT l.id, l.name, l.description, f.name AS framework_name FROM lot l"
        " JOIN framework f ON f.id = l.framework_id WHERE l.id = $1 AND f.council_id = $2",
        lot_id,
        require_council(actor, Permission.COMMISSION_DECIDE),
    )
    if row is None:
        raise NotFound
    return row


async def lots_of(framework_id: UUID) -> dict[str, UUID]:
    """The lots of a framework by name."""
    rows = await db.fetch_all("SELECT id, name FROM lot WHERE framework_id = $1 ORDER BY name", framework_id)
    return {row["name"]: row["id"] for row in rows}


async def commissioned_on(provider_id: UUID, council_id: UUID, service_on: date) -> bool:
    """Whether a council has approved a provider for a service day."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM commission WHERE provider_id = $1 AND council_id = $2 AND state = 'approved'"
        " AND starts_on <= $3 AND (ends_on IS NULL OR ends_on > $3))",
        provider_id,
        council_id,
        service_on,
    )
    return found
