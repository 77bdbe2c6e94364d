"""The pages of closed months: what is closed, what counted later, and closing the next."""

from datetime import date
from typing import Any

from litestar import Response, Router, get, post

from invoicing.periods import commands, queries
from invoicing.rules import last_day
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

PAYS = {"permission": Permission.INVOICE_PAY}


@get("/periods", opt=PAYS)
async def show_periods(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Closed months with their figures, and what was adjusted after them."""
    month = await queries.to_close(actor)
    closed = await queries.closed_months(actor)
    return await page(
        request,
        "invoicing/periods/list.html",
        closed=[
            {
                "month": formats.month(each.month),
                "closed": f"{formats.full_date(each.closed_at)}, {each.closed_by}",
                "used": each.used,
                "paid_in": each.paid_in,
                "sent_back": each.sent_back,
            }
            for each in closed
        ],
        adjustments=[
            {
                **each,
                "href": f"/funds/{each['fund_id']}",
                "about": each["booking_reference"] or "",
                "used": _change(each["used_pence"]),
                "left": _change(each["left_pence"]),
            }
            for each in await queries.adjustments(actor)
        ],
        month=month,
        over=last_day(month) < clock.today(),
    )


def _change(pence: int) -> str:
    return f"{formats.money(abs(pence))} {'more' if pence > 0 else 'less'}" if pence else ""


@get("/periods/close", opt=PAYS)
async def show_close(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What is still open about the month that is closed next."""
    return await _close_page(request, actor, await queries.to_close(actor), Form({}), 200)


@post("/periods/close", opt=PAYS, status_code=200)
async def do_close(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Close the month that was shown."""
    form = await Form.read(request)
    month = form.day("month", required="Choose the month again")
    try:
        form.check()
        assert month is not None  # noqa: S101 - required
        await commands.close_month(actor, month)
    except DomainError as refusal:
        form.take(refusal)
        shown = month or await queries.to_close(actor)
        return await _close_page(request, actor, shown, form, refusal.status)
    return await done(request, "/periods", f"{formats.month(month)} is closed.")


async def _close_page(
    request: AnyRequest, actor: Actor, month: date, form: Form, status: int
) -> Response[Any]:
    return await page(
        request,
        "invoicing/periods/close.html",
        status=status,
        month=month,
        over=last_day(month) < clock.today(),
        still=await queries.unfinished(actor, month),
        errors=form.errors,
    )


router = Router("/", route_handlers=[show_periods, show_close, do_close], include_in_schema=False)
