"""Reads about fees: of one agreement, and those that found too little money."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.agreements.fees.rules import FeeState, period_words
from isf.agreements.records import find
from isf.rules import fund_title
from marketplace.identity.access import SCOPES_SQL, Actor, require, require_person
from marketplace.identity.rules import COUNCIL_SCOPES, Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route


class FeeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A fee for one period (half-open), in pence."""

    starts_on: date
    ends_on: date
    net_pence: int
    vat_pence: int
    gross_pence: int
    state: FeeState
    words: str
    settled_at: datetime | None

    @property
    def period(self) -> str:
        """The period in words."""
        return period_words(self.starts_on, self.ends_on)


async def fees_of(actor: Actor, agreement_id: UUID) -> list[FeeLine]:
    """The fees by one agreement, the newest first. Raises NotFound."""
    record = await find(agreement_id)
    await require_person(actor, record.person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT starts_on, ends_on, net_pence, vat_pence, gross_pence, state, words, settled_at FROM holder_fee"
        " WHERE agreement_id = $1 ORDER BY starts_on DESC LIMIT 60",
        agreement_id,
    )
    return [msgspec.convert(row, FeeLine) for row in rows]


class WaitingFee(msgspec.Struct, frozen=True, kw_only=True):
    """A fee that found too little money."""

    agreement_id: UUID
    fund_id: UUID
    person_id: UUID
    person_reference: str
    person_name: str
    route: Route
    holder: str
    starts_on: date
    ends_on: date
    gross_pence: int
    left_pence: int
    words: str

    @property
    def title(self) -> str:
        """What people call the fund."""
        return fund_title(self.route, self.holder)

    @property
    def period(self) -> str:
        """The period in words."""
        return period_words(self.starts_on, self.ends_on)


async def fees_waiting(actor: Actor) -> list[WaitingFee]:
    """The fees that found too little money, of the people whom the actor may see; the oldest first. One statement."""
    require(actor, Permission.PERSON_SEE)
    council = actor.council_id if any(role in COUNCIL_SCOPES for role in actor.roles) else None
    rows = await db.fetch_all(
        "SELECT h.agreement_id, h.fund_id, f.person_id, p.reference AS person_reference, p.name AS person_name,"
        "       f.route, o.name AS holder, h.starts_on, h.ends_on, h.gross_pence, c.balance_pence AS left_pence,"
        "       h.words"
        "  FROM holder_fee h JOIN fund f ON f.id = h.fund_id JOIN person p ON p.id = f.person_id"
        "  JOIN organisation o ON o.id = f.holder_organisation_id"
        "  JOIN account c ON c.fund_id = f.id AND c.kind = 'available'"
        f" WHERE h.state = 'due' AND (f.council_id = $4 OR 'see' IN ({SCOPES_SQL}))"
        " ORDER BY h.starts_on, h.id LIMIT 500",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        council,
    )
    return [msgspec.convert(row, WaitingFee) for row in rows]
