"""Saying why, and having seen it."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict

WRITE_WHY = "Write why this is booked although it is not in the plan"


async def say_why(actor: Actor, person_id: UUID, activity_session_id: UUID, because: str) -> None:
    """Note why a session outside the plan is booked for a person; said again, the later words stand.

    Needs scope BOOK. Raises Invalid without words, NotFound for no such session.
    """
    if not await db.fetch_value("SELECT true FROM activity_session WHERE id = $1", activity_session_id):
        await require_person(actor, person_id, Scope.BOOK)
        raise NotFound
    await say_why_of(actor, person_id, [activity_session_id], because)


async def say_why_of(actor: Actor, person_id: UUID, session_ids: Sequence[UUID], because: str) -> None:
    """The same reason for any number of sessions, by one statement. Needs scope BOOK. Raises Invalid without words."""
    await require_person(actor, person_id, Scope.BOOK)
    if not because.strip():
        raise Invalid({"because": WRITE_WHY})
    async with db.unit_of_work():
        noted = await db.fetch_all(
            "INSERT INTO outside_plan (id, person_id, activity_session_id, because, said_by, said_at)"
            " SELECT gen_random_uuid(), $1, session, $3, $4, $5 FROM unnest($2::uuid[]) AS session ORDER BY session"
            " ON CONFLICT (person_id, activity_session_id) DO UPDATE"
            "    SET because = $3, said_by = $4, said_at = $5, seen_by = NULL, seen_at = NULL"
            " RETURNING id, activity_session_id",
            person_id,
            list(session_ids),
            because.strip(),
            actor.user_id,
            clock.now(),
        )
        for row in noted:
            after = {"person": person_id, "session": row["activity_session_id"]}
            await audit.record(
                actor, "outside_plan.said", "outside_plan", row["id"], after=after, because=because.strip()
            )


async def mark_seen(actor: Actor, note_id: UUID, answer: str = "") -> None:
    """The care manager has seen it, and may say something to it; the booking stands.

    Needs PERSON_MANAGE in the person's council. Raises NotFound, StateConflict when a colleague was quicker.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        told = await db.fetch_one(
            "SELECT o.id, o.seen_at FROM outside_plan o JOIN person p ON p.id = o.person_id"
            " WHERE o.id = $1 AND p.council_id = $2 FOR UPDATE OF o",
            note_id,
            actor.council_id,
        )
        if told is None:
            raise NotFound
        if told["seen_at"] is not None:
            raise StateConflict("A colleague has seen this already. Look at the list again.")
        await db.execute(
            "UPDATE outside_plan SET seen_by = $2, seen_at = $3, answer = $4 WHERE id = $1",
            note_id,
            actor.user_id,
            clock.now(),
            answer.strip(),
        )
        await audit.record(actor, "outside_plan.seen", "outside_plan", note_id, because=answer.strip())
