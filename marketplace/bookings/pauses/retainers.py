"""The provider's own term for keeping places, and charging for the places that were kept."""

from uuid import UUID

import msgspec

from marketplace.bookings.commands import charge_kept
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id
from providers.access import require_activity


class Term(msgspec.Struct, frozen=True):
    """A share of the price in per cent, for so many weeks at most."""

    percent: int
    weeks: int


async def term_of(activity_id: UUID) -> Term | None:
    """What an activity's provider asks for keeping a place; none: places are given back. Public."""
    row = await db.fetch_one("SELECT percent, weeks FROM retainer_term WHERE activity_id = $1", activity_id)
    return None if row is None else Term(**row)


async def own_term(actor: Actor, activity_id: UUID) -> tuple[str, Term | None]:
    """The title of an activity of the actor's provider, and its term. Raises NotFound."""
    async with db.unit_of_work():
        row = await require_activity(actor, activity_id)
    return row["title"], await term_of(activity_id)


async def set_term(actor: Actor, activity_id: UUID, term: Term | None) -> None:
    """Say what keeping a place costs from now on, or that none is kept; pauses that were made keep theirs.

    Needs OFFER_MANAGE for the activity. Raises NotFound, Invalid.
    """
    if term is not None:
        wrong = {}
        if not 1 <= term.percent <= 100:
            wrong["percent"] = "Enter a number from 1 to 100"
        if not 1 <= term.weeks <= 52:
            wrong["weeks"] = "Enter a number from 1 to 52"
        if wrong:
            raise Invalid(wrong)
    async with db.unit_of_work():
        await require_activity(actor, activity_id)
        if term is None:
            await db.execute("DELETE FROM retainer_term WHERE activity_id = $1", activity_id)
        else:
            await db.execute(
                "INSERT INTO retainer_term (id, activity_id, percent, weeks, set_by, set_at)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (activity_id)"
                " DO UPDATE SET percent = $3, weeks = $4, set_by = $5, set_at = $6",
                new_id(),
                activity_id,
                term.percent,
                term.weeks,
                actor.user_id,
                clock.now(),
            )
        after = {"percent": term.percent, "weeks": term.weeks} if term else {}
        await audit.record(actor, "retainer.set", "activity", activity_id, after=after)


async def charge_kept_places(most: int = 500) -> int:
    """For the job: charge the agreed share for each place that was kept on a day gone by; answers how many.

    Each in a transaction of its own; what a provider recorded itself stays.
    """
    rows = await db.fetch_all(
        "SELECT k.booking_id FROM pause_place k JOIN booking b ON b.id = k.booking_id"
        " WHERE k.kept AND b.state = 'confirmed' AND b.service_on < $1 AND kept_percent(b.id) IS NOT NULL"
        " ORDER BY b.service_on, b.id LIMIT $2",
        clock.today(),
        most,
    )
    for row in rows:
        await charge_kept(audit.SYSTEM, row["booking_id"])
    return len(rows)
