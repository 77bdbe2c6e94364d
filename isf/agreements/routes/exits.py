"""Ending a fund: when and why, what will happen first, and sending its money on."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.agreements.exits.announcing import exit_fund
from isf.agreements.exits.finishing import finish_exit
from isf.agreements.exits.queries import EndingFund, bookings_in_the_way, ending_fund, open_exits
from isf.agreements.exits.rules import ExitDraft, ExitReason, ExitState, date_error, notice_error
from isf.agreements.fees.queries import fees_waiting
from isf.routes.reading import SEES, uuid_typed
from isf.rules import first_day_after
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.routes_of_money import Route

MANAGES = {"permission": Permission.AGREEMENT_MANAGE}
DECIDES = {"permission": Permission.PAYMENT_IN_DECIDE}
WATCHES = {"permission": Permission.COUNCIL_WATCH}
_OF_HOLDER = frozenset({ExitReason.HOLDER_NOTICE})


@get("/funds/{fund_id:uuid}/exit", opt=SEES)
async def show_exit(request: AnyRequest, actor: Actor, fund_id: UUID) -> Response[Any]:
    """How a fund ends: the form for the care manager, or where its end stands for everybody."""
    fund = await ending_fund(actor, fund_id)
    if fund.exit is None and not _manages(actor, fund):
        raise NotFound
    return await _page(request, actor, fund, Form({}))


@post("/funds/{fund_id:uuid}/exit", opt=MANAGES, status_code=200)
async def do_exit(request: AnyRequest, actor: Actor, fund_id: UUID) -> Response[Any]:
    """Show what will happen; sent from there, announce it."""
    fund = await ending_fund(actor, fund_id)
    if not _manages(actor, fund):
        raise NotFound
    form = await Form.read(request)
    draft = _draft(form, fund)
    step = form.text("do")
    try:
        _check(form, fund, draft)
        if step == "announce":
            await exit_fund(actor, fund_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, await ending_fund(actor, fund_id), form, status=refusal.status)
    if step == "announce":
        return await done(request, f"/funds/{fund_id}/exit", "The end of this fund is announced.")
    if step == "change":
        return await _page(request, actor, fund, form)
    return await page(
        request,
        "isf/agreements/exit_check.html",
        about=fund.person_id,
        fund=fund,
        draft=draft,
        last_day=form.day("last_day"),
        to=fund.others.get(draft.to_fund_id, "") if draft.to_fund_id else "",
        bookings=await bookings_in_the_way(fund_id, draft.ends_on),
        form=form.values,
    )


def _manages(actor: Actor, fund: EndingFund) -> bool:
    return Permission.AGREEMENT_MANAGE in actor.permissions and actor.council_id == fund.council_id


def _draft(form: Form, fund: EndingFund) -> ExitDraft:
    last = form.day("last_day", required="Enter the last day, like 31 12 2026")
    reason = form.choice("reason", ExitReason, required="Choose why the fund ends")
    choices = ("council", *(str(each) for each in fund.others))
    to = form.one_of("to", choices, required="Choose who gets what is left")
    return ExitDraft(
        ends_on=first_day_after(last) if last else clock.today(),
        reason=reason or ExitReason.PERSON_WISH,
        because=form.text("because", required="Write in a sentence why the fund ends", most=1000),
        to_fund_id=uuid_typed(form, "to") if to != "council" else None,
        shorter_because=form.text("shorter_because", most=1000),
    )


def _check(form: Form, fund: EndingFund, draft: ExitDraft) -> None:
    """The same answers as the command's, before anything is announced. Raises Invalid."""
    today = clock.today()
    told = date_error(draft, fund.starts_on, fund.ends_on, today)
    if told := told or notice_error(draft, fund.notice_days, fund.ends_on, today):
        form.fail("last_day", told)
    form.check()


@post("/funds/{fund_id:uuid}/exit/finish", opt=DECIDES, status_code=200)
async def do_finish(request: AnyRequest, actor: Actor, fund_id: UUID) -> Response[Any]:
    """Send the money on and close the fund."""
    fund = await ending_fund(actor, fund_id)
    if fund.exit is None:
        raise NotFound
    try:
        await finish_exit(actor, fund.exit.id)
    except NotFound:
        raise
    except DomainError as refusal:
        return await done(request, f"/funds/{fund_id}/exit", f"!{refusal.message}")
    return await done(request, f"/funds/{fund_id}/exit", "The money is sent on, and the fund is closed.")


async def _page(
    request: AnyRequest, actor: Actor, fund: EndingFund, form: Form, *, status: int = 200
) -> Response[Any]:
    if "ends_on" in form.errors:
        form.errors["last_day"] = form.errors.pop("ends_on")
    finishes = (
        Permission.PAYMENT_IN_DECIDE in actor.permissions
        and actor.council_id == fund.council_id
        and fund.exit is not None
        and fund.exit.state is not ExitState.COMPLETED
    )
    reasons = [
        (reason, reason.label)
        for reason in ExitReason
        if reason not in _OF_HOLDER or fund.route is not Route.COUNCIL_MANAGED
    ]
    return await page(
        request,
        "isf/agreements/exit.html",
        status=status,
        about=fund.person_id,
        fund=fund,
        ending=fund.exit,
        reasons=reasons,
        finishes=finishes,
        announced_it=fund.exit is not None and fund.exit.announced_by == actor.user_id,
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@get("/council/exits", opt=WATCHES)
async def show_exits(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Funds that end, and fees that found too little money."""
    sees = Permission.PERSON_SEE in actor.permissions
    return await page(
        request,
        "isf/agreements/exits.html",
        exits=await open_exits(actor) if sees else [],
        fees=await fees_waiting(actor) if sees else [],
    )


HANDLERS = [show_exit, do_exit, do_finish, show_exits]
