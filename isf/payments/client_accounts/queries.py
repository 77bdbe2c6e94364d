"""Client accounts as the holder, the commissioner and finance see them: to the penny, and fund by fund."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.parameters import Parameter, parameters
from isf.payments.client_accounts.commands import FUNDS_HELD, holder_of
from isf.payments.client_accounts.rules import (
    Fence,
    Part,
    Tally,
    fence,
    fence_words,
    part_words,
    undeclared_words,
)
from marketplace.identity.access import SCOPES_SQL, Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money


class FundPart(msgspec.Struct, frozen=True, kw_only=True):
    """One fund in a client account, in pence. The name only for those who may see the person."""

    fund_id: UUID
    council_id: UUID
    person_reference: str
    person_name: str
    books_pence: int
    declared_pence: int | None
    words: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A declared balance against the books of its day, in pence. `parts` are those funds that the reader may know."""

    id: UUID
    organisation_id: UUID
    holder: str
    day: date
    declared_pence: int
    books_pence: int
    other_books_pence: int
    """Of the funds that are another council's."""

    difference_pence: int
    state: Fence
    words: list[str]
    note: str
    declared_by: str
    declared_at: datetime
    checked_at: datetime
    parts: list[FundPart]


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A holder of a council's funds, with its newest check; all None while it never declared."""

    organisation_id: UUID
    holder: str
    funds: int
    state: Fence
    check_id: UUID | None
    day: date | None
    declared_pence: int | None
    books_pence: int | None
    difference_pence: int | None
    days_ago: int | None
    overdue: str
    """What to say when no balance was declared for too long; else nothing."""


_COUNTS = """
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE q.books_pence < 0) AS overdrawn,
                               count(*) FILTER (WHERE q.declared_pence <> q.books_pence) AS differing
                          FROM ring_fence_check_fund q WHERE q.check_id = k.id) q
"""

_CHECKS = f"""
    SELECT k.id, d.organisation_id, o.name AS holder, d.day, k.declared_pence, k.books_pence, d.note,
           u.name AS declared_by, d.declared_at, k.checked_at, q.overdrawn, q.differing, d.id AS declaration_id
      FROM ring_fence_check k JOIN client_account_declaration d ON d.id = k.declaration_id {_COUNTS}
      JOIN organisation o ON o.id = d.organisation_id JOIN app_user u ON u.id = d.declared_by
"""  # noqa: S608

# $1 user, $2 organisation, $3 today (as SCOPES_SQL), $4 check, $5 the council whose staff may see its people, or null.
_PARTS = f"""
    SELECT c.fund_id, f.council_id, p.reference AS person_reference, c.books_pence, c.declared_pence,
           CASE WHEN $5::uuid = f.council_id OR EXISTS ({SCOPES_SQL}) THEN p.name ELSE '' END AS person_name
      FROM ring_fence_check_fund c JOIN fund f ON f.id = c.fund_id JOIN person p ON p.id = f.person_id
     WHERE c.check_id = $4
     ORDER BY (c.books_pence < 0) DESC, coalesce(c.declared_pence <> c.books_pence, false) DESC, p.reference
"""  # noqa: S608


async def held_on(actor: Actor, day: date) -> list[FundPart]:
    """The funds in the actor's client account with what the books say lies there at the end of a day."""
    rows = await db.fetch_all(
        f"SELECT h.fund_id, h.council_id, p.reference AS person_reference, h.books_pence,"  # noqa: S608
        f"       CASE WHEN EXISTS ({_shifted_scopes()}) THEN p.name ELSE '' END AS person_name"
        f"  FROM ({FUNDS_HELD}) h JOIN person p ON p.id = h.person_id ORDER BY p.name, p.reference",
        holder_of(actor),
        day,
        actor.user_id,
        actor.organisation_id,
        clock.today(),
    )
    return [
        FundPart(**row, declared_pence=None, words=part_words(Part(Money(row["books_pence"]))))
        for row in rows
    ]


def _shifted_scopes() -> str:
    """SCOPES_SQL behind two other parameters."""
    return SCOPES_SQL.replace("$3", "$5").replace("$2", "$4").replace("$1", "$3")


async def newest_check(actor: Actor) -> Check | None:
    """How the actor's own client account stands; None before the first declaration."""
    row = await db.fetch_one(
        _CHECKS
        + " WHERE d.organisation_id = $1 ORDER BY d.day DESC, d.declared_at DESC, k.checked_at DESC LIMIT 1",
        holder_of(actor),
    )
    return None if row is None else await _check(actor, row)


