"""Every word that is said about an application is kept: the provider and the council read the same."""

from uuid import UUID

from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id
from providers.commissions.rules import Said


async def say(who: audit.Who, commission_id: UUID, kind: Said, words: str) -> None:
    """Keep what was said; joins the open unit of work."""
    await db.execute(
        "INSERT INTO commission_word (id, commission_id, kind, words, said_by, said_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        new_id(),
        commission_id,
        str(kind),
        words.strip(),
        who.user_id,
        clock.now(),
    )
