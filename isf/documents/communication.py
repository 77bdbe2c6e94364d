"""The line at the top of every paper about a person: how to communicate with them (`rules.md` 25)."""

from uuid import UUID

from marketplace.kernel import db

_PREFERS = "Prefers Easy Read."


def communication_words(needs: str, *, prefers_easy_read: bool) -> str:
    """What is recorded, and that Easy Read is preferred where the record does not say so itself."""
    told = needs.strip()
    if not prefers_easy_read or "easy read" in told.lower():
        return told
    return f"{told.rstrip('.')}. {_PREFERS}" if told else _PREFERS


async def communication_line(person_id: UUID) -> str:
    """The line of a person, empty when nothing is recorded. Whether it may be read was asked before."""
    row = await db.fetch_one(
        "SELECT communication_needs, prefers_easy_read FROM person WHERE id = $1", person_id
    )
    if row is None:
        return ""
    return communication_words(row["communication_needs"], prefers_easy_read=row["prefers_easy_read"])
