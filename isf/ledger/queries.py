"""The movements of a fund, in words."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from isf.ledger.rules import Account, Movement
from isf.ledger.subjects import Subject, subjects
from isf.ledger.words import movement_amount, movement_words
from marketplace.identity.access import SCOPES_SQL, Actor, check_scope, require, scopes_from
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money

PAGE_SIZE = 20


class MovementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One journal of a fund; amounts in pence. `about` is the booking or invoice that it belongs to."""

    id: UUID
    sequence: int
    movement: Movement
    words: str
    on: date
    service_on: date | None
    amount_pence: int
    left_pence: int
    subject_id: UUID | None
    about: Subject | None
    because: str


class Movements(msgspec.Struct, frozen=True, kw_only=True):
    """One page of movements, the newest first."""

    items: list[MovementLine]
    page: int
    page_size: int
    total: int


async def require_fund(actor: Actor, fund_id: UUID) -> None:
    """The actor may see the person of a fund. Raises NotFound."""
    require(actor, Permission.PERSON_SEE)
    row = await db.fetch_one(
        f"SELECT f.council_id, ARRAY({SCOPES_SQL})::text[] AS scopes"  # noqa: S608
        "  FROM fund f JOIN person p ON p.id = f.person_id WHERE f.id = $4",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        fund_id,
    )
    check_scope(scopes_from(actor, row), Scope.SEE)


_MOVEMENTS = """
    SELECT j.id, j.sequence, j.kind, r.kind AS reversed_kind, j.subject_id, j.occurred_on, j.service_on, j.because,
           array_agg(e.account::text) AS accounts, array_agg(e.amount_pence) AS amounts,
           sum(coalesce(sum(e.amount_pence) FILTER (WHERE e.account = 'available'), 0)) OVER (ORDER BY j.sequence)
               ::bigint AS left_pence,
           count(*) OVER () AS total
      FROM journal j JOIN entry e ON e.journal_id = j.id LEFT JOIN journal r ON r.id = j.reverses_id
     WHERE j.fund_id = $1
     GROUP BY j.id, r.kind ORDER BY j.sequence DESC LIMIT $2 OFFSET $3
"""


async def movements(actor: Actor, fund_id: UUID, page: int = 1, page_size: int = PAGE_SIZE) -> Movements:
    """What happened to the money of a fund, the newest first. Raises NotFound."""
    await require_fund(actor, fund_id)
    rows = await db.fetch_all(_MOVEMENTS, fund_id, page_size, (page - 1) * page_size)
    of = [
        (Movement(row["reversed_kind"] or row["kind"]), row["subject_id"])
        for row in rows
        if row["subject_id"]
    ]
    about = await subjects(actor, of)
    items = [_line(row, about) for row in rows]
    return Movements(items=items, page=page, page_size=page_size, total=rows[0]["total"] if rows else 0)


def _line(row: db.Row, about: Mapping[UUID, Subject]) -> MovementLine:
    movement = Movement(row["kind"])
    reversed_kind = Movement(row["reversed_kind"]) if row["reversed_kind"] else None
    entries = {
        Account(account): Money(pence) for account, pence in zip(row["accounts"], row["amounts"], strict=True)
    }
    return MovementLine(
        id=row["id"],
        sequence=row["sequence"],
        movement=movement,
        words=movement_words(movement, entries, reversed_kind),
        on=row["occurred_on"],
        service_on=row["service_on"],
        amount_pence=movement_amount(movement, entries).pence,
        left_pence=row["left_pence"],
        subject_id=row["subject_id"],
        about=about.get(row["subject_id"]),
        because=row["because"],
    )


async def netted_pence(fund_id: UUID) -> int:
    """What one-off sessions of the council's own service take from its payments into a fund (`rules.md` 2).

    For those who were allowed to see the fund.
    """
    pence: int = await db.fetch_value(
        "SELECT coalesce(sum(e.amount_pence), 0)::bigint"
        "  FROM journal j JOIN entry e ON e.journal_id = j.id AND e.account = 'promised'"
        "  LEFT JOIN journal r ON r.id = j.reverses_id"
        " WHERE j.fund_id = $1 AND coalesce(r.kind, j.kind) = 'netting'",
        fund_id,
    )
    return pence
