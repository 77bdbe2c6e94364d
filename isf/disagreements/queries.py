"""Reads about disagreements; the newest first, what is late on top for the council."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.disagreements.rules import (
    FOR_THE_COUNCIL,
    FOR_THE_PERSON,
    DisagreementState,
    Outcome,
    is_late,
    may_escalate,
)
from isf.todo import Todo
from marketplace.identity.access import (
    SCOPES_SQL,
    Actor,
    check_scope,
    record_view,
    require,
    require_person,
    scopes_from,
)
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db


class DisagreementLine(msgspec.Struct, frozen=True, kw_only=True):
    """A disagreement with what was said on each step; `enough_pence` is what the person says would be enough."""

    id: UUID
    reference: str
    person_id: UUID
    person_name: str
    budget_id: UUID
    budget_pence: int
    state: DisagreementState
    words: str
    enough_pence: int | None
    raised_by_name: str
    raised_at: datetime
    answer_due_on: date
    answer: str
    outcome: Outcome | None
    answered_by: UUID | None
    answered_by_name: str
    answered_at: datetime | None
    escalation: str
    escalated_at: datetime | None
    decision: str
    decided_by_name: str
    decided_at: datetime | None
    raised_by: UUID
    scopes: frozenset[Scope] = frozenset()

    @property
    def late(self) -> bool:
        """Whether the council has let the day pass."""
        return is_late(self.state, self.answer_due_on, clock.today())

    @property
    def may_escalate(self) -> bool:
        """Whether the person can ask for somebody else now."""
        return may_escalate(self.state, self.answer_due_on, clock.today())


_SELECT = """
    SELECT d.id, d.reference, d.person_id, p.name AS person_name, p.council_id, d.budget_id,
           b.council_share_pence + b.contribution_pence AS budget_pence, d.state, d.words, d.enough_pence, d.raised_by,
           r.name AS raised_by_name, d.raised_at, d.answer_due_on, d.answer, nullif(d.outcome, '') AS outcome,
           d.answered_by, coalesce(a.name, '') AS answered_by_name, d.answered_at, d.escalation, d.escalated_at,
           d.decision, coalesce(c.name, '') AS decided_by_name, d.decided_at
"""
_FROM = """
      FROM disagreement d JOIN person p ON p.id = d.person_id JOIN personal_budget b ON b.id = d.budget_id
      JOIN app_user r ON r.id = d.raised_by LEFT JOIN app_user a ON a.id = d.answered_by
      LEFT JOIN app_user c ON c.id = d.decided_by
"""


def _line(row: db.Row, scopes: frozenset[Scope] = frozenset()) -> DisagreementLine:
    names = [name for name in DisagreementLine.__struct_fields__ if name != "scopes"]
    return msgspec.convert({**{name: row[name] for name in names}, "scopes": scopes}, DisagreementLine)


async def disagreement(actor: Actor, disagreement_id: UUID) -> DisagreementLine:
    """One disagreement; the view is audited. Raises NotFound when its person is not the actor's to see."""
    require(actor, Permission.PERSON_SEE)
    row = await db.fetch_one(
        f"{_SELECT}, ARRAY({SCOPES_SQL})::text[] AS scopes {_FROM} WHERE d.id = $4",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        disagreement_id,
    )
    scopes = scopes_from(actor, row)
    check_scope(scopes, Scope.SEE)
    assert row is not None  # noqa: S101 - check_scope refuses None
    await record_view(actor, "disagreement", disagreement_id)
    return _line(row, scopes)


async def disagreements_of(actor: Actor, person_id: UUID) -> list[DisagreementLine]:
    """A person's disagreements, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(f"{_SELECT}{_FROM} WHERE d.person_id = $1 ORDER BY d.raised_at DESC", person_id)
    return [_line(row) for row in rows]


async def disagreements_to_answer(actor: Actor) -> list[DisagreementLine]:
    """What the actor's council has to answer, what is due first on top. Needs PERSON_MANAGE."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(
        f"{_SELECT}{_FROM} WHERE p.council_id = $1 AND d.state = ANY ($2::text[])"
        " ORDER BY d.answer_due_on, d.raised_at",
        actor.council_id,
        [str(state) for state in FOR_THE_COUNCIL],
    )
    return [_line(row) for row in rows]


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """An answer that waits for the person to say whether they agree."""
    return [
        Todo("Read what the council says about the amount", f"/disagreements/{line.id}")
        for line in await disagreements_of(actor, person_id)
        if line.state in FOR_THE_PERSON
    ]
