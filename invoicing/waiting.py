"""What the actor's provider has delivered and not billed, by month and line by line."""

from dataclasses import dataclass
from datetime import date

from invoicing import rules
from invoicing.billing import unbilled
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class UnbilledMonth:
    """What a provider has delivered in a month and not billed."""

    month: date
    count: int
    payers: int
    total: Money

    @property
    def over(self) -> bool:
        """Whether nothing more can be delivered in it."""
        return rules.last_day(self.month) < clock.today()


async def unbilled_months(actor: Actor) -> list[UnbilledMonth]:
    """What the actor's provider can bill, by month, the newest first. Raises Forbidden without INVOICE_ISSUE."""
    require(actor, Permission.INVOICE_ISSUE)
    rows = await db.fetch_all(
        f"""SELECT date_trunc('month', b.service_on)::date AS month, count(*) AS count, sum(t.charge_pence) AS total,
                   count(DISTINCT coalesce(f.holder_organisation_id, f.holder_user_id)) AS payers
              FROM provider pr JOIN booking b ON b.provider_id = pr.id JOIN attendance t ON t.booking_id = b.id
              JOIN fund f ON f.id = b.fund_id
             WHERE pr.organisation_id = $1 AND {unbilled("$2")} GROUP BY 1 ORDER BY 1 DESC""",
        actor.organisation_id,
        clock.now(),
    )
    return [
        UnbilledMonth(row["month"], row["count"], row["payers"], Money(int(row["total"]))) for row in rows
    ]


async def unbilled_lines(actor: Actor, month: date) -> list[db.Row]:
    """Each attendance that the next invoices of a month would bill, by payer, person and day."""
    require(actor, Permission.INVOICE_ISSUE)
    return await db.fetch_all(
        f"""SELECT b.id, b.reference, b.service_on, a.title, p.reference AS person_reference, t.charge_pence,
                   coalesce(o.name, u.name) AS payer_name
              FROM provider pr JOIN booking b ON b.provider_id = pr.id JOIN attendance t ON t.booking_id = b.id
              JOIN fund f ON f.id = b.fund_id JOIN person p ON p.id = b.person_id
              JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
              LEFT JOIN organisation o ON o.id = f.holder_organisation_id
              LEFT JOIN app_user u ON u.id = f.holder_user_id
             WHERE pr.organisation_id = $1 AND b.service_on BETWEEN $2 AND $3 AND {unbilled("$4")}
             ORDER BY payer_name, p.reference, b.service_on, b.reference""",
        actor.organisation_id,
        month,
        rules.last_day(month),
        clock.now(),
    )
