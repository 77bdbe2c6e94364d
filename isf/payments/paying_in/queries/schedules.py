"""How often one fund is paid."""

from uuid import UUID

import msgspec

from isf.parameters import Parameter, parameters
from isf.payments.cycles import Schedule
from isf.payments.paying_in.queries.payments import own_council
from isf.rules import fund_title
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.routes_of_money import Route


class FundPaid(msgspec.Struct, frozen=True, kw_only=True):
    """How often a fund is paid: its own way, its agreement's, or the council's usual one."""

    fund_id: UUID
    person_reference: str
    title: str
    schedule: Schedule
    own: bool
    because: str


async def schedule(actor: Actor, fund_id: UUID) -> FundPaid:
    """How often a fund of the actor's council is paid. Raises NotFound."""
    today = clock.today()
    council = own_council(actor)
    row = await db.fetch_one(
        "SELECT f.id AS fund_id, p.reference AS person_reference, f.route, coalesce(o.name, u.name) AS holder,"
        "       s.set_at IS NOT NULL AS own, s.weeks, s.advance_days, coalesce(s.because, '') AS because,"
        "       (SELECT a.payment_weeks FROM agreement a WHERE a.fund_id = f.id AND a.signed_at IS NOT NULL"
        "           AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)"
        "         ORDER BY a.version DESC LIMIT 1) AS payment_weeks"
        "  FROM fund f JOIN person p ON p.id = f.person_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        "  LEFT JOIN LATERAL (SELECT * FROM fund_schedule WHERE fund_id = f.id ORDER BY set_at DESC LIMIT 1) s ON true"
        " WHERE f.id = $1 AND f.council_id = $2",
        fund_id,
        council,
        today,
    )
    if row is None:
        raise NotFound
    told = await parameters(council, today)
    usual = row["payment_weeks"] or told.get(Parameter.PAYMENT_CYCLE_WEEKS, 4)
    advance = told.get(Parameter.PAYMENT_ADVANCE_DAYS, 0)
    return FundPaid(
        fund_id=fund_id,
        person_reference=row["person_reference"],
        title=fund_title(Route(row["route"]), row["holder"]),
        schedule=Schedule(row["weeks"], row["advance_days"]) if row["own"] else Schedule(usual, advance),
        own=row["own"],
        because=row["because"],
    )
