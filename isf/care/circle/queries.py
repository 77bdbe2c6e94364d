"""Reads about the people around a person."""

from datetime import date
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound


class CircleLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody around a person."""

    id: UUID
    name: str
    relationship: str
    phone: str
    email: str
    lives_with: bool
    next_of_kin: bool
    emergency_contact: bool
    may_be_told: bool
    note: str
    ended_on: date | None
    version: int

    @property
    def over(self) -> bool:
        """Whether they are not around the person any more."""
        return self.ended_on is not None and self.ended_on <= clock.today()

    @property
    def marks(self) -> list[str]:
        """What they are, in words."""
        told = {
            "Lives with them": self.lives_with,
            "Next of kin": self.next_of_kin,
            "Emergency contact": self.emergency_contact,
            "May be told": self.may_be_told,
        }
        return [words for words, holds in told.items() if holds]


_FIELDS = ", ".join(CircleLine.__struct_fields__)


async def circle_of(actor: Actor, person_id: UUID) -> list[CircleLine]:
    """Everybody around a person; those who are not any more come last. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        f"SELECT {_FIELDS} FROM circle_member WHERE person_id = $1"  # noqa: S608 - names are ours
        " ORDER BY ended_on IS NOT NULL, emergency_contact DESC, next_of_kin DESC, name, id",
        person_id,
    )
    return [msgspec.convert(row, CircleLine) for row in rows]


async def circle_member(actor: Actor, person_id: UUID, member_id: UUID) -> CircleLine:
    """One of them. Raises NotFound."""
    for line in await circle_of(actor, person_id):
        if line.id == member_id:
            return line
    raise NotFound
