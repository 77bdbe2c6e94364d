"""The flag on every page about a person: how to communicate with them (Accessible Information Standard, rule 25)."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db


@dataclass(frozen=True, slots=True)
class Flag:
    """How to communicate with a person, in words; `called` is what they like to be called."""

    called: str
    words: str
    easy_read: bool


async def flag_about(actor: Actor | None, person_id: UUID | None) -> Flag | None:
    """The flag of a page about a person; None when nothing is recorded, or when the visitor is that person.

    Whether the visitor may see the person was asked by the route. Those who only deliver support are told what the
    person agreed to share.
    """
    if person_id is None or actor is None:
        return None
    row = await db.fetch_one(
        "SELECT coalesce(nullif(preferred_name, ''), name) AS called, prefers_easy_read, user_id,"
        "       CASE WHEN $2 THEN communication_needs ELSE shared_needs(id) END AS words FROM person WHERE id = $1",
        person_id,
        Permission.PERSON_SEE in actor.permissions,
    )
    if row is None or row["user_id"] == actor.user_id:
        return None
    words = row["words"].strip()
    easy_read = row["prefers_easy_read"] and "easy read" not in words.lower()
    return Flag(row["called"], words, easy_read) if words or easy_read else None
