"""Reads about one-off sessions at a council's own service."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.rules import fund_title
from marketplace.bookings.exceptions.rules import ExceptionState
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

PAGE_SIZE = 100


class ExceptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its session, its price in pence, and what was decided."""

    id: UUID
    person_id: UUID
    person_name: str
    fund_id: UUID
    route: Route
    holder: str
    activity_session_id: UUID
    title: str
    provider_name: str
    starts_at: datetime
    ends_at: datetime
    price_pence: int
    state: ExceptionState
    why: str
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    because: str
    decided_by_name: str
    decided_at: datetime | None
    booking_id: UUID | None
    booking_reference: str
    most: int
    weeks: int
    had: int
    """How many others were approved for the person in that time and not given back at no cost."""

    @property
    def fund(self) -> str:
        """`ISF with Harbour`."""
        return fund_title(self.route, self.holder)


_EXCEPTION = """
    SELECT e.id, e.person_id, p.name AS person_name, e.fund_id, e.route, coalesce(ho.name, hu.name) AS holder,
           e.activity_session_id, a.title, pr.name AS provider_name, s.starts_at, s.ends_at, e.price_pence, e.state,
           e.why, e.asked_by, coalesce(au.name, '') AS asked_by_name, e.asked_at, e.because,
           coalesce(du.name, '') AS decided_by_name, e.decided_at, b.id AS booking_id,
           coalesce(b.reference, '') AS booking_reference, l.most, l.weeks,
           (SELECT count(*) FROM in_house_exception o
             WHERE o.person_id = e.person_id AND o.id <> e.id AND o.state = 'approved'
               AND abs(o.service_on - e.service_on) < 7 * l.weeks
               AND NOT EXISTS (SELECT 1 FROM booking ob LEFT JOIN attendance t ON t.booking_id = ob.id
                                WHERE ob.exception_id = o.id AND ob.state = 'cancelled' AND t.id IS NULL)) AS had
      FROM in_house_exception e JOIN person p ON p.id = e.person_id JOIN fund f ON f.id = e.fund_id
      LEFT JOIN organisation ho ON ho.id = f.holder_organisation_id LEFT JOIN app_user hu ON hu.id = f.holder_user_id
      JOIN activity_session s ON s.id = e.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = s.provider_id
      LEFT JOIN app_user au ON au.id = e.asked_by LEFT JOIN app_user du ON du.id = e.decided_by
      LEFT JOIN booking b ON b.exception_id = e.id
      CROSS JOIN LATERAL in_house_exceptions_allowed(e.council_id, e.service_on) l
"""


def _line(row: db.Row) -> ExceptionLine:
    return msgspec.convert(row, ExceptionLine)


async def exception(actor: Actor, exception_id: UUID) -> ExceptionLine:
    """One of them, for those who may see the person. Raises NotFound."""
    row = await db.fetch_one(_EXCEPTION + " WHERE e.id = $1", exception_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    return _line(row)


async def exceptions_to_decide(actor: Actor) -> Sequence[ExceptionLine]:
    """What waits for a decision of the actor's council, the next session first. Needs PAYMENT_IN_DECIDE.

    Raises NotFound where the council allows none and nothing waits.
    """
    require(actor, Permission.PAYMENT_IN_DECIDE)
    rows = await db.fetch_all(
        _EXCEPTION + " WHERE e.council_id = $1 AND e.state = 'asked' ORDER BY s.starts_at, e.id LIMIT $2",
        actor.council_id,
        PAGE_SIZE,
    )
    if not rows and not await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM council_parameter WHERE council_id = $1 AND name = 'in_house_exceptions_most'"
        " AND value > 0)",
        actor.council_id,
    ):
        raise NotFound
    return [_line(row) for row in rows]


async def allowed(council_id: UUID, on: date) -> int:
    """How many one-off sessions a council allows a person, by the figure in force on a day; 0: it is off."""
    most: int = await db.fetch_value("SELECT most FROM in_house_exceptions_allowed($1, $2)", council_id, on)
    return most


async def coming_less_netted(fund_id: UUID) -> Money:
    """What the council still pays into a fund, less what was booked by exceptions and is still to be netted."""
    pence: int = await db.fetch_value(
        "SELECT council_owes(f.id, f.ends_on) - council_paid(f.id)"
        "       - (SELECT coalesce(sum(b.price_pence), 0)::bigint FROM booking b"
        "           WHERE b.fund_id = f.id AND b.payment = 'netted' AND b.state = 'confirmed')"
        "  FROM fund f WHERE f.id = $1",
        fund_id,
    )
    return Money(pence)
