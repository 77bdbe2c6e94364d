"""How to communicate with a person: recorded, looked at again, never lost (`rules.md` 25)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.care.rules import CommunicationKind, Identified, Met
from isf.commands.own import own_person
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.versions import update_version


@dataclass(frozen=True, slots=True)
class CommunicationDraft:
    """A communication need to be. `consent_on` is when the person agreed that providers are told."""

    kind: CommunicationKind
    words: str
    identified: Identified
    shared: bool
    consent_on: date | None
    met: Met
    review_on: date | None


@dataclass(frozen=True, slots=True)
class CommunicationLook:
    """What was found when a communication need was looked at again."""

    words: str
    shared: bool
    consent_on: date | None
    met: Met
    still_needed: bool
    note: str
    review_on: date | None


async def record_communication(actor: Actor, person_id: UUID, draft: CommunicationDraft) -> UUID:
    """Record a communication need. Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid."""
    require(actor, Permission.PERSON_MANAGE)
    _check(draft)
    need_id = new_id()
    async with db.unit_of_work():
        await own_person(actor, person_id)
        await db.execute(
            "INSERT INTO communication_need (id, person_id, kind, words, identified, shared, consent_on, met,"
            " review_on, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            need_id,
            person_id,
            str(draft.kind),
            draft.words.strip(),
            str(draft.identified),
            draft.shared,
            draft.consent_on,
            str(draft.met),
            draft.review_on,
            actor.user_id,
            clock.now(),
        )
        await _keep_summary(person_id)
        await audit.record(actor, "communication.recorded", "person", person_id, after={"need": need_id})
    return need_id


async def look_again(
    actor: Actor, person_id: UUID, need_id: UUID, version: int, look: CommunicationLook
) -> None:
    """Note a look at a need that was at `version`; what it said before is kept.

    Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid, StateConflict for one that has ended, and
    EditedMeanwhile when somebody else was quicker.
    """
    require(actor, Permission.PERSON_MANAGE)
    _check(look)
    today = clock.today()
    after = {
        "words": look.words.strip(),
        "shared": look.shared,
        "consent_on": look.consent_on,
        "met": str(look.met),
        "review_on": look.review_on if look.still_needed else None,
        "ended_on": None if look.still_needed else today,
    }
    async with db.unit_of_work():
        await own_person(actor, person_id)
        standing = await db.fetch_one(
            "SELECT ended_on FROM communication_need WHERE id = $1 AND person_id = $2", need_id, person_id
        )
        if standing is None:
            raise NotFound
        if standing["ended_on"] is not None:
            raise StateConflict("This need has ended. You can record it again.")
        before, _ = await update_version("communication_need", need_id, version, after)
        await db.execute(
            "INSERT INTO communication_review (id, need_id, words, shared, met, still_needed, note, reviewed_by,"
            " reviewed_on, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            new_id(),
            need_id,
            before["words"],
            before["shared"],
            before["met"],
            look.still_needed,
            look.note.strip(),
            actor.user_id,
            today,
            clock.now(),
        )
        await _keep_summary(person_id)
        await audit.record(
            actor,
            "communication.reviewed",
            "person",
            person_id,
            after={"need": need_id, "still_needed": look.still_needed},
        )


def _check(draft: CommunicationDraft | CommunicationLook) -> None:
    wrong = {}
    today = clock.today()
    if not draft.words.strip():
        wrong["words"] = "Enter what to do, such as: large print, 16 point"
    if draft.shared and draft.consent_on is None:
        wrong["consent_on"] = "Enter the day on which the person agreed that providers are told"
    if draft.consent_on is not None and draft.consent_on > today:
        wrong["consent_on"] = "The day of the agreement must be today or earlier"
    if draft.review_on is not None and draft.review_on <= today:
        wrong["review_on"] = "The day to look again must be after today"
    if wrong:
        raise Invalid(wrong)


async def _keep_summary(person_id: UUID) -> None:
    """The words at the top of every page about the person are those of the needs that hold."""
    await db.execute(
        "UPDATE person SET communication_needs = coalesce((SELECT string_agg(words, '; ' ORDER BY recorded_at, id)"
        "  FROM communication_need WHERE person_id = $1 AND ended_on IS NULL), '') WHERE id = $1",
        person_id,
    )
