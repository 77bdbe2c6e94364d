"""Reads about pictures."""

from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import PROVIDER_ROLES
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from providers.pictures.rules import Picture

_COLUMNS = "id, activity_id, position, alt, sha256, width, height, widths"


async def pictures_of(activity_id: UUID) -> list[Picture]:
    """The pictures of an activity, the main one first; whether it may be seen is asked before."""
    rows = await db.fetch_all(
        f"SELECT {_COLUMNS} FROM picture WHERE activity_id = $1 ORDER BY position", activity_id
    )
    return [Picture(**row) for row in rows]


async def picture_to_show(actor: Actor | None, picture_id: UUID) -> tuple[Picture, bool]:
    """A picture, and whether everybody may see it: while its activity is published. Others see their own drafts.

    Raises NotFound.
    """
    managed = actor.organisation_id if actor and actor.roles & PROVIDER_ROLES else None
    row = await db.fetch_one(
        f"SELECT {', '.join(f'x.{name.strip()}' for name in _COLUMNS.split(','))}, a.state = 'published' AS public"
        "  FROM picture x JOIN activity a ON a.id = x.activity_id JOIN provider p ON p.id = a.provider_id"
        " WHERE x.id = $1 AND (a.state = 'published' OR p.organisation_id = $2)",
        picture_id,
        managed,
    )
    if row is None:
        raise NotFound
    public = bool(row.pop("public"))
    return Picture(**row), public
