"""Reads about reported changes."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.budgets.reports.rules import ReportState
from isf.todo import Todo
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A reported change as it stands; `budget_id` is the version that came of it."""

    id: UUID
    person_id: UUID
    person_name: str
    what: str
    since: date | None
    meaning: str
    state: ReportState
    reported_by: str
    reported_at: datetime
    opened_by: str | None
    answer: str
    answered_by: str | None
    answered_at: datetime | None
    budget_id: UUID | None
    read_at: datetime | None


_REPORTS = """
    SELECT r.id, r.person_id, p.name AS person_name, r.what, r.since, r.meaning, r.state, u.name AS reported_by,
           r.reported_at, o.name AS opened_by, r.answer, a.name AS answered_by, r.answered_at, r.budget_id, r.read_at
      FROM reported_change r JOIN person p ON p.id = r.person_id JOIN app_user u ON u.id = r.reported_by
      LEFT JOIN app_user o ON o.id = r.opened_by LEFT JOIN app_user a ON a.id = r.answered_by
"""


async def reports_of(actor: Actor, person_id: UUID) -> list[Report]:
    """What was reported about a person, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        _REPORTS + " WHERE r.person_id = $1 ORDER BY r.reported_at DESC LIMIT 50", person_id
    )
    return [msgspec.convert(row, Report) for row in rows]


async def waiting_reports(actor: Actor, states: frozenset[ReportState]) -> list[Report]:
    """Reports about people of the actor's council in some states, the oldest first. Raises Forbidden."""
    require(actor, Permission.PERSON_MANAGE)
    if Scope.SEE not in council_scopes_of(actor.roles):
        return []
    rows = await db.fetch_all(
        _REPORTS + " WHERE p.council_id = $1 AND r.state = ANY ($2::text[]) ORDER BY r.reported_at LIMIT 200",
        actor.council_id,
        [str(state) for state in states],
    )
    return [msgspec.convert(row, Report) for row in rows]


async def report(actor: Actor, report_id: UUID) -> Report:
    """One report, for those who may see the person; the view is audited. Raises NotFound."""
    row = await db.fetch_one(_REPORTS + " WHERE r.id = $1", report_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    await record_view(actor, "reported_change", report_id)
    return msgspec.convert(row, Report)


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """What the person has to do about it: to read an answer that nobody on their side has read."""
    await require_person(actor, person_id, Scope.SEE)
    unread: int = await db.fetch_value(
        "SELECT count(*) FROM reported_change WHERE person_id = $1 AND answered_at IS NOT NULL AND read_at IS NULL",
        person_id,
    )
    return [Todo("Read what the council answered", f"/people/{person_id}/change")] if unread else []
