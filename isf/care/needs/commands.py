"""Assessments of a person, the needs they found, and what the person wants (rows F1, SP1)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.care.rules import NeedArea
from isf.commands.own import own_person
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class AssessmentDraft:
    """An assessment to be: when, by whom, and what it says in short."""

    assessed_on: date
    assessor: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class NeedDraft:
    """A need that an assessment found; `eligible` says whether the council has to meet it."""

    assessment_id: UUID
    area: NeedArea
    title: str
    eligible: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeDraft:
    """What the person wants, in their words, and the need it answers, if any."""

    words: str
    need_id: UUID | None = None


async def record_assessment(actor: Actor, person_id: UUID, draft: AssessmentDraft) -> UUID:
    """Record an assessment that took place. Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid."""
    require(actor, Permission.PERSON_MANAGE)
    wrong = {}
    if draft.assessed_on > clock.today():
        wrong["assessed_on"] = "The day of the assessment must be today or earlier"
    if not draft.assessor.strip():
        wrong["assessor"] = "Enter who made the assessment"
    if wrong:
        raise Invalid(wrong)
    assessment_id = new_id()
    async with db.unit_of_work():
        await own_person(actor, person_id)
        await db.execute(
            "INSERT INTO assessment (id, person_id, assessed_on, assessor, summary, created_by, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            assessment_id,
            person_id,
            draft.assessed_on,
            draft.assessor.strip(),
            draft.summary.strip(),
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor, "assessment.recorded", "person", person_id, after={"assessment": assessment_id}
        )
    return assessment_id


async def add_need(actor: Actor, person_id: UUID, draft: NeedDraft) -> UUID:
    """Record a need that an assessment of the person found. Raises NotFound, Invalid."""
    require(actor, Permission.PERSON_MANAGE)
    if not draft.title.strip():
        raise Invalid({"title": "Enter the need in a few words, such as: help to cook safely"})
    need_id = new_id()
    async with db.unit_of_work():
        await own_person(actor, person_id)
        if not await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM assessment WHERE id = $1 AND person_id = $2)",
            draft.assessment_id,
            person_id,
        ):
            raise Invalid({"assessment": "Choose the assessment that found the need"})
        await db.execute(
            "INSERT INTO need (id, assessment_id, person_id, area, title, detail, eligible, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            need_id,
            draft.assessment_id,
            person_id,
            str(draft.area),
            draft.title.strip(),
            draft.detail.strip(),
            draft.eligible,
            clock.now(),
        )
        await audit.record(actor, "need.recorded", "person", person_id, after={"need": need_id})
    return need_id


async def add_outcome(actor: Actor, person_id: UUID, draft: OutcomeDraft) -> UUID:
    """Record what the person wants. Raises NotFound, Invalid."""
    require(actor, Permission.PERSON_MANAGE)
    if not draft.words.strip():
        raise Invalid({"words": "Enter what the person wants, in their words"})
    outcome_id = new_id()
    async with db.unit_of_work():
        await own_person(actor, person_id)
        if draft.need_id is not None and not await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM need WHERE id = $1 AND person_id = $2)", draft.need_id, person_id
        ):
            raise Invalid({"need": "Choose one of the person’s needs, or none"})
        await db.execute(
            "INSERT INTO outcome (id, person_id, need_id, words, created_at) VALUES ($1, $2, $3, $4, $5)",
            outcome_id,
            person_id,
            draft.need_id,
            draft.words.strip(),
            clock.now(),
        )
        await audit.record(actor, "outcome.recorded", "person", person_id, after={"outcome": outcome_id})
    return outcome_id


async def end_need(actor: Actor, person_id: UUID, need_id: UUID) -> None:
    """The need does not hold any more, from today. Raises NotFound, StateConflict."""
    await _end(actor, "need", person_id, need_id)


async def end_outcome(actor: Actor, person_id: UUID, outcome_id: UUID) -> None:
    """The person does not want this any more, or has it, from today. Raises NotFound, StateConflict."""
    await _end(actor, "outcome", person_id, outcome_id)


async def _end(actor: Actor, table: str, person_id: UUID, subject_id: UUID) -> None:
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        await own_person(actor, person_id)
        row = await db.fetch_one(
            f'SELECT ended_on FROM "{table}" WHERE id = $1 AND person_id = $2 FOR UPDATE',  # noqa: S608 - ours
            subject_id,
            person_id,
        )
        if row is None:
            raise NotFound
        if row["ended_on"] is not None:
            raise StateConflict("This has ended already. Look at the list again.")
        await db.execute(
            f'UPDATE "{table}" SET ended_on = $2 WHERE id = $1',  # noqa: S608 - names are ours
            subject_id,
            clock.today(),
        )
        await audit.record(actor, f"{table}.ended", "person", person_id, after={table: subject_id})
