"""Ideas: put in the week, taken out, and booked together (row B1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.bookings.commands import book
from marketplace.identity.access import Actor, check_scope, require, scopes_for
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotBookable, NotFound
from marketplace.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one idea: the booking's id, or why it was not booked."""

    title: str
    booking_id: UUID | None = None
    refusal: str = ""


async def require_planner(actor: Actor, person_id: UUID) -> None:
    """Who may plan or book for the person may put ideas in the week. Raises NotFound or Forbidden."""
    require(actor, Permission.PERSON_SEE)
    scopes = await scopes_for(actor, person_id)
    check_scope(scopes, Scope.SEE)
    if not scopes & {Scope.PLAN, Scope.BOOK}:
        raise Forbidden("You can see this person's week, but you may not change it.")


async def add_idea(actor: Actor, person_id: UUID, activity_session_id: UUID) -> date:
    """Put a session in a person's week; costs nothing. Again changes nothing. Answers the session's day.

    Raises NotFound, Forbidden, NotBookable (over, or not offered any more), Conflict (booked already).
    """
    async with db.unit_of_work():
        await require_planner(actor, person_id)
        row = await db.fetch_one(
            "SELECT s.service_on, s.ends_at, s.state, a.state AS activity_state, EXISTS (SELECT 1 FROM booking b"
            "   WHERE b.person_id = $2 AND b.activity_session_id = s.id"
            "     AND b.state IN ('held', 'confirmed', 'delivered', 'missed')) AS booked"
            "  FROM activity_session s JOIN activity a ON a.id = s.activity_id WHERE s.id = $1",
            activity_session_id,
            person_id,
        )
        if row is None:
            raise NotFound
        if row["booked"]:
            raise Conflict(
                "You cannot make this an idea, because it is booked already. You can see it in the week."
            )
        if (
            row["state"] != "scheduled"
            or row["activity_state"] != "published"
            or row["ends_at"] <= clock.now()
        ):
            raise NotBookable(
                "You cannot put this in the week, because it is over or not offered any more. "
                "You can choose another date."
            )
        idea_id = new_id()
        added = await db.fetch_value(
            "INSERT INTO idea (id, person_id, activity_session_id, created_by, created_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (person_id, activity_session_id) DO NOTHING RETURNING id",
            idea_id,
            person_id,
            activity_session_id,
            actor.user_id,
            clock.now(),
        )
        if added is not None:
            await audit.record(
                actor,
                "idea.added",
                "idea",
                idea_id,
                after={"person": person_id, "session": activity_session_id},
            )
    day: date = row["service_on"]
    return day


async def remove_idea(actor: Actor, person_id: UUID, idea_id: UUID) -> None:
    """Take an idea out of the week; one that is gone already stays gone. Raises NotFound or Forbidden."""
    async with db.unit_of_work():
        await require_planner(actor, person_id)
        session_id = await db.fetch_value(
            "DELETE FROM idea WHERE id = $1 AND person_id = $2 RETURNING activity_session_id",
            idea_id,
            person_id,
        )
        if session_id is not None:
            await audit.record(
                actor, "idea.removed", "idea", idea_id, before={"person": person_id, "session": session_id}
            )


async def forget_idea(person_id: UUID, activity_session_id: UUID) -> None:
    """An idea that was booked is no idea any more; part of booking it."""
    await db.execute(
        "DELETE FROM idea WHERE person_id = $1 AND activity_session_id = $2", person_id, activity_session_id
    )


async def book_ideas(actor: Actor, person_id: UUID, idea_ids: Sequence[UUID], fund_id: UUID) -> list[Outcome]:
    """Book these ideas from one fund, earliest first, each in a transaction of its own: a refusal stops no other.

    Ideas that are gone are left out. Raises NotFound or Forbidden when the actor may not plan for the person.
    """
    await require_planner(actor, person_id)
    rows = await db.fetch_all(
        "SELECT i.activity_session_id, a.title FROM idea i JOIN activity_session s ON s.id = i.activity_session_id"
        "  JOIN activity a ON a.id = s.activity_id"
        " WHERE i.person_id = $1 AND i.id = ANY ($2) AND EXISTS ("
        "       SELECT 1 FROM fund f WHERE f.id = $3 AND f.person_id = $1) ORDER BY s.starts_at, i.id",
        person_id,
        list(idea_ids),
        fund_id,
    )
    return [await _book_one(actor, person_id, row, fund_id) for row in rows]


async def _book_one(actor: Actor, person_id: UUID, row: db.Row, fund_id: UUID) -> Outcome:
    try:
        booked = await book(actor, row["activity_session_id"], fund_id)
    except DomainError as refusal:
        return Outcome(row["title"], refusal=refusal.message)
    await forget_idea(person_id, row["activity_session_id"])
    return Outcome(row["title"], booked.id)
