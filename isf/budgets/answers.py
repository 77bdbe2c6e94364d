"""What somebody types page by page before a budget changes: kept until it is done, so that nothing is lost."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import new_id


class Kind(StrEnum):
    """What is being changed."""

    AMOUNTS = "amounts"
    HOLDER = "holder"


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The answers so far, by page as they were typed; `budget_id` is the version they made, once it is done."""

    id: UUID
    person_id: UUID
    fund_id: UUID | None
    kind: Kind
    typed: dict[str, dict[str, Any]]
    seen: str
    budget_id: UUID | None

    def page(self, name: str) -> dict[str, Any]:
        """What was typed on a page; empty when nobody was there yet."""
        return self.typed.get(name, {})


async def start(
    actor: Actor,
    person_id: UUID,
    kind: Kind,
    page: str,
    typed: Mapping[str, Any],
    seen: str,
    fund_id: UUID | None,
) -> UUID:
    """Keep the first page's answers; answers their key. Needs PERSON_MANAGE for somebody whom the actor may see."""
    require(actor, Permission.PERSON_MANAGE)
    await require_person(actor, person_id, Scope.SEE)
    answers_id = new_id()
    await db.execute(
        "INSERT INTO change_answers (id, person_id, fund_id, kind, answers, seen, started_by, started_at)"
        " VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8)",
        answers_id,
        person_id,
        fund_id,
        str(kind),
        msgspec.json.encode({page: dict(typed)}).decode(),
        seen,
        actor.user_id,
        clock.now(),
    )
    return answers_id


async def keep(actor: Actor, answers_id: UUID, page: str, typed: Mapping[str, Any], seen: str = "") -> None:
    """Keep what was typed on a page, instead of what was typed there before; and what the budget looked like."""
    require(actor, Permission.PERSON_MANAGE)
    await db.execute(
        "UPDATE change_answers SET answers = answers || $3::jsonb, seen = CASE $4 WHEN '' THEN seen ELSE $4 END"
        " WHERE id = $1 AND started_by = $2 AND done_at IS NULL",
        answers_id,
        actor.user_id,
        msgspec.json.encode({page: dict(typed)}).decode(),
        seen,
    )


async def load(actor: Actor, person_id: UUID, answers_id: UUID, kind: Kind) -> Answers:
    """The actor's own answers about a person. Raises NotFound."""
    require(actor, Permission.PERSON_MANAGE)
    await require_person(actor, person_id, Scope.SEE)
    row = await db.fetch_one(
        "SELECT id, person_id, fund_id, kind, answers, seen, budget_id FROM change_answers"
        " WHERE id = $1 AND person_id = $2 AND started_by = $3 AND kind = $4",
        answers_id,
        person_id,
        actor.user_id,
        str(kind),
    )
    if row is None:
        raise NotFound
    typed = msgspec.json.decode(row.pop("answers"), type=dict[str, dict[str, Any]])
    return msgspec.convert({**row, "typed": typed}, Answers)


async def lock(answers_id: UUID) -> None:
    """Let a second click wait for the first. Only inside a unit of work."""
    await db.execute("SELECT 1 FROM change_answers WHERE id = $1 FOR UPDATE", answers_id)


async def finish(answers_id: UUID, budget_id: UUID) -> None:
    """The change is made. Joins the open unit of work."""
    await db.execute(
        "UPDATE change_answers SET done_at = $2, budget_id = $3 WHERE id = $1",
        answers_id,
        clock.now(),
        budget_id,
    )
