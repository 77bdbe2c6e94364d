"""A council's frameworks, their lots, and what each lot asks and is judged by."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id
from providers.access import require_council
from providers.commissions.rules import CriterionDraft, QuestionDraft

MOST_ASKED: Final = 20


async def create_framework(
    who: audit.Who,
    council_id: UUID,
    name: str,
    lots: Sequence[str],
    starts_on: date,
    ends_on: date | None = None,
) -> UUID:
    """A framework with its lots; asks for no permission (`open_framework` does). Raises Invalid."""
    names = [lot.strip() for lot in lots if lot.strip()]
    wrong: dict[str, str] = {}
    if not name.strip():
        wrong["name"] = "Enter a name for the framework"
    if not names:
        wrong["lots"] = "Enter one lot or more, each on its own line"
    if ends_on is not None and ends_on <= starts_on:
        wrong["ends_on"] = "Enter a day after the start"
    if wrong:
        raise Invalid(wrong)
    framework_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO framework (id, council_id, name, starts_on, ends_on) VALUES ($1, $2, $3, $4, $5)",
            framework_id,
            council_id,
            name.strip(),
            starts_on,
            ends_on,
        )
        await db.execute_many(
            "INSERT INTO lot (id, framework_id, name) VALUES ($1, $2, $3)",
            [(new_id(), framework_id, lot) for lot in names],
        )
        await audit.record(
            who, "framework.created", "framework", framework_id, after={"name": name, "lots": names}
        )
    return framework_id


async def open_framework(
    actor: Actor, name: str, lots: Sequence[str], starts_on: date, ends_on: date | None = None
) -> UUID:
    """The actor's council opens a framework. Raises Forbidden, NotFound or Invalid."""
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    return await create_framework(actor, council_id, name, lots, starts_on, ends_on)


async def set_lot(
    actor: Actor,
    lot_id: UUID,
    description: str,
    questions: Sequence[QuestionDraft],
    criteria: Sequence[CriterionDraft],
) -> None:
    """Say what a lot is for, what it asks and what its applications are judged by, instead of what was said before.

    A question or criterion that stays as it was keeps its answers and scores; one that goes is not asked any more,
    and its answers stay. Raises Forbidden, NotFound (another council's) or Invalid.
    """
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    wrong = {}
    for name, drafts in (("questions", questions), ("criteria", criteria)):
        if len(drafts) > MOST_ASKED:
            wrong[name] = f"Use {MOST_ASKED} lines or fewer"
        elif any(len(draft.words) > 300 for draft in drafts):
            wrong[name] = "Use 300 characters or fewer for each line"
        elif len({draft.words for draft in drafts}) < len(drafts):
            wrong[name] = "Write each line once"
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        found = await db.fetch_one(
            "SELECT l.description FROM lot l JOIN framework f ON f.id = l.framework_id"
            " WHERE l.id = $1 AND f.council_id = $2 FOR NO KEY UPDATE OF l",
            lot_id,
            council_id,
        )
        if found is None:
            raise NotFound
        await db.execute("UPDATE lot SET description = $2 WHERE id = $1", lot_id, description.strip())
        await _ask(lot_id, questions)
        await _judge(lot_id, criteria)
        await audit.record(
            actor,
            "lot.set",
            "lot",
            lot_id,
            before=found,
            after={
                "description": description.strip(),
                "questions": [draft.words for draft in questions],
                "criteria": [draft.words for draft in criteria],
            },
        )


async def _ask(lot_id: UUID, questions: Sequence[QuestionDraft]) -> None:
    known = {
        (row["kind"], row["words"]): row["id"]
        for row in await db.fetch_all("SELECT id, kind, words FROM lot_question WHERE lot_id = $1", lot_id)
    }
    await db.execute("UPDATE lot_question SET asked = false WHERE lot_id = $1", lot_id)
    await db.execute_many(
        "INSERT INTO lot_question (id, lot_id, position, kind, words, needed) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (id) DO UPDATE SET position = excluded.position, needed = excluded.needed, asked = true",
        [
            (
                known.get((str(draft.kind), draft.words), new_id()),
                lot_id,
                place,
                str(draft.kind),
                draft.words,
                draft.needed,
            )
            for place, draft in enumerate(questions)
        ],
    )


async def _judge(lot_id: UUID, criteria: Sequence[CriterionDraft]) -> None:
    known = {
        row["words"]: row["id"]
        for row in await db.fetch_all("SELECT id, words FROM lot_criterion WHERE lot_id = $1", lot_id)
    }
    await db.execute("UPDATE lot_criterion SET used = false WHERE lot_id = $1", lot_id)
    await db.execute_many(
        "INSERT INTO lot_criterion (id, lot_id, position, words, least_score) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (id) DO UPDATE SET position = excluded.position, least_score = excluded.least_score, used = true",
        [
            (known.get(draft.words, new_id()), lot_id, place, draft.words, draft.least_score)
            for place, draft in enumerate(criteria)
        ],
    )
