"""The questions at a provider."""

from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from providers.access import own_provider


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the provider sees it: never the address."""

    id: UUID
    activity_id: UUID
    title: str
    name: str
    words: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


_ASKED = """
    SELECT q.id, q.activity_id, a.title, q.name, q.words, q.asked_at, q.answer, q.answered_at
      FROM activity_question q JOIN activity a ON a.id = q.activity_id WHERE q.provider_id = $1
"""


async def questions_of(actor: Actor, most: int = 100) -> list[Asked]:
    """The questions at the actor's provider: what waits first, the oldest at the top. Raises Forbidden, NotFound."""
    rows = await db.fetch_all(
        _ASKED + " ORDER BY q.answered_at IS NOT NULL, CASE WHEN q.answered_at IS NULL THEN q.asked_at END,"
        " q.answered_at DESC LIMIT $2",
        await own_provider(actor, Permission.ATTENDANCE_RECORD),
        most,
    )
    return [msgspec.convert(row, Asked) for row in rows]


async def question(actor: Actor, question_id: UUID) -> Asked:
    """One question at the actor's provider. Raises NotFound."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    row = await db.fetch_one(_ASKED + " AND q.id = $2", provider_id, question_id)
    if row is None:
        raise NotFound
    return msgspec.convert(row, Asked)
