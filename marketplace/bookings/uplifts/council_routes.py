"""The commissioner's pages of a dearer price: who pays how much more from which fund, and the decision."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from marketplace.bookings.uplifts import commands, queries, routes
from marketplace.bookings.uplifts.effects import EffectLine, totals
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_file
from providers.uplifts.rules import UpliftState, Verdict

DECIDE = {"permission": Permission.COMMISSION_DECIDE}
_HEADS = (
    "person", "fund", "fund_until", "sessions_a_week", "more_a_week", "more_until_end", "left_now", "short_by",
    "short_at_old_price",
)  # fmt: skip
_TOLD = {
    UpliftState.PROPOSED: "Approved. Other councils are still to decide.",
    UpliftState.APPROVED: "Approved. The price is set, and everybody who goes there is told.",
    UpliftState.REFUSED: "Refused. The provider is told why.",
}


@get("/council/uplifts", opt=DECIDE)
async def show_all(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The proposals about which the council is asked or was."""
    found = await queries.council_uplifts(actor)
    waiting = [one for one in found if one.open and not one.said_by(actor.council_id)]
    others = [one for one in found if one not in waiting]
    return await page(
        request,
        "bookings/uplifts/council_list.html",
        waiting=routes.rows_of(waiting, "/council/uplifts/"),
        others=routes.rows_of(others, "/council/uplifts/"),
    )


@get("/council/uplifts/{uplift_id:uuid}", opt=DECIDE)
async def show_one(request: AnyRequest, actor: Actor, uplift_id: UUID) -> Response[Any]:
    """One proposal with what it means for each person of the council."""
    return await _one(request, actor, uplift_id, Form({}))


@post("/council/uplifts/{uplift_id:uuid}", opt=DECIDE, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, uplift_id: UUID) -> Response[Any]:
    """Approve or refuse."""
    form = await Form.read(request)
    verdict = form.choice("verdict", Verdict, required="Choose whether the council approves the price")
    try:
        form.check()
        assert verdict is not None  # noqa: S101 - nothing was wrong
        stands = await commands.decide(actor, uplift_id, verdict, form.text("words"))
    except DomainError as refusal:
        form.take(refusal)
        return await _one(request, actor, uplift_id, form, status=refusal.status)
    return await done(request, f"/council/uplifts/{uplift_id}", _TOLD[stands])


async def _one(
    request: AnyRequest, actor: Actor, uplift_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    found, lines = await queries.council_uplift(actor, uplift_id)
    return await page(
        request,
        "bookings/uplifts/council.html",
        status=status,
        uplift=found,
        own=found.said_by(actor.council_id),
        lines=lines,
        meant=totals(lines),
        short=len({line.person_id for line in lines if line.short_pence}),
        verdicts=[(str(Verdict.APPROVED), "Yes, we approve it"), (str(Verdict.REFUSED), "No, we refuse it")],
        form=form.values,
        errors=form.errors,
    )


@get("/council/uplifts/{uplift_id:uuid}/effect.csv", opt=DECIDE)
async def effect_csv(actor: Actor, uplift_id: UUID) -> Response[str]:
    """What it means for each person and fund of the council, amounts in pounds."""
    _, lines = await queries.council_uplift(actor, uplift_id)
    return csv_file("price-rise.csv", _HEADS, [_csv_row(line) for line in lines])


def _csv_row(line: EffectLine) -> tuple[str, ...]:
    amounts = (
        line.weekly_pence,
        line.until_end_pence,
        line.left_pence,
        line.short_pence,
        line.short_anyway_pence,
    )
    told = (line.person_reference, line.fund, line.fund_ends_on.isoformat(), line.sessions_a_week)
    return (*told, *(_pounds(pence) for pence in amounts))


def _pounds(pence: int) -> str:
    return str(Money(pence)).replace("£", "").replace(",", "")


router = Router(
    "/",
    include_in_schema=False,
    route_handlers=[*routes.HANDLERS, show_all, show_one, do_decide, effect_csv],
)
