"""Keeping terms: what follows them follows at once (row P4)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, db
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.ids import new_id
from providers.timetables.making import WITH_TERMS, PutRight, put_right
from providers.timetables.terms.queries import Keeper, keeper_of

LONGEST_DAYS = 366


class TermsOverlap(Conflict):
    """Two terms of one keeper share a day."""

    code = "terms_overlap"

    def __init__(self) -> None:
        super().__init__(
            "You cannot add this term, because another one has some of its days. "
            "You can choose other days, or remove the other term first."
        )


db.explain_constraint("term_one_at_a_time", TermsOverlap())


@dataclass(frozen=True, slots=True)
class TermDraft:
    """A term; both days are in it."""

    name: str
    starts_on: date
    ends_on: date


def check(draft: TermDraft) -> None:
    """Raises Invalid, field by field."""
    wrong: dict[str, str] = {}
    if not 1 <= len(draft.name) <= 100:
        wrong["name"] = "Enter a name, like Autumn term 2026"
    if not 2000 <= draft.starts_on.year <= 2100:
        wrong["starts_on"] = "Enter a year from 2000 to 2100"
    if draft.ends_on < draft.starts_on:
        wrong["ends_on"] = "Enter a last day that is not before the first day"
    elif (draft.ends_on - draft.starts_on).days > LONGEST_DAYS:
        wrong["ends_on"] = "Enter a last day within a year of the first day"
    if wrong:
        raise Invalid(wrong)


async def add_term(actor: Actor, draft: TermDraft) -> tuple[UUID, PutRight]:
    """A term of the actor's council or provider; answers its id and what became of dates.

    Raises Forbidden, NotFound, Invalid, TermsOverlap.
    """
    check(draft)
    async with db.unit_of_work():
        keeper = await keeper_of(actor)
        rows = await _following(keeper)
        term_id = new_id()
        await db.execute(
            "INSERT INTO term (id, provider_id, council_id, name, starts_on, ends_on) VALUES ($1, $2, $3, $4, $5, $6)",
            term_id,
            keeper.provider_id,
            keeper.council_id,
            draft.name,
            draft.starts_on,
            draft.ends_on,
        )
        done = await _follow(rows)
        await audit.record(
            actor, "term.added", "term", term_id,
            after={"name": draft.name, "starts_on": draft.starts_on, "ends_on": draft.ends_on,
                   "dates_made": done.made, "dates_taken_away": done.taken_away},
        )  # fmt: skip
    return term_id, done


async def remove_term(actor: Actor, term_id: UUID) -> PutRight:
    """Take a term away; answers what became of dates. Raises Forbidden, NotFound (another's)."""
    async with db.unit_of_work():
        keeper = await keeper_of(actor)
        rows = await _following(keeper)
        gone = await db.fetch_one(
            "DELETE FROM term WHERE id = $1 AND (provider_id = $2 OR council_id = $3)"
            " RETURNING name, starts_on, ends_on",
            term_id,
            keeper.provider_id,
            keeper.council_id,
        )
        if gone is None:
            raise NotFound
        done = await _follow(rows)
        await audit.record(
            actor, "term.removed", "term", term_id, before=gone,
            after={"dates_made": done.made, "dates_taken_away": done.taken_away},
        )  # fmt: skip
    return done


async def _following(keeper: Keeper) -> list[UUID]:
    """The timetables that follow a keeper's terms, locked: activities first, then timetables, each in id order."""
    rows = await db.fetch_all(
        "SELECT t.id FROM timetable t JOIN activity a ON a.id = t.activity_id"
        " WHERE t.in_terms <> 'always'"
        " AND (t.terms_council_id = $2 OR t.terms_council_id IS NULL AND a.provider_id = $1)"
        " ORDER BY t.activity_id, t.id FOR UPDATE OF t FOR NO KEY UPDATE OF a",
        keeper.provider_id,
        keeper.council_id,
    )
    return [row["id"] for row in rows]


async def _follow(timetable_ids: list[UUID]) -> PutRight:
    return await put_right(await db.fetch_all(WITH_TERMS + " WHERE t.id = ANY ($1::uuid[])", timetable_ids))
