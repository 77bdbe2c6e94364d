"""A fund: the money in, booked, used and left, and everything that happened to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get

from isf import queries
from isf.queries import FundMoney, Month
from isf.routes.reading import SEES, page_number
from isf.rules import first_day_after, planned_by
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.kernel import clock
from marketplace.kernel.formats import MONTHS
from marketplace.kernel.money import Money


@get("/funds/{fund_id:uuid}", opt=SEES)
async def show_fund(request: AnyRequest, actor: Actor, fund_id: UUID) -> Response[Any]:
    """One fund (`pages.md` 4)."""
    fund = await queries.fund(actor, fund_id)
    moved = await queries.movements(actor, fund_id, page_number(request))
    planned = planned_by(
        Money(fund.amount_pence), fund.starts_on, fund.ends_on, first_day_after(clock.today())
    )
    return await page(
        request,
        "isf/fund.html",
        fund=fund,
        planned_pence=planned.pence,
        points=chart_points(fund, await queries.months_of(actor, fund_id)),
        movements=moved,
        pages=-(-moved.total // moved.page_size),
    )


def chart_points(fund: FundMoney, months: Sequence[Month]) -> list[dict[str, object]]:
    """The line of a fund from its first day, where nothing is planned or used, through the end of each month."""
    start = f"{fund.starts_on.day} {MONTHS[fund.starts_on.month - 1][:3]}"
    points: list[dict[str, object]] = [{"label": start, "planned_pence": 0, "used_pence": 0}]
    for month in months:
        name = MONTHS[month.starts_on.month - 1][:3]
        points.append({"label": name, "planned_pence": month.planned_pence, "used_pence": month.used_pence})
    return points


HANDLERS = [show_fund]
