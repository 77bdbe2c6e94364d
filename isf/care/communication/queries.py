"""Reads about how to communicate with people."""

from datetime import date
from uuid import UUID

import msgspec

from isf.care.rules import CommunicationKind, Identified, Met
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db


class ReviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier look at a communication need: what it said before, and what was found."""

    reviewed_on: date
    by: str
    words: str
    met: Met
    still_needed: bool
    note: str


class CommunicationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A communication need with the looks at it, the newest first."""

    id: UUID
    kind: CommunicationKind
    words: str
    identified: Identified
    shared: bool
    consent_on: date | None
    met: Met
    review_on: date | None
    ended_on: date | None
    version: int
    recorded_on: date
    recorded_by: str
    reviews: list[ReviewLine]

    @property
    def due(self) -> bool:
        """Whether it should have been looked at again by now."""
        return self.ended_on is None and self.review_on is not None and self.review_on <= clock.today()


class DueLine(msgspec.Struct, frozen=True, kw_only=True):
    """A person with communication needs to look at again."""

    person_id: UUID
    reference: str
    name: str
    words: str
    review_on: date


_LINES = """
    SELECT c.id, c.kind, c.words, c.identified, c.shared, c.consent_on, c.met, c.review_on, c.ended_on, c.version,
           (c.recorded_at AT TIME ZONE 'Europe/London')::date AS recorded_on, coalesce(u.name, '') AS recorded_by,
           coalesce((SELECT jsonb_agg(jsonb_build_object('reviewed_on', r.reviewed_on, 'by', coalesce(ru.name, ''),
                        'words', r.words, 'met', r.met, 'still_needed', r.still_needed, 'note', r.note)
                        ORDER BY r.created_at DESC)
                       FROM communication_review r LEFT JOIN app_user ru ON ru.id = r.reviewed_by
                      WHERE r.need_id = c.id), '[]'::jsonb)::text AS reviews
      FROM communication_need c LEFT JOIN app_user u ON u.id = c.recorded_by
"""


async def communication_of(actor: Actor, person_id: UUID) -> list[CommunicationLine]:
    """Every communication need of a person, those that still hold first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        _LINES + " WHERE c.person_id = $1 ORDER BY c.ended_on IS NOT NULL, c.recorded_at, c.id", person_id
    )
    return [
        msgspec.convert(
            {**row, "reviews": msgspec.json.decode(row["reviews"])}, CommunicationLine, strict=False
        )
        for row in rows
    ]


async def communication_line(person_id: UUID) -> str:
    """One line for letters to those who deliver support; empty unless the person agreed to share it (`rules.md` 25)."""
    return await db.fetch_value("SELECT communication_line($1)", person_id) or ""


async def letter_note(person_id: UUID) -> str:
    """The same as a paragraph to put at the end of a letter about the person."""
    line = await communication_line(person_id)
    return f"\n\n{line}\n" if line else ""


async def due_for_review(actor: Actor, until: date) -> list[DueLine]:
    """The people of the actor's council whose communication needs are to be looked at by a day, oldest first."""
    rows = await db.fetch_all(
        "SELECT p.id AS person_id, p.reference, p.name, string_agg(c.words, '; ' ORDER BY c.review_on) AS words,"
        "       min(c.review_on) AS review_on"
        "  FROM communication_need c JOIN person p ON p.id = c.person_id"
        " WHERE p.council_id = $1 AND c.ended_on IS NULL AND c.review_on <= $2"
        " GROUP BY p.id ORDER BY min(c.review_on), p.name",
        actor.council_id,
        until,
    )
    return [msgspec.convert(row, DueLine) for row in rows]
