"""Reads about statements; each takes the actor. Whoever may see the person may see their statements."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import msgspec

from isf.rules import fund_title
from isf.statements.document import StatementDocument, StatementKind, fingerprint, thawed
from marketplace.identity.access import (
    SCOPES_SQL,
    Actor,
    check_scope,
    record_view,
    require,
    require_person,
    scopes_from,
)
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import clock, db, formats
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.routes_of_money import Route

PAGE_SIZE = 50


class StatementTouched(RuntimeError):
    """A stored statement is not what was frozen: somebody went past the database's own refusals."""


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One statement in a list; amounts in pence at its end."""

    id: UUID
    fund_id: UUID
    person_id: UUID
    person_name: str
    person_reference: str
    route: Route
    holder: str
    kind: StatementKind
    month: date
    number: int
    opening_left_pence: int
    left_pence: int
    booked_pence: int
    used_pence: int
    ahead_pence: int
    made_on: date

    @property
    def fund(self) -> str:
        """What people call the fund."""
        return fund_title(self.route, self.holder)

    @property
    def title(self) -> str:
        """`October 2026`, or that it is the last one."""
        month = formats.month(self.month)
        return month if self.kind is StatementKind.MONTHLY else f"{month}, final statement"


class MonthCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many statements there are of a month."""

    month: date
    statements: int


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a month's statements, by person."""

    items: list[StatementLine]
    page: int
    page_size: int
    total: int


_LINE = """
    SELECT s.id, s.fund_id, f.person_id, p.name AS person_name, p.reference AS person_reference, f.route,
           coalesce(o.name, u.name) AS holder, s.kind, s.month, s.number, s.opening_left_pence, s.left_pence,
           s.booked_pence, s.used_pence, s.ahead_pence, (s.made_at AT TIME ZONE 'Europe/London')::date AS made_on
"""
_FROM = """
      FROM statement s JOIN fund f ON f.id = s.fund_id JOIN person p ON p.id = f.person_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id
"""
# $1 user, $2 organisation, $3 today, $4 the council whose every person the actor sees (or null).
_VISIBLE = """
    (f.council_id = $4 OR EXISTS (
        SELECT 1 FROM authority a WHERE a.person_id = f.person_id AND (a.user_id = $1 OR a.organisation_id = $2)
           AND 'see' = ANY (a.scopes) AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)))
"""


def _viewer(actor: Actor) -> tuple[UUID, UUID | None, date, UUID | None]:
    require(actor, Permission.PERSON_SEE)
    whole_council = actor.council_id if Scope.SEE in council_scopes_of(actor.roles) else None
    return actor.user_id, actor.organisation_id, clock.today(), whole_council


async def statements_of(actor: Actor, person_id: UUID) -> list[StatementLine]:
    """A person's statements, the newest month first. Raises NotFound when they are not the actor's to see."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        f"{_LINE} {_FROM} WHERE f.person_id = $1 ORDER BY s.month DESC, f.starts_on, f.id, s.number DESC",
        person_id,
    )
    return [msgspec.convert(row, StatementLine) for row in rows]


async def statement(actor: Actor, statement_id: UUID) -> StatementDocument:
    """One statement; the view is audited. Raises NotFound, and StatementTouched for one that was tampered with."""
    require(actor, Permission.PERSON_SEE)
    row = await db.fetch_one(
        f"SELECT s.document::text AS document, s.sha256, p.council_id, ARRAY({SCOPES_SQL})::text[] AS scopes"  # noqa: S608
        "  FROM statement s JOIN fund f ON f.id = s.fund_id JOIN person p ON p.id = f.person_id WHERE s.id = $4",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        statement_id,
    )
    check_scope(scopes_from(actor, row), Scope.SEE)
    assert row is not None  # noqa: S101 - check_scope refuses None
    await record_view(actor, "statement", statement_id)
    told = thawed(row["document"])
    if fingerprint(told) != row["sha256"]:
        raise StatementTouched(f"statement {statement_id} is not what was frozen")
    return told


async def months(actor: Actor) -> list[MonthCount]:
    """The months that have statements which the actor may see, the newest first."""
    rows = await db.fetch_all(
        f"SELECT s.month, count(*) AS statements FROM statement s JOIN fund f ON f.id = s.fund_id"  # noqa: S608
        f" WHERE {_VISIBLE} GROUP BY s.month ORDER BY s.month DESC",
        *_viewer(actor),
    )
    return [msgspec.convert(row, MonthCount) for row in rows]


async def statements_in(actor: Actor, month: date, page: int = 1, page_size: int = PAGE_SIZE) -> Listing:
    """The statements of a month (its first day) that the actor may see, by the person's name."""
    rows = await db.fetch_all(
        f"{_LINE}, count(*) OVER () AS total {_FROM} WHERE {_VISIBLE} AND s.month = $5"
        " ORDER BY p.name, p.reference, s.fund_id, s.number LIMIT $6 OFFSET $7",
        *_viewer(actor),
        month,
        page_size,
        (page - 1) * page_size,
    )
    fields = StatementLine.__struct_fields__
    items = [msgspec.convert({name: row[name] for name in fields}, StatementLine) for row in rows]
    return Listing(items=items, page=page, page_size=page_size, total=rows[0]["total"] if rows else 0)


async def every_statement_in(actor: Actor, month: date, batch: int = 1000) -> AsyncIterator[StatementLine]:
    """All of them, by key, a batch in memory at a time: for the spreadsheet."""
    viewer, last = _viewer(actor), NOBODY
    while True:
        rows = await db.fetch_all(
            f"{_LINE} {_FROM} WHERE {_VISIBLE} AND s.month = $5 AND s.id > $6 ORDER BY s.id LIMIT $7",
            *viewer,
            month,
            last,
            batch,
        )
        for row in rows:
            yield msgspec.convert(row, StatementLine)
        if len(rows) < batch:
            return
        last = rows[-1]["id"]


def last_month() -> date:
    """The first day of the month that was over last."""
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
