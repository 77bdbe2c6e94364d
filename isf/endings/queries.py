"""Reads about an end: what was recorded, how each fund stands, and what is still owed."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.contributions.queries import balance_of
from isf.endings.rules import EndKind, LiabilityKind, LiabilityState
from isf.rules import fund_title
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import db
from marketplace.kernel.routes_of_money import Route


class EndLine(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a person's support."""

    kind: EndKind
    last_on: date
    because: str
    recorded_by_name: str
    recorded_at: datetime


class EndingFund(msgspec.Struct, frozen=True, kw_only=True):
    """How a fund stands, in pence: `set_aside` for wages and other bills is a part of `booked`."""

    id: UUID
    route: Route
    holder: str
    exit_state: str | None
    left_pence: int
    booked_pence: int
    set_aside_pence: int
    to_pay_pence: int

    @property
    def title(self) -> str:
        """What people call it."""
        return fund_title(self.route, self.holder)

    @property
    def open(self) -> bool:
        """Whether money can still be set aside."""
        return self.exit_state in ("announced", "winding_up")


class LiabilityLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed beside bookings."""

    id: UUID
    fund_id: UUID
    kind: LiabilityKind
    words: str
    evidence: str
    amount_pence: int
    state: LiabilityState
    entered_by: UUID
    settled_on: date | None
    settled_words: str


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about the end of a person's support; the contribution below zero is what was paid too much."""

    end: EndLine | None
    funds: Sequence[EndingFund]
    liabilities: Sequence[LiabilityLine]
    contribution_owed_pence: int


_FUNDS = """
    SELECT f.id, f.route, coalesce(o.name, u.name, '') AS holder, x.state AS exit_state,
           max(a.balance_pence) FILTER (WHERE a.kind = 'available') AS left_pence,
           max(a.balance_pence) FILTER (WHERE a.kind = 'committed') AS booked_pence,
           max(a.balance_pence) FILTER (WHERE a.kind = 'payable') AS to_pay_pence,
           (SELECT coalesce(sum(l.amount_pence), 0)::bigint FROM fund_liability l
             WHERE l.fund_id = f.id AND l.state = 'open') AS set_aside_pence
      FROM fund f JOIN account a ON a.fund_id = f.id LEFT JOIN fund_exit x ON x.fund_id = f.id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id
     WHERE f.person_id = $1 GROUP BY f.id, o.name, u.name, x.state ORDER BY f.starts_on, f.id
"""


async def ending_of(actor: Actor, person_id: UUID) -> Ending:
    """The end of a person's support, or how their funds stand before it. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    end = await db.fetch_one(
        "SELECT e.kind, e.last_on, e.because, coalesce(u.name, '') AS recorded_by_name, e.recorded_at"
        " FROM person_end e LEFT JOIN app_user u ON u.id = e.recorded_by WHERE e.person_id = $1",
        person_id,
    )
    funds = await db.fetch_all(_FUNDS, person_id)
    liabilities = await db.fetch_all(
        "SELECT l.id, l.fund_id, l.kind, l.words, l.evidence, l.amount_pence, l.state, l.entered_by, l.settled_on,"
        " l.settled_words FROM fund_liability l JOIN fund f ON f.id = l.fund_id"
        " WHERE f.person_id = $1 ORDER BY l.entered_at, l.id",
        person_id,
    )
    return Ending(
        end=msgspec.convert(end, EndLine) if end else None,
        funds=[msgspec.convert(row, EndingFund) for row in funds],
        liabilities=[msgspec.convert(row, LiabilityLine) for row in liabilities],
        contribution_owed_pence=await balance_of(person_id),
    )
