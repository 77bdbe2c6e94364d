"""Reads about who owns whom, and a council's view of providers."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.ids import NOBODY
from providers.access import require_council

PAGE_SIZE = 25


class Which(StrEnum):
    """Which providers a council looks at."""

    APPROVED = "approved"
    OWNED = "owned"
    ALL = "all"


async def owner_on(provider_id: UUID, day: date) -> UUID | None:
    """The council that owns a provider on a day, or None (`rules.md` 1)."""
    owner: UUID = await db.fetch_value("SELECT owner_on($1, $2)", provider_id, day)
    return None if owner == NOBODY else owner


async def ownerships_of(provider_id: UUID) -> list[db.Row]:
    """Every owner that a provider has had or will have, the latest first; public."""
    return await db.fetch_all(
        "SELECT w.id, w.council_id, o.name AS council_name, w.starts_on, w.ends_on"
        " FROM ownership w JOIN organisation o ON o.id = w.council_id WHERE w.provider_id = $1"
        " ORDER BY w.starts_on DESC",
        provider_id,
    )


_LISTED = """
    FROM provider p
    LEFT JOIN ownership w ON w.provider_id = p.id AND daterange(w.starts_on, w.ends_on) @> $2::date
    LEFT JOIN organisation o ON o.id = w.council_id
   WHERE p.state = 'listed' AND ($3 = '' OR p.name ILIKE '%' || $3 || '%')
     AND CASE $4 WHEN 'owned' THEN EXISTS (SELECT 1 FROM ownership k WHERE k.provider_id = p.id AND k.council_id = $1)
                 WHEN 'approved' THEN EXISTS (SELECT 1 FROM commission c WHERE c.provider_id = p.id
                      AND c.council_id = $1 AND c.state = 'approved' AND (c.ends_on IS NULL OR c.ends_on > $2))
                 ELSE true END
"""


async def providers_for(
    actor: Actor, which: Which, words: str = "", page: int = 1
) -> tuple[list[db.Row], int]:
    """A page of providers as the actor's council sees them, and how many there are: owner today, own approvals.

    Raises Forbidden or NotFound.
    """
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    asked = (
        council_id,
        clock.today(),
        words.replace("\\", "").replace("%", "").replace("_", " "),
        str(which),
    )
    rows = await db.fetch_all(
        "SELECT p.id, p.name, p.seller_type, w.council_id AS owner_id, o.name AS owner_name, w.ends_on AS owned_until,"
        " (SELECT string_agg(DISTINCT l.name, ', ') FROM commission c JOIN lot l ON l.id = c.lot_id"
        "   WHERE c.provider_id = p.id AND c.council_id = $1 AND c.state = 'approved'"
        "   AND (c.ends_on IS NULL OR c.ends_on > $2)) AS lots"
        f"{_LISTED} ORDER BY p.name, p.id LIMIT $5 OFFSET $6",
        *asked,
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )
    return rows, await db.fetch_value(f"SELECT count(*) {_LISTED}", *asked)


async def approvals_by(actor: Actor, provider_id: UUID) -> list[db.Row]:
    """What the actor's council has said to a provider, the latest first. Raises Forbidden or NotFound."""
    return await db.fetch_all(
        "SELECT c.id, c.state, c.starts_on, c.ends_on, c.reason, c.created_at, l.name AS lot_name,"
        " f.name AS framework_name FROM commission c"
        " JOIN lot l ON l.id = c.lot_id JOIN framework f ON f.id = l.framework_id"
        " WHERE c.provider_id = $1 AND c.council_id = $2 AND c.sent_at IS NOT NULL ORDER BY c.created_at DESC, c.id",
        provider_id,
        require_council(actor, Permission.COMMISSION_DECIDE),
    )
