"""Which council owns a provider, from when to when (`rules.md` 1; requirement P8)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import asyncpg

from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from providers.ownership.rules import Planned, planned_change

# The database's own refusals (bookings and invoice lines carry the owner of their session's day).
_BLOCKED_BY = frozenset({"booking_not_in_house", "booking_netted_in_house", "invoice_line_not_in_house"})


class OwnershipBlocked(Conflict):
    """Bookings or invoices on those days are paid from personalised budgets of the same council."""

    code = "ownership_blocked_by_bookings"

    def __init__(self, constraint: str) -> None:
        if constraint == "booking_netted_in_house":
            super().__init__(
                "You cannot record these dates, because one-off sessions on them were allowed at a service of the "
                "council’s own, and nobody is paid for them; you can cancel those bookings first, or choose a later "
                "end.",
                blocked_by="bookings",
            )
            return
        if constraint == "invoice_line_not_in_house":
            instead = "you can choose a start after the last session that was invoiced"
        else:
            instead = "you can cancel those bookings first, or choose a later start"
        super().__init__(
            "You cannot record these dates, because sessions on them are booked from personalised budgets of this "
            f"council, and a council cannot pay itself; {instead}.",
            blocked_by="invoices" if constraint == "invoice_line_not_in_house" else "bookings",
        )


class OwnershipOverlaps(Conflict):
    """One owner at a time."""

    code = "ownership_overlaps"


db.explain_constraint(
    "ownership_one_at_a_time",
    OwnershipOverlaps(
        "You cannot record these dates, because a council owns the provider on some of them already. "
        "You can choose other dates, or ask that council to end its ownership first."
    ),
)
db.explain_constraint("ownership_dates", Invalid({"ends_on": "Enter a day after the start"}))


@asynccontextmanager
async def _told_if_blocked() -> AsyncIterator[None]:
    """The same constraint means another thing to somebody who books; here it says what the council can do."""
    try:
        yield
    except asyncpg.CheckViolationError as failure:
        if failure.constraint_name in _BLOCKED_BY:
            raise OwnershipBlocked(failure.constraint_name) from failure
        raise


async def record_ownership(
    actor: Actor, provider_id: UUID, council_id: UUID, starts_on: date, ends_on: date | None = None
) -> UUID:
    """A council records that it owns a provider; `ends_on` is the first day on which it does not. Answers the id.

    Every session on those days, and every booking of one, follows at once.
    Raises Forbidden (another council), NotFound, Invalid, OwnershipOverlaps, OwnershipBlocked.
    """
    require(actor, Permission.OWNERSHIP_RECORD)
    if actor.council_id != council_id:
        raise Forbidden("A council records what it owns itself.")
    if ends_on is not None and ends_on <= starts_on:
        raise Invalid({"ends_on": "Enter a day after the start"})
    ownership_id = new_id()
    async with db.unit_of_work(), _told_if_blocked():
        if (
            await db.fetch_value("SELECT 1 FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
            is None
        ):
            raise NotFound
        await db.execute(
            "INSERT INTO ownership (id, provider_id, council_id, starts_on, ends_on) VALUES ($1, $2, $3, $4, $5)",
            ownership_id,
            provider_id,
            council_id,
            starts_on,
            ends_on,
        )
        await audit.record(
            actor,
            "ownership.recorded",
            "provider",
            provider_id,
            after={
                "ownership": ownership_id,
                "council": council_id,
                "starts_on": starts_on,
                "ends_on": ends_on,
            },
        )
    return ownership_id


async def end_ownership(actor: Actor, ownership_id: UUID, ends_on: date, because: str = "") -> None:
    """The council that owns a provider says from which day on it does not; a later end than before is possible too.

    Raises Forbidden, NotFound (another council's), Invalid, OwnershipOverlaps, OwnershipBlocked.
    """
    require(actor, Permission.OWNERSHIP_RECORD)
    async with db.unit_of_work(), _told_if_blocked():
        row = await db.fetch_one(
            "SELECT o.* FROM ownership o JOIN provider p ON p.id = o.provider_id WHERE o.id = $1 FOR NO KEY UPDATE",
            ownership_id,
        )
        if row is None or row["council_id"] != actor.council_id:
            raise NotFound
        if ends_on <= row["starts_on"]:
            raise Invalid({"ends_on": "Enter a day after the start"})
        await db.execute("UPDATE ownership SET ends_on = $2 WHERE id = $1", ownership_id, ends_on)
        await audit.record(
            actor,
            "ownership.ended",
            "provider",
            row["provider_id"],
            before={"ends_on": row["ends_on"]},
            after={"ownership": ownership_id, "ends_on": ends_on},
            because=because,
        )


class NothingPlanned(Conflict):
    """What has begun, or is over, is not taken back."""

    code = "ownership_not_planned"

    def __init__(self) -> None:
        super().__init__(
            "You cannot take this back, because its day has come; you can record a last day, or a new first day."
        )


async def take_back_planned(actor: Actor, ownership_id: UUID, because: str) -> Planned:
    """The council takes back a change of ownership whose day has not come; answers which change it was.

    A start that is to come goes with its whole period; of an ownership that runs, the last day goes and it runs on.
    Every session follows at once. Bookings that were given back for it stay given back: people may book them again.
    Raises Forbidden, NotFound (another council's), Invalid (no reason), NothingPlanned, OwnershipOverlaps,
    OwnershipBlocked.
    """
    require(actor, Permission.OWNERSHIP_RECORD)
    if not because.strip():
        raise Invalid({"because": "Enter why it is taken back"})
    async with db.unit_of_work(), _told_if_blocked():
        row = await db.fetch_one(
            "SELECT o.* FROM ownership o JOIN provider p ON p.id = o.provider_id WHERE o.id = $1 FOR NO KEY UPDATE",
            ownership_id,
        )
        if row is None or row["council_id"] != actor.council_id:
            raise NotFound
        planned = planned_change(row["starts_on"], row["ends_on"], clock.today())
        if planned is None:
            raise NothingPlanned
        if planned is Planned.START:
            await db.execute("DELETE FROM ownership WHERE id = $1", ownership_id)
        else:
            await db.execute("UPDATE ownership SET ends_on = NULL WHERE id = $1", ownership_id)
        await audit.record(
            actor,
            "ownership.taken_back",
            "provider",
            row["provider_id"],
            before={"ownership": ownership_id, "starts_on": row["starts_on"], "ends_on": row["ends_on"]},
            after={"planned": planned},
            because=because.strip(),
        )
    return planned
