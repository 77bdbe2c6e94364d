"""The movements of a fund, in words, and its months."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from isf.ledger.rules import SPENT, Account, Movement
from isf.ledger.subjects import Subject, subjects
from isf.ledger.words import movement_amount, movement_words
from isf.rules import first_days, planned_by
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


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """How far a fund is at the end of a month, in pence; `used_pence` is used and booked, None when still to come."""

    starts_on: date
    planned_pence: int
    used_pence: int | None


async def _require_fund(actor: Actor, fund_id: UUID) -> None:
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
    SELECT j.id, j.sequence, j.kind, r.kind AS reversed_kind, j.subject_id, j.occurred_on, j.because,
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
    await _require_fund(actor, fund_id)
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
        amount_pence=movement_amount(movement, entries).pence,
        left_pence=row["left_pence"],
        subject_id=row["subject_id"],
        about=about.get(row["subject_id"]),
        because=row["because"],
    )


async def months_of(actor: Actor, fund_id: UUID) -> list[Month]:
    """A fund month by month: what even use would come to, and what is used and booked by each month's end.

    The money of a month is that of the services in it (`rules.md` 11). Raises NotFound.
    """
    await _require_fund(actor, fund_id)
    told = await db.fetch_one("SELECT amount_pence, starts_on, ends_on FROM fund WHERE id = $1", fund_id)
    assert told is not None  # noqa: S101 - _require_fund found it
    rows = await db.fetch_all(
        "SELECT date_trunc('month', j.occurred_on)::date AS month, sum(e.amount_pence)::bigint AS pence"
        "  FROM journal j JOIN entry e ON e.journal_id = j.id AND e.account = ANY ($2::text[])"
        " WHERE j.fund_id = $1 GROUP BY 1 ORDER BY 1",
        fund_id,
        [str(account) for account in SPENT],
    )
    spent = {row["month"]: row["pence"] for row in rows}
    last_known = max([clock.today(), *spent])
    months, so_far = [], 0
    for starts_on, after in first_days(told["starts_on"], told["ends_on"]):
        so_far += spent.get(starts_on.replace(day=1), 0)
        planned = planned_by(Money(told["amount_pence"]), told["starts_on"], told["ends_on"], after)
        known = starts_on <= last_known
        months.append(
            Month(starts_on=starts_on, planned_pence=planned.pence, used_pence=so_far if known else None)
        )
    return months
