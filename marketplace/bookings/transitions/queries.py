"""Reads about moves off in-house services; of the actor's own council, or of people whom they may see."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.todo import Todo
from marketplace.bookings.transitions.rules import OPEN, HeldBy, TransitionState
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The consultation as it was recorded."""

    held_by: str
    held_by_role: HeldBy
    held_on: date
    present: str
    persons_view: str
    accessible_how: str
    decided: str
    recorded_by_name: str


class TransitionView(msgspec.Struct, frozen=True, kw_only=True):
    """A person's move off a service, with how many bookings there are still to come."""

    id: UUID
    person_id: UUID
    person_name: str
    provider_id: UUID
    provider_name: str
    state: TransitionState
    because: str
    started_by_name: str
    started_at: datetime
    move_from: date | None
    plan: str
    closed_at: datetime | None
    closing_words: str
    bookings: int
    said: Said | None = None

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return self.state in OPEN


class LostBooking(msgspec.Struct, frozen=True, kw_only=True):
    """A booking that the move gave back."""

    id: UUID
    reference: str
    title: str
    starts_at: datetime
    ends_at: datetime
    price_pence: int
    fund_id: UUID


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with bookings to come at an in-house service, and no move under way."""

    person_id: UUID
    person_name: str
    provider_id: UUID
    provider_name: str
    bookings: int
    next_on: date


_VIEW = """
    SELECT t.id, t.person_id, coalesce(nullif(p.preferred_name, ''), p.name) AS person_name, t.provider_id,
           pr.name AS provider_name, t.state, t.because, u.name AS started_by_name, t.started_at, t.move_from, t.plan,
           t.closed_at, t.closing_words,
           (SELECT count(*) FROM booking b WHERE b.person_id = t.person_id AND b.provider_id = t.provider_id
               AND b.owner_council_id = b.council_id AND b.state IN ('held', 'confirmed') AND b.starts_at > $1)
               AS bookings
      FROM in_house_transition t JOIN person p ON p.id = t.person_id JOIN provider pr ON pr.id = t.provider_id
      JOIN app_user u ON u.id = t.started_by
"""


async def worklist(actor: Actor) -> list[TransitionView]:
    """The moves under way in the actor's council, the longest first. Needs PERSON_MANAGE."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(
        _VIEW + " WHERE p.council_id = $2 AND t.state IN ('started', 'consulted', 'agreed')"
        " ORDER BY t.started_at, t.id LIMIT 200",
        clock.now(),
        actor.council_id,
    )
    return [msgspec.convert(row, TransitionView) for row in rows]


async def candidates(actor: Actor) -> list[Candidate]:
    """People of the actor's council who go to a service of its own, without a move under way. Needs PERSON_MANAGE."""
    require(actor, Permission.PERSON_MANAGE)
    return await _candidates("p.council_id = $2", actor.council_id)


async def candidates_of(actor: Actor, person_id: UUID) -> list[Candidate]:
    """The in-house services to which one person goes, without a move under way. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    return await _candidates("p.id = $2", person_id)


async def _candidates(whose: str, value: UUID | None) -> list[Candidate]:
    rows = await db.fetch_all(
        "SELECT b.person_id, coalesce(nullif(p.preferred_name, ''), p.name) AS person_name, b.provider_id,"
        " pr.name AS provider_name, count(*) AS bookings, min(b.service_on) AS next_on"
        " FROM booking b JOIN person p ON p.id = b.person_id JOIN provider pr ON pr.id = b.provider_id"
        f" WHERE {whose} AND b.owner_council_id = b.council_id AND b.state IN ('held', 'confirmed')"  # noqa: S608
        " AND b.starts_at > $1 AND NOT EXISTS (SELECT 1 FROM in_house_transition t WHERE t.person_id = b.person_id"
        "   AND t.provider_id = b.provider_id AND t.state IN ('started', 'consulted', 'agreed'))"
        " GROUP BY 1, 2, 3, 4 ORDER BY 2, 4 LIMIT 200",
        clock.now(),
        value,
    )
    return [msgspec.convert(row, Candidate) for row in rows]


async def transitions_of(actor: Actor, person_id: UUID) -> list[TransitionView]:
    """The moves of a person, the latest first; the view is audited. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    await record_view(actor, "transitions", person_id)
    rows = await db.fetch_all(
        _VIEW + " WHERE t.person_id = $2 ORDER BY t.started_at DESC, t.id LIMIT 50", clock.now(), person_id
    )
    return [msgspec.convert(row, TransitionView) for row in rows]


async def transition_view(actor: Actor, transition_id: UUID) -> TransitionView:
    """One of them with its consultation; the view is audited. Raises NotFound."""
    row = await db.fetch_one(_VIEW + " WHERE t.id = $2", clock.now(), transition_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    await record_view(actor, "transition", transition_id)
    said = await db.fetch_one(
        "SELECT c.held_by, c.held_by_role, c.held_on, c.present, c.persons_view, c.accessible_how, c.decided,"
        " u.name AS recorded_by_name FROM consultation c JOIN app_user u ON u.id = c.recorded_by"
        " WHERE c.transition_id = $1",
        transition_id,
    )
    return msgspec.convert({**row, "said": dict(said) if said else None}, TransitionView)


async def given_back(view: TransitionView) -> list[LostBooking]:
    """The bookings that a move gave back, the soonest first."""
    if view.closed_at is None:
        return []
    rows = await db.fetch_all(
        "SELECT b.id, b.reference, a.title, b.starts_at, b.ends_at, b.price_pence, b.fund_id FROM booking b"
        " JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id"
        " WHERE b.person_id = $1 AND b.provider_id = $2 AND b.cancelled_because = 'moved_off_in_house'"
        " AND b.cancelled_at >= $3 ORDER BY b.starts_at, b.id LIMIT 200",
        view.person_id,
        view.provider_id,
        view.closed_at,
    )
    return [msgspec.convert(row, LostBooking) for row in rows]


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """What a person has to think about or to know of before a move; for those who may see the person."""
    rows = await db.fetch_all(
        "SELECT pr.name, t.state, t.move_from FROM in_house_transition t JOIN provider pr ON pr.id = t.provider_id"
        " WHERE t.person_id = $1 AND t.state IN ('started', 'agreed') ORDER BY t.started_at, t.id",
        person_id,
    )
    words = {"started": "Think about what you want instead of", "agreed": "Read about your move from"}
    path = f"/people/{person_id}/transitions"
    return [Todo(f"{words[row['state']]} {row['name']}", path, row["move_from"]) for row in rows]
