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
        "SELECT coalesce(nullif(preferred_name, ''), name) AS called, communication_needs, prefers_easy_read, user_id"
        "  FROM person WHERE id = $1",
        person_id,
    )
    if row is None or row["user_id"] == actor.user_id or Permission.PERSON_SEE not in actor.permissions:
        return None
    words = row["communication_needs"].strip()
    easy_read = row["prefers_easy_read"] and "easy read" not in words.lower()
    return Flag(row["called"], words, easy_read) if words or easy_read else None
