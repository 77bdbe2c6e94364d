"""How somebody likes to be told: chosen by them, or for them."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from isf.notices.rules import Print, Way
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is told. `print` and `address` are for letters."""

    way: Way = Way.MAIL
    print: Print | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Whose:
    column: str
    id: UUID


async def preference_of_person(actor: Actor, person_id: UUID) -> Preference:
    """How a person is told. Raises NotFound for those who may not see them."""
    await require_person(actor, person_id, Scope.SEE)
    return await _read(_Whose("person_id", person_id))


async def prefer_for_person(actor: Actor, person_id: UUID, chosen: Preference) -> None:
    """Say how a person is told: themselves, who may book for them, or their council's care manager (`rules.md` 25).

    Raises NotFound, Forbidden, Invalid without an address for letters.
    """
    await require_person(actor, person_id, Scope.BOOK)
    if chosen.way is Way.LETTER and not chosen.address.strip():
        raise Invalid({"address": "Enter the address that letters go to"})
    async with db.unit_of_work():
        await _write(actor, _Whose("person_id", person_id), chosen)
        await audit.record(actor, "notices.chosen", "person", person_id, after={"way": str(chosen.way)})


def _own(actor: Actor) -> _Whose:
    """An organisation that sells or holds is told as one; everybody else is told themselves."""
    if actor.organisation_id is not None and Permission.OFFER_MANAGE in actor.permissions:
        return _Whose("organisation_id", actor.organisation_id)
    return _Whose("user_id", actor.user_id)


async def own_preference(actor: Actor) -> Preference:
    """How the actor is told about others, or a provider about itself."""
    return await _read(_own(actor))


async def prefer(actor: Actor, way: Way) -> None:
    """Say how the actor, or the provider that they manage, is told: by mail or not at all. Raises Invalid."""
    require(actor, Permission.SIGNED_IN)
    if way is Way.LETTER:
        raise Invalid({"way": "Choose e-mail or no messages"})
    whose = _own(actor)
    async with db.unit_of_work():
        await _write(actor, whose, Preference(way=way))
        await audit.record(actor, "notices.chosen", whose.column[:-3], whose.id, after={"way": str(way)})


async def _read(whose: _Whose) -> Preference:
    row = await db.fetch_one(
        f"SELECT way, nullif(print, '') AS print, address FROM notice_preference WHERE {whose.column} = $1",  # noqa: S608
        whose.id,
    )
    return msgspec.convert(row, Preference) if row else Preference()


async def _write(actor: Actor, whose: _Whose, chosen: Preference) -> None:
    await db.execute(
        f"INSERT INTO notice_preference (id, {whose.column}, way, print, address, chosen_by, chosen_at)"  # noqa: S608
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person_id, user_id, organisation_id) DO UPDATE"
        " SET way = excluded.way, print = excluded.print, address = excluded.address,"
        "     chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at",
        new_id(),
        whose.id,
        str(chosen.way),
        str(chosen.print or ""),
        chosen.address.strip(),
        actor.user_id,
        clock.now(),
    )
