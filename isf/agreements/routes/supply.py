"""How much holders sell themselves: for those who watch the market."""

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get

from isf.agreements.supply.queries import PAGE_SIZE, SupplyReport, self_supply_report
from isf.parameters import Parameter, parameter
from isf.routes.reading import page_number
from isf.rules import first_day_after, last_day
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.forms import Form

WATCHES = {"permission": Permission.COUNCIL_WATCH}


@get("/council/self-supply", opt=WATCHES)
async def show_self_supply(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Holders and their people over some days: the last three months unless asked otherwise."""
    form = Form(dict(request.query_params))
    starts_on, ends_on = _days(form)
    holder = _holder(request)
    watch = await watch_percent(actor)
    report = await self_supply_report(actor, starts_on, ends_on, watch, holder, page_number(request))
    kept = {"from": starts_on.isoformat(), "to": last_day(ends_on).isoformat()}
    return await page(
        request,
        "isf/agreements/self_supply.html",
        status=422 if form.errors else 200,
        report=report,
        holder=holder,
        watch=watch,
        starts_on=starts_on,
        last_day=last_day(ends_on),
        params=kept | ({"holder": str(holder)} if holder else {}),
        kept=kept,
        pages=-(-report.total // PAGE_SIZE),
        sees_people=Permission.PERSON_SEE in actor.permissions,
        form=form.values,
        errors=form.errors,
    )


@get("/council/self-supply.csv", opt=WATCHES)
async def get_self_supply(request: AnyRequest, actor: Actor) -> Response[str]:
    """The same as a file for a spreadsheet, every person a line; people by reference."""
    form = Form(dict(request.query_params))
    starts_on, ends_on = _days(form)
    form.check()
    watch = await watch_percent(actor)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["holder", "person", "from", "to", "own_pounds", "all_pounds", "percent", "over", "undisclosed"]
    )
    number, report = 0, None
    while report is None or number * PAGE_SIZE < report.total:
        number += 1
        report = await self_supply_report(actor, starts_on, ends_on, watch, _holder(request), number)
        _write(writer, report, starts_on, ends_on)
    return Response(
        out.getvalue(),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="self-supply.csv"'},
    )


def _write(writer: Any, report: SupplyReport, starts_on: date, ends_on: date) -> None:
    for line in report.people:
        # A name that begins like a formula is not one in a spreadsheet.
        holder = f"'{line.holder}" if line.holder[:1] in "=+-@\t\r" else line.holder
        writer.writerow(
            [
                holder,
                line.person_reference,
                starts_on,
                last_day(ends_on),
                f"{line.own_pence // 100}.{line.own_pence % 100:02d}",
                f"{line.all_pence // 100}.{line.all_pence % 100:02d}",
                line.percent,
                "yes" if line.over else "no",
                line.undisclosed,
            ]
        )


def _days(form: Form) -> tuple[date, date]:
    """The half-open days asked for; errors are noted and the usual days taken."""
    today = clock.today()
    usual = date(today.year - (today.month <= 3), (today.month - 4) % 12 + 1, 1)
    starts_on = form.day("from") or usual
    last = form.day("to") or today
    if last < starts_on:
        form.fail("to", "The last day must be on or after the first day")
        return usual, first_day_after(today)
    return starts_on, first_day_after(last)


def _holder(request: AnyRequest) -> UUID | None:
    try:
        return UUID(request.query_params.get("holder", ""))
    except ValueError:
        return None


async def watch_percent(actor: Actor) -> int:
    """The share above which the actor's council looks. Raises Forbidden, ParameterNotSet."""
    if actor.council_id is None:
        raise Forbidden
    return await parameter(actor.council_id, Parameter.SELF_SUPPLY_WATCH_PERCENT, clock.today())


HANDLERS = [show_self_supply, get_self_supply]
