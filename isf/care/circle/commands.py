"""The people around a person: noted, changed by one at a time, and ended rather than removed."""

from dataclasses import asdict, dataclass
from uuid import UUID

from isf.commands.own import own_person
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.versions import changed, update_version


@dataclass(frozen=True)
class CircleDraft:
    """Somebody around a person."""

    name: str
    relationship: str
    phone: str = ""
    email: str = ""
    lives_with: bool = False
    next_of_kin: bool = False
    emergency_contact: bool = False
    may_be_told: bool = False
    note: str = ""


async def add_to_circle(actor: Actor, person_id: UUID, draft: CircleDraft) -> UUID:
    """Note somebody around a person. Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid."""
    require(actor, Permission.PERSON_MANAGE)
    _check(draft)
    member_id = new_id()
    columns = asdict(draft)
    async with db.unit_of_work():
        await own_person(actor, person_id)
        names = ", ".join(columns)
        marks = ", ".join(f"${index}" for index in range(5, 5 + len(columns)))
        await db.execute(
            f"INSERT INTO circle_member (id, person_id, created_by, created_at, {names})"  # noqa: S608 - names are ours
            f" VALUES ($1, $2, $3, $4, {marks})",
            member_id,
            person_id,
            actor.user_id,
            clock.now(),
            *columns.values(),
        )
        await audit.record(actor, "circle.added", "person", person_id, after={"member": member_id})
    return member_id


async def change_in_circle(
    actor: Actor, person_id: UUID, member_id: UUID, version: int, draft: CircleDraft
) -> None:
    """Change what is noted about somebody who was at `version`. Raises NotFound, Invalid, EditedMeanwhile."""
    require(actor, Permission.PERSON_MANAGE)
    _check(draft)
    async with db.unit_of_work():
        await own_person(actor, person_id)
        await _standing(person_id, member_id)
        after = asdict(draft)
        before, _ = await update_version("circle_member", member_id, version, after)
        await audit.record(
            actor,
            "circle.changed",
            "person",
            person_id,
            after={"member": member_id, "changed": changed(before, after)},
        )


async def end_in_circle(actor: Actor, person_id: UUID, member_id: UUID) -> None:
    """They are not around the person any more, from today. Raises NotFound, StateConflict."""
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        await own_person(actor, person_id)
        if (await _standing(person_id, member_id))["ended_on"] is not None:
            raise StateConflict("They are not in the circle any more. Look at the list again.")
        await db.execute(
            "UPDATE circle_member SET ended_on = $2, version = version + 1 WHERE id = $1",
            member_id,
            clock.today(),
        )
        await audit.record(actor, "circle.ended", "person", person_id, after={"member": member_id})


def _check(draft: CircleDraft) -> None:
    wrong = {}
    if not draft.name.strip():
        wrong["name"] = "Enter their name"
    if draft.email and "@" not in draft.email:
        wrong["email"] = "Enter an e-mail address, like name@example.com"
    if draft.emergency_contact and not (draft.phone or draft.email):
        wrong["phone"] = "Enter a phone number or an e-mail: they are called in an emergency"
    if wrong:
        raise Invalid(wrong)


async def _standing(person_id: UUID, member_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT ended_on FROM circle_member WHERE id = $1 AND person_id = $2 FOR UPDATE", member_id, person_id
    )
    if row is None:
        raise NotFound
    return row
