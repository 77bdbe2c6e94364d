"""Reads about pauses: what would happen, what did, and what can be booked again."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.parameters import Parameter, parameter
from isf.pauses.rules import PauseKind, covers
from isf.rules import last_day
from marketplace.bookings.pauses.rules import (
    DateAnswer,
    Dated,
    Fate,
    LateCharge,
    PauseDraft,
    Retainer,
    answers_for,
)
from marketplace.bookings.queries import terms_of
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money

# $1 person, $2 first day, $3 the first day after (or null), $4 activities (none: all), $5 now.
_INSIDE = """
    SELECT b.id AS booking_id, b.provider_id, s.activity_id, a.title, pr.name AS provider_name, b.starts_at, b.ends_at,
           b.service_on, b.state, b.price_pence, b.transport_pence, b.notice_hours,
           b.charge_percent, b.refill_waives_charge,
           t.percent, t.weeks, b.activity_session_id,
           NOT (b.route = 'direct_payment' AND relative_bars(b.person_id, b.provider_id, b.service_on)) AS chargeable
      FROM booking b JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = b.provider_id LEFT JOIN retainer_term t ON t.activity_id = a.id
     WHERE b.person_id = $1 AND b.service_on >= $2 AND ($3::date IS NULL OR b.service_on < $3)
       AND (cardinality($4::uuid[]) = 0 OR s.activity_id = ANY ($4)) AND b.starts_at > $5
       AND b.state IN ('held', 'confirmed')
     ORDER BY b.starts_at, b.id
"""


async def bookings_inside(
    person_id: UUID, starts_on: date, ends_on: date | None, activity_ids: Sequence[UUID]
) -> list[Dated]:
    """What a person has booked inside these days and has not begun; whether anybody may see it is asked before."""
    rows = await db.fetch_all(_INSIDE, person_id, starts_on, ends_on, list(activity_ids), clock.now())
    return [_dated(row) for row in rows]


def _dated(row: db.Row) -> Dated:
    return Dated(
        **{name: row[name] for name in (
            "booking_id", "provider_id", "activity_id", "title", "provider_name", "starts_at", "ends_at", "service_on",
            "state", "chargeable",
        )},
        price=Money(row["price_pence"]),
        transport=Money(row["transport_pence"]),
        terms=terms_of(row),
        retainer=Retainer(row["percent"], row["weeks"]) if row["percent"] else None,
    )  # fmt: skip


async def late_charge(person_id: UUID, kind: PauseKind) -> LateCharge:
    """What the person's council has decided about giving places back late for a hospital stay, as of today."""
    if kind is not PauseKind.HOSPITAL:
        return LateCharge.AS_AGREED
    council_id = await db.fetch_value("SELECT council_id FROM person WHERE id = $1", person_id)
    waives = await parameter(council_id, Parameter.HOSPITAL_WAIVES_CHARGE, clock.today())
    return LateCharge.WAIVED if waives else LateCharge.AS_AGREED


async def preview(actor: Actor, person_id: UUID, draft: PauseDraft) -> list[DateAnswer]:
    """What a pause would do to each booking and what it costs; nothing is changed. Needs scope BOOK."""
    await require_person(actor, person_id, Scope.BOOK)
    return await answers(person_id, draft)


async def answers(person_id: UUID, draft: PauseDraft) -> list[DateAnswer]:
    """The same without asking who may; also inside the unit of work that does it."""
    inside = await bookings_inside(person_id, draft.starts_on, draft.ends_on, list(draft.activity_ids))
    return answers_for(inside, draft, clock.now(), await late_charge(person_id, draft.kind))


class Choice(msgspec.Struct, frozen=True):
    """An activity that a person has booked and that can rest alone."""

    id: UUID
    title: str
    provider_name: str
    bookings: int


