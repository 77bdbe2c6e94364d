"""Carers: a record of their own, whom they look after, and what matters to them (row F1)."""

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from isf.commands.own import own_person
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.versions import changed, update_version

db.explain_constraint(
    "carer_link_one_at_a_time",
    Invalid({"carer": "They are linked as a carer already. You can look at the circle"}),
)


@dataclass(frozen=True)
class CarerDraft:
    """A carer's record as it is to be."""

    name: str
    phone: str = ""
    email: str = ""
    communication_needs: str = ""
    matters: str = ""


@dataclass(frozen=True, slots=True)
class CarerAssessmentDraft:
    """An assessment of a carer; `assessment_id` is the person's that it was made together with, if it was."""

    assessed_on: date
    assessor: str
    matters: str
    eligible: bool
    outcome: str
    assessment_id: UUID | None = None


async def create_carer(actor: Actor, draft: CarerDraft) -> UUID:
    """Make a carer's record in the actor's council. Needs PERSON_MANAGE. Raises Invalid."""
    require(actor, Permission.PERSON_MANAGE)
    _check(draft)
    carer_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO carer (id, council_id, reference, name, phone, email, communication_needs, matters,"
            " created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            carer_id,
            actor.council_id,
            reference("CR"),
            draft.name.strip(),
            draft.phone.strip(),
            draft.email.strip(),
            draft.communication_needs.strip(),
            draft.matters.strip(),
            actor.user_id,
            clock.now(),
        )
        await audit.record(actor, "carer.created", "carer", carer_id)
    return carer_id


async def link_carer(
    actor: Actor, person_id: UUID, carer_id: UUID, *, relationship: str, does: str, starts_on: date
) -> UUID:
    """Note that a carer looks after a person from a day on. Raises NotFound, and Invalid when that is noted already."""
    require(actor, Permission.PERSON_MANAGE)
    if starts_on > clock.today():
        raise Invalid({"starts_on": "Enter today or an earlier day"})
    link_id = new_id()
    async with db.unit_of_work():
        await own_person(actor, person_id)
        await _own_carer(actor, carer_id)
        await db.execute(
            "INSERT INTO carer_link (id, carer_id, person_id, relationship, does, starts_on, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            link_id,
            carer_id,
            person_id,
            relationship.strip(),
            does.strip(),
            starts_on,
            clock.now(),
        )
        await audit.record(actor, "carer.linked", "person", person_id, after={"carer": carer_id})
    return link_id


async def end_link(actor: Actor, person_id: UUID, link_id: UUID) -> None:
    """The carer does not look after the person any more, from today. Raises NotFound, StateConflict."""
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        await own_person(actor, person_id)
        row = await db.fetch_one(
            "SELECT carer_id, starts_on, ended_on FROM carer_link WHERE id = $1 AND person_id = $2 FOR UPDATE",
            link_id,
            person_id,
        )
        if row is None:
            raise NotFound
        if row["ended_on"] is not None:
            raise StateConflict("This has ended already. Look at the circle again.")
        await db.execute("UPDATE carer_link SET ended_on = $2 WHERE id = $1", link_id, clock.today())
        await audit.record(actor, "carer.unlinked", "person", person_id, after={"carer": row["carer_id"]})


async def change_carer(actor: Actor, carer_id: UUID, version: int, draft: CarerDraft) -> None:
    """Change a carer's record that was at `version`. Raises NotFound, Invalid, EditedMeanwhile."""
    require(actor, Permission.PERSON_MANAGE)
    _check(draft)
    async with db.unit_of_work():
        await _own_carer(actor, carer_id)
        after = {name: value.strip() for name, value in asdict(draft).items()}
        before, _ = await update_version("carer", carer_id, version, after)
        await audit.record(
            actor, "carer.changed", "carer", carer_id, after={"changed": changed(before, after)}
        )


async def assess_carer(actor: Actor, carer_id: UUID, draft: CarerAssessmentDraft) -> UUID:
    """Record a carer's assessment; a joint one only with a person whom they look after. Raises NotFound, Invalid."""
    require(actor, Permission.PERSON_MANAGE)
    wrong = {}
    if draft.assessed_on > clock.today():
        wrong["assessed_on"] = "The day of the assessment must be today or earlier"
    if not draft.assessor.strip():
        wrong["assessor"] = "Enter who made the assessment"
    if not draft.matters.strip():
        wrong["matters"] = "Enter what matters to the carer, in their words"
    assessment_id = new_id()
    async with db.unit_of_work():
        await _own_carer(actor, carer_id)
        if draft.assessment_id is not None and not await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM assessment a JOIN carer_link l ON l.person_id = a.person_id"
            " WHERE a.id = $1 AND l.carer_id = $2)",
            draft.assessment_id,
            carer_id,
        ):
            wrong["joint"] = "Choose an assessment of a person whom they look after"
        if wrong:
            raise Invalid(wrong)
        await db.execute(
            "INSERT INTO carer_assessment (id, carer_id, assessment_id, assessed_on, assessor, matters, eligible,"
            " outcome, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            assessment_id,
            carer_id,
            draft.assessment_id,
            draft.assessed_on,
            draft.assessor.strip(),
            draft.matters.strip(),
            draft.eligible,
            draft.outcome.strip(),
            actor.user_id,
            clock.now(),
        )
        await audit.record(actor, "carer.assessed", "carer", carer_id, after={"assessment": assessment_id})
    return assessment_id


def _check(draft: CarerDraft) -> None:
    wrong = {}
    if not draft.name.strip():
        wrong["name"] = "Enter the carer’s name"
    if draft.email and "@" not in draft.email:
        wrong["email"] = "Enter an e-mail address, like name@example.com"
    if wrong:
        raise Invalid(wrong)


async def _own_carer(actor: Actor, carer_id: UUID) -> None:
    """The carer's record, locked, is the actor's own council's. Raises NotFound."""
    if not await db.fetch_value(
        "SELECT true FROM carer WHERE id = $1 AND council_id = $2 FOR NO KEY UPDATE",
        carer_id,
        actor.council_id,
    ):
        raise NotFound
