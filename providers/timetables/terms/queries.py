"""Reads about terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from providers.access import own_provider, require_council
from providers.timetables.rules import InTerms, Span


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps terms: a provider or a council."""

    provider_id: UUID | None = None
    council_id: UUID | None = None


async def keeper_of(actor: Actor) -> Keeper:
    """Whose terms the actor keeps: the council's, or the own provider's. Raises NotSignedIn, Forbidden, NotFound."""
    if actor.council_id is not None:
        return Keeper(council_id=require_council(actor, Permission.COMMISSION_DECIDE))
    return Keeper(provider_id=await own_provider(actor))


async def terms_of(keeper: Keeper) -> list[db.Row]:
    """The terms of a keeper that are not over for a year, the earliest first."""
    return await db.fetch_all(
        "SELECT id, name, starts_on, ends_on FROM term WHERE (provider_id = $1 OR council_id = $2)"
        " AND ends_on > $3::date - 365 ORDER BY starts_on",
        keeper.provider_id,
        keeper.council_id,
        clock.today(),
    )


async def spans_of(provider_id: UUID, in_terms: InTerms, council_id: UUID | None) -> list[Span]:
    """The terms that a timetable follows: a council's, or the provider's own; none when it follows none."""
    if in_terms is InTerms.ALWAYS:
        return []
    rows = await db.fetch_all(
        "SELECT starts_on, ends_on FROM term WHERE council_id = $1 OR $1 IS NULL AND provider_id = $2"
        " ORDER BY starts_on",
        council_id,
        provider_id,
    )
    return [(row["starts_on"], row["ends_on"]) for row in rows]


async def keepers_for(provider_id: UUID) -> list[tuple[str, str]]:
    """Whose terms a timetable of the provider can follow, as choices: its own, and each council's that has some."""
    rows: Sequence[db.Row] = await db.fetch_all(
        "SELECT o.id, o.name FROM organisation o WHERE EXISTS (SELECT 1 FROM term t WHERE t.council_id = o.id)"
        " ORDER BY o.name"
    )
    own = await db.fetch_value("SELECT EXISTS (SELECT 1 FROM term WHERE provider_id = $1)", provider_id)
    return [
        ("", "Your own terms" + ("" if own else " (none are entered yet)")),
        *((str(row["id"]), f"Terms of {row['name']}") for row in rows),
    ]