async def booked_activities(actor: Actor, person_id: UUID) -> Sequence[Choice]:
    """What a person has booked from now on, by activity. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT a.id, a.title, pr.name AS provider_name, count(*)::int AS bookings FROM booking b"
        " JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id"
        " JOIN provider pr ON pr.id = b.provider_id"
        " WHERE b.person_id = $1 AND b.starts_at > $2 AND b.state IN ('held', 'confirmed')"
        " GROUP BY a.id, a.title, pr.name ORDER BY a.title, a.id",
        person_id,
        clock.now(),
    )
    return [Choice(**row) for row in rows]


class PauseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pause with how many places it keeps and has given back, and what that costs in pence."""

    id: UUID
    reference: str
    person_id: UUID
    kind: PauseKind
    starts_on: date
    ends_on: date | None
    activities: list[str]
    keep: bool
    agreed_percent: int | None
    agreed_weeks: int | None
    agreed_with: str
    because: str
    contribution_stops_on: date | None
    made_by_name: str
    made_at: datetime
    kept: int
    given_back: int
    cost_pence: int

    @property
    def last_day(self) -> date | None:
        """The last day of it."""
        return last_day(self.ends_on) if self.ends_on else None

    @property
    def state(self) -> str:
        """Whether it is to come, runs, or is over."""
        today = clock.today()
        if covers(self.starts_on, self.ends_on, today):
            return "paused"
        return "pending" if self.starts_on > today else "ended"


_PAUSE = """
    SELECT p.id, p.reference, p.person_id, p.kind, p.starts_on, p.ends_on, p.keep, p.agreed_percent, p.agreed_weeks,
           p.agreed_with, p.because, p.contribution_stops_on, coalesce(u.name, '') AS made_by_name, p.made_at,
           ARRAY(SELECT a.title FROM activity a WHERE a.id = ANY (p.activity_ids) ORDER BY a.title)::text[]
               AS activities,
           k.kept, k.given_back, k.cost_pence
      FROM pause p LEFT JOIN app_user u ON u.id = p.made_by
      LEFT JOIN LATERAL (
          SELECT count(*) FILTER (WHERE k.kept AND (p.ends_on IS NULL OR b.service_on < p.ends_on))::int AS kept,
                 count(*) FILTER (WHERE NOT k.kept)::int AS given_back,
                 coalesce(sum(k.charge_pence) FILTER (
                     WHERE NOT k.kept OR p.ends_on IS NULL OR b.service_on < p.ends_on), 0)::bigint AS cost_pence
            FROM pause_place k JOIN booking b ON b.id = k.booking_id WHERE k.pause_id = p.id) k ON true
"""


async def pauses_of(actor: Actor, person_id: UUID) -> Sequence[PauseLine]:
    """A person's pauses, the latest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(f"{_PAUSE} WHERE p.person_id = $1 ORDER BY p.starts_on DESC, p.id", person_id)
    return [msgspec.convert(row, PauseLine) for row in rows]


class PlaceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A booking inside a pause as it stands: `session_id` can be booked again where places are left."""

    booking_id: UUID
    session_id: UUID
    fund_id: UUID
    title: str
    provider_name: str
    starts_at: datetime
    ends_at: datetime
    fate: Fate
    charge_pence: int
    back: bool
    """Whether it is on a day after the pause: a kept place is the person's again, another can be booked."""
    again: bool
    """Whether it can be booked again: it is to come, not booked, and a place is left."""
    booked_again: bool
    """Whether it was given back and is booked once more."""


_PLACES = """
    SELECT k.booking_id, NOT k.kept AND live.here AS booked_again,
           b.activity_session_id AS session_id, b.fund_id, a.title, pr.name AS provider_name, b.starts_at,
           b.ends_at, CASE WHEN k.kept THEN 'kept' ELSE 'given_back' END AS fate, k.charge_pence,
           p.ends_on IS NOT NULL AND b.service_on >= p.ends_on AS back,
           p.ends_on IS NOT NULL AND b.service_on >= p.ends_on AND b.state IN ('cancelled', 'lapsed')
           AND b.starts_at > $2 AND s.state = 'scheduled' AND s.places_taken + s.places_offered < s.capacity
           AND NOT live.here AS again
      FROM pause_place k JOIN pause p ON p.id = k.pause_id JOIN booking b ON b.id = k.booking_id
      JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = b.provider_id
      CROSS JOIN LATERAL (
          SELECT EXISTS (SELECT 1 FROM booking o WHERE o.person_id = b.person_id
                  AND o.activity_session_id = b.activity_session_id AND o.state IN ('held', 'confirmed')) AS here) live
     WHERE k.pause_id = $1 ORDER BY b.starts_at, b.id
"""


async def pause_with_places(actor: Actor, pause_id: UUID) -> tuple[PauseLine, Sequence[PlaceLine]]:
    """One pause and what became of each booking in it. Raises NotFound."""
    row = await db.fetch_one(f"{_PAUSE} WHERE p.id = $1", pause_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    places = await db.fetch_all(_PLACES, pause_id, clock.now())
    return msgspec.convert(row, PauseLine), [msgspec.convert(each, PlaceLine) for each in places]