async def check(actor: Actor, check_id: UUID) -> Check:
    """One check: the holder's own, or that of a holder of the council's funds. Raises NotFound."""
    if Permission.COUNCIL_WATCH in actor.permissions and actor.council_id is not None:
        mine = "EXISTS (SELECT 1 FROM fund f WHERE f.holder_organisation_id = d.organisation_id AND f.council_id = $2)"
        owner: UUID | None = actor.council_id
    else:
        mine, owner = "d.organisation_id = $2", holder_of(actor)
    row = await db.fetch_one(_CHECKS + f" WHERE k.id = $1 AND {mine}", check_id, owner)  # noqa: S608
    if row is None:
        raise NotFound
    return await _check(actor, row)


async def _check(actor: Actor, row: db.Row) -> Check:
    council = actor.council_id
    rows = await db.fetch_all(
        _PARTS, actor.user_id, actor.organisation_id, clock.today(), row["id"],
        council if Permission.PERSON_SEE in actor.permissions else None,
    )  # fmt: skip
    own = [each for each in rows if council is None or each["council_id"] == council]
    parts = [FundPart(**each, words=part_words(_part(each))) for each in own]
    others = sum(each["books_pence"] for each in rows) - sum(each["books_pence"] for each in own)
    return _told(row, parts, others)


def _told(row: db.Row, parts: list[FundPart], other_books_pence: int) -> Check:
    standing = _tally(row)
    state = fence(standing)
    shown = {name: value for name, value in row.items() if name in Check.__struct_fields__}
    return Check(
        **shown,
        other_books_pence=other_books_pence,
        difference_pence=standing.difference.pence,
        state=state,
        words=fence_words(state, standing.difference),
        parts=parts,
    )


def _tally(row: db.Row) -> Tally:
    return Tally(Money(row["declared_pence"]), Money(row["books_pence"]), row["overdrawn"], row["differing"])


def _part(row: db.Row) -> Part:
    told = row["declared_pence"]
    return Part(Money(row["books_pence"]), None if told is None else Money(told))


async def history(actor: Actor, most: int = 12) -> list[Check]:
    """The actor's own declarations, the newest first, each with its newest check; without the funds."""
    rows = await db.fetch_all(
        f"SELECT * FROM (SELECT DISTINCT ON (x.declaration_id) x.* FROM ({_CHECKS} WHERE d.organisation_id = $1) x"  # noqa: S608
        "                 ORDER BY x.declaration_id, x.checked_at DESC) y"
        " ORDER BY y.day DESC, y.declared_at DESC LIMIT $2",
        holder_of(actor),
        most,
    )
    return [_told(row, [], 0) for row in rows]


# Each holder of a council's ISF money ($1), with its newest check; $2 is today.
_HOLDERS = f"""
    SELECT h.organisation_id, o.name AS holder, h.funds, k.id AS check_id, k.day, k.declared_pence, k.books_pence,
           $2::date - k.day AS days_ago, k.overdrawn, k.differing
      FROM (SELECT f.holder_organisation_id AS organisation_id, count(*) FILTER (WHERE f.state = 'open') AS funds
              FROM fund f WHERE f.council_id = $1 AND f.route = 'isf' AND f.starts_on <= $2 GROUP BY 1) h
      JOIN organisation o ON o.id = h.organisation_id
      LEFT JOIN LATERAL (
          SELECT k.id, d.day, k.declared_pence, k.books_pence, q.overdrawn, q.differing
            FROM client_account_declaration d JOIN ring_fence_check k ON k.declaration_id = d.id {_COUNTS}
           WHERE d.organisation_id = h.organisation_id
           ORDER BY d.day DESC, d.declared_at DESC, k.checked_at DESC LIMIT 1) k ON true
     ORDER BY o.name
"""  # noqa: S608


async def holders(actor: Actor) -> list[Holder]:
    """Every holder of the council's ISF money and how its client account stands; what is wrong first.

    Needs COUNCIL_WATCH. A balance is expected once in each payment cycle of the council.
    """
    require(actor, Permission.COUNCIL_WATCH)
    if actor.council_id is None:
        raise NotFound
    today = clock.today()
    told = await parameters(actor.council_id, today)
    expected = told.get(Parameter.PAYMENT_CYCLE_WEEKS, 4) * 7
    found = [_holder(row, expected) for row in await db.fetch_all(_HOLDERS, actor.council_id, today)]
    return sorted(found, key=lambda each: (each.state is Fence.TIES and not each.overdue, each.holder))


def _holder(row: db.Row, expected_days: int) -> Holder:
    standing = None if row["check_id"] is None else _tally(row)
    return Holder(
        organisation_id=row["organisation_id"],
        holder=row["holder"],
        funds=row["funds"],
        state=Fence.UNDECLARED if standing is None else fence(standing),
        check_id=row["check_id"],
        day=row["day"],
        declared_pence=row["declared_pence"],
        books_pence=row["books_pence"],
        difference_pence=None if standing is None else standing.difference.pence,
        days_ago=row["days_ago"],
        overdue=undeclared_words(row["days_ago"], expected_days),
    )
