"""Ideas: put in the week, taken out, and booked together (row B1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.bookings.commands import Booked, place_several
from marketplace.bookings.queries import facts_of_dates
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


async def forget_ideas(person_id: UUID, session_ids: Sequence[UUID]) -> None:
    """Ideas that were booked are no ideas any more; part of booking them."""
    await db.execute(
        "DELETE FROM idea WHERE person_id = $1 AND activity_session_id = ANY ($2)",
        person_id,
        list(session_ids),
    )


async def book_ideas(actor: Actor, person_id: UUID, idea_ids: Sequence[UUID], fund_id: UUID) -> list[Outcome]:
    """Book these ideas from one fund, earliest first, in one transaction: a refusal stops no other.

    Ideas that are gone are left out. Raises NotFound or Forbidden when the actor may not plan or book for the person.
    """
    await require_planner(actor, person_id)
    rows = await db.fetch_all(
        "SELECT i.activity_session_id FROM idea i WHERE i.person_id = $1 AND i.id = ANY ($2) AND EXISTS ("
        "       SELECT 1 FROM fund f WHERE f.id = $3 AND f.person_id = $1)",
        person_id,
        list(idea_ids),
        fund_id,
    )
    if not rows:
        return []
    require(actor, Permission.BOOK)
    async with db.unit_of_work():
        facts = await facts_of_dates(actor, [row["activity_session_id"] for row in rows], fund_id)
        answers = await place_several(actor, fund_id, facts)
        booked = [session_id for session_id, answer in answers.items() if isinstance(answer, Booked)]
        await forget_ideas(person_id, booked)
    return [_outcome(facts[session_id].title, answer) for session_id, answer in answers.items()]


def _outcome(title: str, answer: Booked | DomainError) -> Outcome:
    if isinstance(answer, DomainError):
        return Outcome(title, refusal=answer.message)
    return Outcome(title, answer.id)
