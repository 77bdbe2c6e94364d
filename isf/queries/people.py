"""Reads about people and about who may act for them."""

from datetime import date
from uuid import UUID

import msgspec

from isf.rules import last_day
from marketplace.identity.access import (
    SCOPES_SQL,
    Actor,
    check_scope,
    record_view,
    require,
    scopes_from,
)
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import clock, db

PAGE_SIZE = 25


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a list, with the money of the funds that run today, in pence."""

    id: UUID
    reference: str
    name: str
    communication_needs: str
    prefers_easy_read: bool
    available_pence: int
    committed_pence: int
    payable_pence: int
    paid_pence: int
    funds: int
    ends_on: date | None
    """The first day on which one of those funds is over."""

    @property
    def last_day(self) -> date | None:
        """The last day on which all of them can be used."""
        return last_day(self.ends_on) if self.ends_on else None


class People(msgspec.Struct, frozen=True, kw_only=True):
    """One page of people."""

    items: list[PersonLine]
    page: int
    page_size: int
    total: int


class PersonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A person's record, with what the actor may do for them."""

    id: UUID
    reference: str
    name: str
    preferred_name: str
    born_on: date | None
    postcode: str
    communication_needs: str
    prefers_easy_read: bool
    council_id: UUID
    council_name: str
    user_email: str
    version: int
    scopes: frozenset[Scope]

    @property
    def called(self) -> str:
        """What to call the person on a page."""
        return self.preferred_name or self.name


# $1 user, $2 organisation, $3 today, $4 the council whose every person the actor sees (or null).
_VISIBLE = """
    (p.council_id = $4 OR EXISTS (
        SELECT 1 FROM authority a WHERE a.person_id = p.id AND (a.user_id = $1 OR a.organisation_id = $2)
           AND 'see' = ANY (a.scopes) AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)))
"""
_PEOPLE = f"""
    SELECT p.id, p.reference, p.name, p.communication_needs, p.prefers_easy_read, count(*) OVER () AS total,
           coalesce(m.available, 0) AS available_pence, coalesce(m.committed, 0) AS committed_pence,
           coalesce(m.payable, 0) AS payable_pence, coalesce(m.paid, 0) AS paid_pence,
           coalesce(m.funds, 0) AS funds, m.ends_on
      FROM person p
      LEFT JOIN LATERAL (
          SELECT count(DISTINCT f.id) AS funds, min(f.ends_on) AS ends_on,
                 (sum(a.balance_pence) FILTER (WHERE a.kind = 'available'))::bigint AS available,
                 (sum(a.balance_pence) FILTER (WHERE a.kind = 'committed'))::bigint AS committed,
                 (sum(a.balance_pence) FILTER (WHERE a.kind = 'payable'))::bigint AS payable,
                 (sum(a.balance_pence) FILTER (WHERE a.kind = 'paid'))::bigint AS paid
            FROM fund f JOIN account a ON a.fund_id = f.id
           WHERE f.person_id = p.id AND f.state = 'open' AND f.starts_on <= $3 AND f.ends_on > $3) m ON true
     WHERE {_VISIBLE} AND ($5 = '' OR p.name ILIKE $6 OR p.preferred_name ILIKE $6 OR p.reference ILIKE $6)
     ORDER BY p.name, p.reference LIMIT $7 OFFSET $8
"""  # noqa: S608


async def people_of(actor: Actor, search: str = "", page: int = 1, page_size: int = PAGE_SIZE) -> People:
    """Everyone the actor may see today, by name: by an authority, or as staff of the person's council.

    `search` is part of a name or of a reference.
    """
    require(actor, Permission.PERSON_SEE)
    whole_council = actor.council_id if Scope.SEE in council_scopes_of(actor.roles) else None
    wanted = search.strip()
    pattern = "%" + wanted.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    rows = await db.fetch_all(
        _PEOPLE,
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        whole_council,
        wanted,
        pattern,
        page_size,
        (page - 1) * page_size,
    )
    items = [
        msgspec.convert({name: row[name] for name in PersonLine.__struct_fields__}, PersonLine)
        for row in rows
    ]
    return People(items=items, page=page, page_size=page_size, total=rows[0]["total"] if rows else 0)


async def person(actor: Actor, person_id: UUID) -> PersonRecord:
    """A person's record; the view is audited. Raises NotFound when they are not the actor's to see."""
    require(actor, Permission.PERSON_SEE)
    row = await db.fetch_one(
        f"""SELECT p.id, p.reference, p.name, p.preferred_name, p.born_on, p.postcode, p.communication_needs,
                   p.prefers_easy_read, p.council_id, p.version, o.name AS council_name,
                   coalesce(u.email, '') AS user_email,
                   ARRAY({SCOPES_SQL})::text[] AS scopes
              FROM person p JOIN organisation o ON o.id = p.council_id LEFT JOIN app_user u ON u.id = p.user_id
             WHERE p.id = $4""",  # noqa: S608
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        person_id,
    )
    scopes = scopes_from(actor, row)
    check_scope(scopes, Scope.SEE)
    assert row is not None  # noqa: S101 - check_scope refuses None
    await record_view(actor, "person", person_id)
    return msgspec.convert({**row, "scopes": scopes}, PersonRecord)
