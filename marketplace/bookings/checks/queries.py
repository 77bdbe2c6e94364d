"""What was recorded, and what is said of it: for the person, the provider, the council and the payer."""

from datetime import date, datetime, time
from uuid import UUID

import msgspec

from isf.todo import Todo
from marketplace.bookings.checks.rules import CheckState, outcome_words
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor, require, require_person, scopes_for
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db, formats
from marketplace.kernel.errors import NotFound
from providers.access import own_provider, require_council


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An attendance and what is said of it; `state` is None while it waits to be looked at."""

    booking_id: UUID
    reference: str
    person_id: UUID
    person_name: str
    called: str
    council_id: UUID
    title: str
    provider_name: str
    starts_at: datetime
    ends_at: datetime
    outcome: Outcome
    charge_pence: int
    note: str
    arrived_at: time | None
    left_at: time | None
    state: CheckState | None
    words: str
    answer: str
    settlement: str
    billed_before: bool
    disputed_at: datetime | None
    until: date

    @property
    def sentence(self) -> str:
        """What was recorded, in a sentence."""
        return outcome_words(self.outcome, self.called)

    @property
    def times(self) -> str:
        """When they came and left, as far as it is known."""
        came = f"Came at {formats.clock_time(self.arrived_at)}" if self.arrived_at else ""
        left = f"left at {formats.clock_time(self.left_at)}" if self.left_at else ""
        return ", ".join(part for part in (came, left) if part).capitalize()

    @property
    def open(self) -> bool:
        """Whether it holds the bill back."""
        return self.state is not None and self.state.open


# The last day to look is by the council's own figure.
_RECORDED = """
    SELECT b.id AS booking_id, b.reference, b.person_id, p.name AS person_name,
           coalesce(nullif(p.preferred_name, ''), p.name) AS called, b.council_id, a.title, pr.name AS provider_name,
           b.starts_at, b.ends_at, t.outcome, t.charge_pence, t.note, t.arrived_at, t.left_at, c.state,
           coalesce(c.words, '') AS words, coalesce(c.answer, '') AS answer, coalesce(c.settlement, '') AS settlement,
           coalesce(c.billed_before, false) AS billed_before, c.disputed_at,
           ((t.recorded_at AT TIME ZONE 'Europe/London')::date + coalesce(d.value, 0)::integer) AS until
      FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN person p ON p.id = b.person_id
      JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = b.provider_id LEFT JOIN attendance_check c ON c.booking_id = b.id
      LEFT JOIN LATERAL (SELECT value FROM council_parameter WHERE council_id = b.council_id
             AND name = 'attendance_confirmed_days' AND starts_on <= $1 ORDER BY starts_on DESC LIMIT 1) d ON true
"""
_ALL_OPEN = " c.state IN ('disputed', 'answered') ORDER BY c.disputed_at LIMIT 200"


async def _all(where: str, *args: object) -> list[Recorded]:
    rows = await db.fetch_all(_RECORDED + " WHERE " + where, clock.today(), *args)
    return [msgspec.convert(row, Recorded) for row in rows]


async def recorded(actor: Actor, booking_id: UUID) -> Recorded:
    """What was recorded of a booking, for who may see the person. Raises NotFound."""
    found = await _all("b.id = $2", booking_id)
    if not found:
        raise NotFound("Nothing is recorded for this yet.")
    await require_person(actor, found[0].person_id, Scope.SEE)
    return found[0]


async def may_check(actor: Actor, person_id: UUID) -> bool:
    """Whether the actor may confirm or dispute for the person."""
    return Scope.BOOK in await scopes_for(actor, person_id)


async def recorded_of(actor: Actor, person_id: UUID, most: int = 100) -> list[Recorded]:
    """What was recorded of a person: what waits first, then the newest. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    return await _all(
        "b.person_id = $2 ORDER BY (c.state IS NULL) DESC, (c.state IN ('disputed', 'answered')) DESC,"
        " b.starts_at DESC LIMIT $3",
        person_id,
        most,
    )


async def disputes_of_provider(actor: Actor) -> list[Recorded]:
    """The disputes that are not settled at the actor's provider, the oldest first. Raises Forbidden, NotFound."""
    return await _all(
        "b.provider_id = $2 AND" + _ALL_OPEN, await own_provider(actor, Permission.ATTENDANCE_RECORD)
    )


async def dispute_of_provider(actor: Actor, booking_id: UUID) -> Recorded:
    """One dispute at the actor's provider. Raises NotFound."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    found = await _all(
        "b.provider_id = $2 AND b.id = $3 AND c.disputed_at IS NOT NULL", provider_id, booking_id
    )
    if not found:
        raise NotFound
    return found[0]


async def disputes_of_council(actor: Actor) -> list[Recorded]:
    """The disputes about people of the actor's council that are not settled. Raises Forbidden."""
    return await _all("b.council_id = $2 AND" + _ALL_OPEN, require_council(actor, Permission.DISPUTE_SETTLE))


async def dispute_of_council(actor: Actor, booking_id: UUID) -> Recorded:
    """One dispute about a person of the actor's council. Raises NotFound."""
    council_id = require_council(actor, Permission.DISPUTE_SETTLE)
    found = await _all(
        "b.council_id = $2 AND b.id = $3 AND c.disputed_at IS NOT NULL", council_id, booking_id
    )
    if not found:
        raise NotFound
    return found[0]


async def disputed_on_invoice(invoice_id: UUID) -> list[db.Row]:
    """The lines of an invoice that were disputed after it was made; whether it may be seen was asked before."""
    return await db.fetch_all(
        "SELECT b.id, b.reference, b.service_on, l.gross_pence, c.state FROM invoice_line l"
        "  JOIN attendance_check c ON c.booking_id = l.booking_id AND c.billed_before"
        "  JOIN booking b ON b.id = l.booking_id WHERE l.invoice_id = $1 ORDER BY l.position",
        invoice_id,
    )


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """Visits to look at, and answers to read, for who may say something about them."""
    require(actor, Permission.PERSON_SEE)
    row = await db.fetch_one(
        "SELECT count(*) FILTER (WHERE c.state IS NULL) AS waiting, count(*) FILTER (WHERE c.state = 'answered')"
        "       AS answered"
        "  FROM attendance t JOIN booking b ON b.id = t.booking_id LEFT JOIN attendance_check c ON c.booking_id = b.id"
        " WHERE b.person_id = $1 AND (c.state IS NULL OR c.state = 'answered')",
        person_id,
    )
    assert row is not None  # noqa: S101 - a count always answers
    path = f"/people/{person_id}/visits"
    told = []
    if row["answered"]:
        told.append(Todo(f"Read {formats.count(row['answered'], 'answer')} about a visit", path))
    if row["waiting"]:
        told.append(Todo(f"Check what was written down about {formats.count(row['waiting'], 'visit')}", path))
    return told
