"""A fund: the money in, planned, booked, used and left, the line of it, and everything that happened to it."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from isf import queries
from isf.burn import Burn
from isf.coming import Coming, coming
from isf.ledger.queries import netted_pence
from isf.queries import FundMoney
from isf.routes.reading import SEES, page_number
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import easy_read, page
from marketplace.kernel import clock
from marketplace.kernel.money import ZERO, Money


@get("/funds/{fund_id:uuid}", opt=SEES)
async def show_fund(request: AnyRequest, actor: Actor, fund_id: UUID) -> Response[Any]:
    """One fund (`pages.md` 4)."""
    fund = await queries.fund(actor, fund_id)
    moved = await queries.movements(actor, fund_id, page_number(request))
    burn = await queries.burn_down_of(actor, fund)
    return await page(
        request,
        "isf/fund_easy.html" if easy_read(request) else "isf/fund.html",
        about=fund.person_id,
        fund=fund,
        burn=burn,
        points=chart_points(burn),
        incoming=incoming(fund, (await coming([fund_id])).get(fund_id), Money(await netted_pence(fund_id))),
        waits=await queries.plan_words(fund.person_id) if fund.locked else "",
        short=(await queries.shortfalls([fund.id])).get(fund.id, []),
        movements=moved,
        pages=-(-moved.total // moved.page_size),
    )


def incoming(fund: FundMoney, following: Coming | None, netted: Money = ZERO) -> list[str]:
    """What has been paid in, what has not, and what comes next, a sentence each; nothing that is zero."""
    person = fund.person_name
    told = [
        f"{fund.from_council} is paid in so far by {fund.council_name}" if fund.from_council else "",
        f"{fund.from_person} is paid in so far by {person}" if fund.from_person else "",
        "Nothing is paid in yet" if fund.paid_in_pence <= 0 else "",
        f"{fund.to_come} is still to come" if fund.to_come.pence > 0 else "",
        following.words(clock.today()) if following else "",
        f"{netted} is taken from the payments of {fund.council_name}, for a one-off session of its own service"
        if netted
        else "",
        f"{-fund.to_come} more than agreed is paid in" if fund.to_come.pence < 0 else "",
        f"{fund.on_top} is {person}’s own money on top, which the council can never take"
        if fund.on_top
        else "",
        f"{fund.returned} went back, or on to who holds the money next" if fund.returned else "",
    ]
    return [f"{words}." for words in told if words]


def chart_points(burn: Burn) -> list[dict[str, object]]:
    """The line and the table of a burn-down, for `templates/components/burn_chart.html`."""
    return [
        {
            "name": point.name,
            "label": point.label,
            "share": point.share,
            "planned_pence": point.planned.pence,
            "used_pence": None if point.used is None else point.used.pence,
            "forecast_pence": None if point.forecast is None else point.forecast.pence,
        }
        for point in burn.points
    ]


HANDLERS = [show_fund]
