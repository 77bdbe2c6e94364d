"""People's records: made, and changed by one at a time (rows F1, A3)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.commands.authorities import end_authority, write_self_authority
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import AuthorityKind, Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.versions import changed, update_version


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A person to be. `communication_needs` in words (Accessible Information Standard, `rules.md` 25).

    `needs_shared_on` is the day on which they agreed that providers are told of those.
    """

    name: str
    preferred_name: str = ""
    born_on: date | None = None
    postcode: str = ""
    communication_needs: str = ""
    prefers_easy_read: bool = False
    user_id: UUID | None = None
    needs_shared_on: date | None = None


@dataclass(frozen=True, slots=True)
class PersonChange:
    """A person's record as it is to be. The user is who signs in as the person, if anybody does."""

    name: str
    preferred_name: str
    born_on: date | None
    postcode: str
    prefers_easy_read: bool
    user_id: UUID | None


async def create_person(actor: Actor, draft: PersonDraft) -> UUID:
    """A person of the actor's own council; a linked user may act for themselves from today.

    Needs PERSON_MANAGE for a council. Raises Invalid without a name or with a day of birth to come.
    """
    require(actor, Permission.PERSON_MANAGE)
    _check(draft)
    person_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO person (id, council_id, user_id, reference, name, preferred_name, born_on, postcode,"
            " communication_needs, prefers_easy_read) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            person_id,
            actor.council_id,
            draft.user_id,
            reference("PN"),
            draft.name.strip(),
            draft.preferred_name.strip(),
            draft.born_on,
            draft.postcode.strip().upper(),
            draft.communication_needs.strip(),
            draft.prefers_easy_read,
        )
        if draft.communication_needs.strip():
            await db.execute(
                "INSERT INTO communication_need (id, person_id, kind, words, identified, recorded_by, recorded_at,"
                " shared, consent_on) VALUES ($1, $2, 'other', $3, 'asked', $4, $5, $6, $7)",
                new_id(),
                person_id,
                draft.communication_needs.strip(),
                actor.user_id,
                clock.now(),
                draft.needs_shared_on is not None,
                draft.needs_shared_on,
            )
        await audit.record(actor, "person.created", "person", person_id, after={"council": actor.council_id})
        if draft.user_id is not None:
            await write_self_authority(
                actor, person_id, draft.user_id, evidence="Linked when the record was made"
            )
    return person_id


def _check(draft: PersonDraft | PersonChange) -> None:
    wrong = {}
    if not draft.name.strip():
        wrong["name"] = "Enter the person’s name"
    if draft.born_on is not None and draft.born_on > clock.today():
        wrong["born_on"] = "The date of birth must be in the past"
    if wrong:
        raise Invalid(wrong)


async def change_person(actor: Actor, person_id: UUID, version: int, change: PersonChange) -> int:
    """Change the record that was at `version` when the actor began; answers the new version.

    A user who is not linked any more stops acting as the person at once, and the new one begins. Needs PERSON_MANAGE in
    the person's council. Raises NotFound, Invalid, and EditedMeanwhile when somebody else was quicker.
    """
    require(actor, Permission.PERSON_MANAGE)
    _check(change)
    after = {
        "name": change.name.strip(),
        "preferred_name": change.preferred_name.strip(),
        "born_on": change.born_on,
        "postcode": change.postcode.strip().upper(),
        "prefers_easy_read": change.prefers_easy_read,
        "user_id": change.user_id,
    }
    async with db.unit_of_work():
        if not await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM person WHERE id = $1 AND council_id = $2)",
            person_id,
            actor.council_id,
        ):
            raise NotFound
        before, newest = await update_version("person", person_id, version, after)
        if before["user_id"] != change.user_id:
            await _change_user(actor, person_id, before["user_id"], change.user_id)
        await audit.record(
            actor, "person.changed", "person", person_id, after={"changed": changed(before, after)}
        )
    return newest


async def _change_user(actor: Actor, person_id: UUID, before: UUID | None, after: UUID | None) -> None:
    """The one who signed in as the person stops, at once; the one who does now begins."""
    if before is not None:
        standing = await db.fetch_all(
            "SELECT id FROM authority WHERE person_id = $1 AND user_id = $2 AND kind = $3"
            " AND (ends_on IS NULL OR ends_on > $4)",
            person_id,
            before,
            str(AuthorityKind.SELF),
            clock.today(),
        )
        for authority in standing:
            await end_authority(
                actor, authority["id"], clock.today(), because="Does not sign in as the person any more"
            )
    if after is not None:
        await write_self_authority(actor, person_id, after, evidence="Linked on the record")
