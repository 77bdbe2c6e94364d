"""The person whom a command changes."""

from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound


async def own_person(actor: Actor, person_id: UUID) -> db.Row:
    """The person, locked, when the actor's own council supports them. Raises NotFound."""
    person = await db.fetch_one(
        "SELECT id, council_id, user_id FROM person WHERE id = $1 AND council_id = $2 FOR NO KEY UPDATE",
        person_id,
        actor.council_id,
    )
    if person is None:
        raise NotFound
    return person
