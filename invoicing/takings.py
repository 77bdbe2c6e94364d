"""A provider’s money by month: to be billed, held back, billed, queried, paid (`pages.md` 6)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Response, Router, get

from invoicing.billing import unbilled
from marketplace.identity.access import Actor, require
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db

ISSUES = {"permission": Permission.INVOICE_ISSUE}

# $1 organisation, $2 now. A month is that of the service; what is held back is on no invoice.
_MONTHS = f"""
    SELECT m.month, sum(m.to_bill)::bigint AS to_bill, sum(m.disputed)::bigint AS disputed,
           sum(m.billed)::bigint AS billed, sum(m.queried)::bigint AS queried, sum(m.paid)::bigint AS paid
      FROM (SELECT date_trunc('month', b.service_on)::date AS month,
                   CASE WHEN {unbilled("$2")} THEN t.charge_pence ELSE 0 END AS to_bill,
                   CASE WHEN t.disputed THEN t.charge_pence ELSE 0 END AS disputed, 0 AS billed, 0 AS queried,
                   0 AS paid
              FROM provider pr JOIN booking b ON b.provider_id = pr.id JOIN attendance t ON t.booking_id = b.id
             WHERE pr.organisation_id = $1 AND b.payment = 'invoice' AND (t.disputed OR {unbilled("$2")})
            UNION ALL
            SELECT date_trunc('month', i.period_starts)::date, 0, 0, p.due, p.queried, p.paid
              FROM provider pr JOIN invoice i ON i.provider_id = pr.id CROSS JOIN LATERAL invoice_parts(i.id) p
             WHERE pr.organisation_id = $1) m
     GROUP BY 1 ORDER BY 1 DESC
"""  # noqa: S608 - the condition is ours


@dataclass(frozen=True, slots=True)
class Takings:
    """A month's money in pence. `billed` waits to be paid, `queried` for an answer to the payer first."""

    month: date
    to_bill: int
    disputed: int
    billed: int
    queried: int
    paid: int


async def takings(actor: Actor) -> list[Takings]:
    """The months of the actor's provider, the newest first. Raises Forbidden without INVOICE_ISSUE."""
    require(actor, Permission.INVOICE_ISSUE)
    return [Takings(**row) for row in await db.fetch_all(_MONTHS, actor.organisation_id, clock.now())]


async def on_hold(actor: Actor) -> bool:
    """Whether a council holds back what this provider has billed."""
    return bool(
        await db.fetch_value(
            "SELECT provider_on_hold(id) FROM provider WHERE organisation_id = $1", actor.organisation_id
        )
    )


@get("/provider/money", opt=ISSUES)
async def show_money(request: AnyRequest, actor: Actor) -> Response[Any]:
    """To be billed, held back, billed and paid, by month."""
    months = await takings(actor)
    names = ("to_bill", "disputed", "billed", "queried", "paid")
    return await page(
        request,
        "invoicing/takings.html",
        months=months,
        totals={name: sum(getattr(month, name) for month in months) for name in names},
        on_hold=await on_hold(actor),
    )


@get("/provider/money", opt=ISSUES)
async def money(actor: Actor) -> list[Takings]:
    """What your provider has earned by month, in pence: to be billed, disputed, billed and waiting, paid."""
    return await takings(actor)


router = Router("/", route_handlers=[show_money], include_in_schema=False)
api_router = Router("/api/v1", route_handlers=[money], include_in_schema=True, tags=["provider"])
