"""Reads about urgent support."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from isf.rules import last_day
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import db


class UrgentLine(msgspec.Struct, frozen=True, kw_only=True):
    """Urgent support with its money in pence; `ends_on` is the first day without, as it was arranged."""

    id: UUID
    reference: str
    fund_id: UUID
    state: str
    because: str
    starts_on: date
    ends_on: date
    ended_on: date | None
    ended_because: str
    arranged_by_name: str
    amount_pence: int
    available_pence: int

    @property
    def last_day(self) -> date:
        """The last day of it."""
        return last_day(self.ends_on)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.state == "running"


async def urgent_support_of(actor: Actor, person_id: UUID) -> Sequence[UrgentLine]:
    """A person's urgent support, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT u.id, u.reference, u.fund_id, u.state, u.because, u.starts_on, u.ends_on, u.ended_on, u.ended_because,"
        "       coalesce(w.name, '') AS arranged_by_name, f.amount_pence, a.balance_pence AS available_pence"
        "  FROM urgent_support u JOIN fund f ON f.id = u.fund_id"
        "  JOIN account a ON a.fund_id = f.id AND a.kind = 'available' LEFT JOIN app_user w ON w.id = u.arranged_by"
        " WHERE u.person_id = $1 ORDER BY u.starts_on DESC, u.id",
        person_id,
    )
    return [msgspec.convert(row, UrgentLine) for row in rows]
