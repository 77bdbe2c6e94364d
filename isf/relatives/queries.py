"""Reads about close relatives who sell support."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.relatives.rules import DeclaredAs, Kind, Standing, needs_agreement, standing
from isf.rules import last_day
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound

PAGE_SIZE = 100


class DecisionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of the council; `ends_on` is the first day without it, none when it is open."""

    number: int
    agreed: bool
    starts_on: date
    ends_on: date | None
    because: str
    decided_by_name: str
    decided_at: datetime

    @property
    def last_day(self) -> date | None:
        """The last day of it."""
        return last_day(self.ends_on) if self.ends_on else None


class RelativeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A declared relative, how it stands today, and what the council decided, the latest first."""

    id: UUID
    person_id: UUID
    person_name: str
    provider_id: UUID
    provider_name: str
    provider_slug: str
    name: str
    kind: Kind
    same_household: bool
    evidence: str
    starts_on: date
    ended_on: date | None
    ended_because: str
    declared_as: DeclaredAs
    declared_by_name: str
    declared_at: datetime
    agreed_today: bool | None
    decisions: list[DecisionLine]

    @property
    def needs_agreement(self) -> bool:
        """Whether a direct payment pays them only when the council agreed."""
        return needs_agreement(self.kind, self.same_household)

    @property
    def standing(self) -> Standing:
        """How it stands today."""
        ended = self.ended_on is not None and self.ended_on <= clock.today()
        return standing(needed=self.needs_agreement, ended=ended, decided=self.agreed_today)


# $1 today.
_RELATIVE = """
    SELECT r.id, r.person_id, p.name AS person_name, r.provider_id, pr.name AS provider_name,
           pr.slug AS provider_slug, r.name, r.kind, r.same_household, r.evidence, r.starts_on, r.ended_on,
           r.ended_because, r.declared_as, coalesce(u.name, '') AS declared_by_name, r.declared_at,
           relative_agreed(r.id, $1) AS agreed_today,
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'number', d.number, 'agreed', d.agreed, 'starts_on', d.starts_on, 'ends_on', d.ends_on,
                       'because', d.because, 'decided_by_name', coalesce(w.name, ''), 'decided_at', d.decided_at)
                    ORDER BY d.number DESC), '[]'::jsonb)::text
              FROM relative_decision d LEFT JOIN app_user w ON w.id = d.decided_by
             WHERE d.relative_id = r.id) AS decisions
      FROM close_relative r JOIN person p ON p.id = r.person_id JOIN provider pr ON pr.id = r.provider_id
      LEFT JOIN app_user u ON u.id = r.declared_by
"""


def _line(row: db.Row) -> RelativeLine:
    decisions = msgspec.json.decode(row.pop("decisions"), type=list[DecisionLine])
    return msgspec.convert({**row, "decisions": decisions}, RelativeLine)


async def relatives_of(actor: Actor, person_id: UUID) -> Sequence[RelativeLine]:
    """The declared relatives of a person, those that ended last. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        f"{_RELATIVE} WHERE r.person_id = $2 ORDER BY r.ended_on IS NOT NULL, r.declared_at DESC, r.id",
        clock.today(),
        person_id,
    )
    return [_line(row) for row in rows]


async def relative(actor: Actor, relative_id: UUID) -> RelativeLine:
    """One of them, for those who may see the person. Raises NotFound."""
    row = await db.fetch_one(f"{_RELATIVE} WHERE r.id = $2", clock.today(), relative_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    return _line(row)


async def relatives_to_decide(actor: Actor) -> Sequence[RelativeLine]:
    """What waits for a decision of the actor's council, the oldest first. Needs PERSON_MANAGE."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(
        f"{_RELATIVE} WHERE p.council_id = $2 AND r.ended_on IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM relative_decision d WHERE d.relative_id = r.id)"
        " AND (r.kind = 'spouse_or_partner' OR (r.same_household AND r.kind <> 'other'))"
        " ORDER BY r.declared_at, r.id LIMIT $3",
        clock.today(),
        actor.council_id,
        PAGE_SIZE,
    )
    return [_line(row) for row in rows]


async def sellers_called(words: str) -> list[db.Row]:
    """Listed sellers whose name has these words: the one of exactly this name alone, else up to six."""
    rows = await db.fetch_all(
        "SELECT id, name FROM provider WHERE state = 'listed' AND name ILIKE '%' || $1 || '%'"
        " ORDER BY lower(name) <> lower($1), name LIMIT 6",
        words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"),
    )
    exact = [row for row in rows if row["name"].lower() == words.lower()]
    return exact if len(exact) == 1 else rows
