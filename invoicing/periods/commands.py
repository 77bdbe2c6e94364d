"""Closing a month: once, in its turn, for ever (`rules.md` 11)."""

from datetime import date

from invoicing.periods.queries import figures_of, last_closed, own_books
from invoicing.periods.rules import CannotClose, check_close
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.ids import new_id

db.explain_constraint(
    "closed_period_once", CannotClose("Somebody closed this month a moment ago. It stays closed.")
)


async def close_month(actor: Actor, month: date) -> None:
    """Close a month of the funds that the actor's organisation holds (its first day); it is never opened again.

    Waits for every posting that is on its way into one of the funds, and no later one counts in the month. Raises
    Forbidden, NotFound, CannotClose.
    """
    organisation_id = own_books(actor)
    async with db.unit_of_work():
        await db.execute(
            "SELECT 1 FROM ledger_head WHERE fund_id IN (SELECT id FROM fund WHERE holder_organisation_id = $1)"
            " ORDER BY fund_id FOR UPDATE",
            organisation_id,
        )
        check_close(month, await last_closed(organisation_id), clock.today())
        told = await figures_of(organisation_id, month)
        period_id = new_id()
        await db.execute(
            "INSERT INTO closed_period (id, organisation_id, month, journals, figures, closed_by, closed_at)"
            " VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)",
            period_id,
            organisation_id,
            month,
            told["journals"],
            told["figures"],
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor, "period.closed", "closed_period", period_id, after={"month": formats.month(month)}
        )
