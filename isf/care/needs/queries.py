"""Reads about what a person needs and wants. The plain ones leave it to the caller to ask who may see the person."""

from datetime import date
from uuid import UUID

import msgspec

from isf.care.rules import NeedArea
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db


class NeedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A need as the assessment `assessed_on` found it."""

    id: UUID
    assessment_id: UUID
    area: NeedArea
    title: str
    detail: str
    eligible: bool
    assessed_on: date
    ended_on: date | None


class OutcomeLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the person wants, in their words, and the need it answers, if any."""

    id: UUID
    need_id: UUID | None
    need_title: str
    words: str
    ended_on: date | None


class AssessmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """An assessment; `joint_with` names the carer whose assessment was made together with it."""

    id: UUID
    assessed_on: date
    assessor: str
    summary: str
    joint_with: str
    needs: int


async def needs_of(person_id: UUID, on: date | None = None) -> list[NeedLine]:
    """The needs that hold on a day (today by default), eligible ones first."""
    rows = await db.fetch_all(
        "SELECT n.id, n.assessment_id, n.area, n.title, n.detail, n.eligible, a.assessed_on, n.ended_on"
        "  FROM need n JOIN assessment a ON a.id = n.assessment_id"
        " WHERE n.person_id = $1 AND a.assessed_on <= $2 AND (n.ended_on IS NULL OR n.ended_on > $2)"
        " ORDER BY n.eligible DESC, a.assessed_on DESC, n.created_at, n.id",
        person_id,
        on or clock.today(),
    )
    return [msgspec.convert(row, NeedLine) for row in rows]


async def outcomes_of(person_id: UUID, on: date | None = None) -> list[OutcomeLine]:
    """The outcomes that the person wants on a day (today by default)."""
    rows = await db.fetch_all(
        "SELECT o.id, o.need_id, coalesce(n.title, '') AS need_title, o.words, o.ended_on"
        "  FROM outcome o LEFT JOIN need n ON n.id = o.need_id"
        " WHERE o.person_id = $1 AND (o.ended_on IS NULL OR o.ended_on > $2) ORDER BY o.created_at, o.id",
        person_id,
        on or clock.today(),
    )
    return [msgspec.convert(row, OutcomeLine) for row in rows]


async def assessments_of(actor: Actor, person_id: UUID) -> list[AssessmentLine]:
    """Every assessment of a person, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT a.id, a.assessed_on, a.assessor, a.summary,"
        "       coalesce((SELECT string_agg(c.name, ', ' ORDER BY c.name) FROM carer_assessment ca"
        "                   JOIN carer c ON c.id = ca.carer_id WHERE ca.assessment_id = a.id), '') AS joint_with,"
        "       (SELECT count(*) FROM need n WHERE n.assessment_id = a.id) AS needs"
        "  FROM assessment a WHERE a.person_id = $1 ORDER BY a.assessed_on DESC, a.created_at DESC",
        person_id,
    )
    return [msgspec.convert(row, AssessmentLine) for row in rows]
