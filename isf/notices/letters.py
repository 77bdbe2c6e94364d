"""Letters on paper: printed when somebody opens them, and marked when they are posted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from isf.notices.queries import Letter, letter
from isf.notices.rules import Print, sentences
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.clock import london_day
from marketplace.kernel.errors import Invalid
from marketplace.kernel.typesetting import typeset
from providers.access import require_council


async def printed_letter(actor: Actor, letter_id: UUID) -> tuple[Letter, bytes]:
    """The letter as a tagged PDF, in the print that its person reads. Raises NotFound."""
    told = await letter(actor, letter_id)
    await audit.record(actor, "letter.printed", "person", told.person_id, after={"letter": letter_id})
    layout, words = (
        ("easy_read.typ", easy_words(told)) if told.print is Print.EASY_READ else ("notice.typ", _words(told))
    )
    return told, await typeset(layout, words, title=told.subject, made_on=london_day(told.made_at))


async def mark_posted(actor: Actor, letter_ids: Sequence[UUID]) -> int:
    """These letters of the actor's council are in the post; answers how many were marked now. Raises Invalid."""
    council_id = require_council(actor, Permission.LETTERS_POST)
    if not letter_ids:
        raise Invalid({"letters": "Choose the letters that you posted"})
    async with db.unit_of_work():
        rows = await db.fetch_all(
            "UPDATE sent_notice n SET posted_at = $3, posted_by = $4 FROM person p"
            " WHERE p.id = n.person_id AND p.council_id = $1 AND n.id = ANY ($2) AND n.way = 'letter'"
            "   AND n.posted_at IS NULL RETURNING n.id",
            council_id,
            list(letter_ids),
            clock.now(),
            actor.user_id,
        )
        await audit.record(
            actor,
            "letters.posted",
            "council",
            council_id,
            after={"letters": sorted(str(row["id"]) for row in rows)},
        )
    return len(rows)


def _frame(told: Letter) -> dict[str, Any]:
    return {
        "author": told.council,
        "foot": f"{told.council}, for {told.reference}",
        "heading": told.subject,
        "communication": "",
    }


def _words(told: Letter) -> dict[str, Any]:
    event = told.event
    facts = [("When", formats.when(event)), ("What", event.title)] if event else []
    if event and event.place:
        facts.append(("Where", event.place))
    return {
        **_frame(told),
        "large": told.print is Print.LARGE,
        "from": [told.council, *told.council_address.splitlines()],
        "to": [told.name, *told.address.splitlines()],
        "date": formats.full_date(london_day(told.made_at)),
        "greeting": f"Hello {told.called},",
        "paragraphs": told.words.split("\n\n"),
        "facts": facts,
        "closing": f"If anything here is not right, or you want to talk about it, ask {told.council}. "
        f"Say your reference: {told.reference}.",
    }


def easy_words(told: Letter) -> dict[str, Any]:
    """The letter in Easy Read: one idea each, a picture by each."""
    ideas = [{"picture": "letter", "words": f"Hello {told.called}."}]
    ideas += [{"picture": "talk", "words": words} for words in sentences(told.words)]
    if told.event:
        ideas.append({"picture": "calendar", "words": "When it is:", "strong": formats.when(told.event)})
        if told.event.place:
            ideas.append({"picture": "place", "words": "Where it is:", "strong": told.event.place})
    ideas.append({"picture": "help", "words": f"You can ask {told.council} about this letter."})
    ideas.append({"picture": "person", "words": "Say this reference:", "strong": told.reference})
    return {**_frame(told), "parts": [{"heading": "", "ideas": ideas}]}
