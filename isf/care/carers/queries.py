"""Reads about carers. Their record is theirs and the council's: whoever acts for the person sees only who they are."""

from datetime import date
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound


class CarerOf(msgspec.Struct, frozen=True, kw_only=True):
    """A carer as a person's page tells of them."""

    link_id: UUID
    carer_id: UUID
    name: str
    relationship: str
    does: str
    starts_on: date
    ended_on: date | None
    assessed_on: date | None

    @property
    def over(self) -> bool:
        """Whether they do not look after the person any more."""
        return self.ended_on is not None and self.ended_on <= clock.today()


class LooksAfter(msgspec.Struct, frozen=True, kw_only=True):
    """A person whom a carer looks after."""

    person_id: UUID
    name: str
    relationship: str
    starts_on: date
    ended_on: date | None


class CarerAssessmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """An assessment of a carer; `joint_with` names the person whose assessment was made together with it."""

    id: UUID
    assessed_on: date
    assessor: str
    matters: str
    eligible: bool
    outcome: str
    joint_with: str
    joint_on: date | None


class CarerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A carer's own record."""

    id: UUID
    reference: str
    name: str
    phone: str
    email: str
    communication_needs: str
    matters: str
    council_id: UUID
    council_name: str
    version: int
    looks_after: list[LooksAfter]
    assessments: list[CarerAssessmentLine]


async def carers_of(actor: Actor, person_id: UUID) -> list[CarerOf]:
    """The carers of a person, those of today first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT l.id AS link_id, c.id AS carer_id, c.name, l.relationship, l.does, l.starts_on, l.ended_on,"
        "       (SELECT max(a.assessed_on) FROM carer_assessment a WHERE a.carer_id = c.id) AS assessed_on"
        "  FROM carer_link l JOIN carer c ON c.id = l.carer_id WHERE l.person_id = $1"
        " ORDER BY l.ended_on IS NOT NULL, c.name, l.id",
        person_id,
    )
    return [msgspec.convert(row, CarerOf) for row in rows]


async def carer(actor: Actor, carer_id: UUID) -> CarerRecord:
    """A carer's own record, for staff of their council and for the carer; the view is audited. Raises NotFound."""
    require(actor, Permission.PERSON_SEE)
    row = await db.fetch_one(
        "SELECT c.id, c.reference, c.name, c.phone, c.email, c.communication_needs, c.matters, c.council_id, c.version,"
        "       c.user_id, o.name AS council_name FROM carer c JOIN organisation o ON o.id = c.council_id"
        " WHERE c.id = $1",
        carer_id,
    )
    if row is None or not _may_see(actor, row):
        raise NotFound
    await record_view(actor, "carer", carer_id)
    looks_after = await db.fetch_all(
        "SELECT p.id AS person_id, p.name, l.relationship, l.starts_on, l.ended_on"
        "  FROM carer_link l JOIN person p ON p.id = l.person_id WHERE l.carer_id = $1 ORDER BY p.name, l.starts_on",
        carer_id,
    )
    assessments = await db.fetch_all(
        "SELECT a.id, a.assessed_on, a.assessor, a.matters, a.eligible, a.outcome, coalesce(p.name, '') AS joint_with,"
        "       s.assessed_on AS joint_on FROM carer_assessment a"
        "  LEFT JOIN assessment s ON s.id = a.assessment_id LEFT JOIN person p ON p.id = s.person_id"
        " WHERE a.carer_id = $1 ORDER BY a.assessed_on DESC, a.created_at DESC",
        carer_id,
    )
    return msgspec.convert({**row, "looks_after": looks_after, "assessments": assessments}, CarerRecord)


def _may_see(actor: Actor, row: db.Row) -> bool:
    if row["user_id"] is not None and row["user_id"] == actor.user_id:
        return True
    return actor.council_id == row["council_id"] and Scope.SEE in council_scopes_of(actor.roles)


async def joint_choices(actor: Actor, carer_id: UUID) -> list[tuple[UUID, str, date]]:
    """Assessments of the people whom the carer looks after, that theirs may have been made together with."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(
        "SELECT DISTINCT a.id, p.name, a.assessed_on FROM assessment a JOIN person p ON p.id = a.person_id"
        "  JOIN carer_link l ON l.person_id = p.id WHERE l.carer_id = $1 AND p.council_id = $2"
        " ORDER BY a.assessed_on DESC LIMIT 20",
        carer_id,
        actor.council_id,
    )
    return [(row["id"], row["name"], row["assessed_on"]) for row in rows]


async def carers_by_name(actor: Actor) -> list[tuple[UUID, str]]:
    """The carers whom the actor's council knows, to link one to another person."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(
        "SELECT id, name || ' (' || reference || ')' AS name FROM carer WHERE council_id = $1 ORDER BY name LIMIT 500",
        actor.council_id,
    )
    return [(row["id"], row["name"]) for row in rows]
