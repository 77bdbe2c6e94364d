"""The pages of payments into funds: what waits, one proposal with its lines, and how often a fund is paid."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.payments.cycles import Schedule
from isf.payments.paying_in import commands, queries
from isf.payments.paying_in.export import as_csv
from isf.payments.paying_in.proposing import propose_now
from isf.payments.paying_in.rows import agreement_of, line_row, next_step, waiting_row
from isf.payments.paying_in.rules import LineState, PaymentState
from isf.routes.reading import page_number
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

DECIDES = {"permission": Permission.PAYMENT_IN_DECIDE}

_SHOWN = {
    "all": ("All", None),
    "held": ("Kept back", LineState.HELD),
    "nothing": ("Nothing this time", LineState.NOTHING),
}


@get("/council/payments-in", opt=DECIDES)
async def show_payments(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every proposal, those that wait for somebody first, and the funds that wait for keys or agreements."""
    return await _list_page(request, actor, {})


async def _list_page(
    request: AnyRequest, actor: Actor, errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    found = await queries.payments(actor)
    waiting = await queries.waiting(actor)
    return await page(
        request,
        "isf/payments/payments_in.html",
        status=status,
        rows=[
            {
                "href": f"/council/payments-in/{each.id}",
                "reference": each.reference,
                "run_day": each.run_day,
                "lines": formats.count(each.lines, "fund"),
                "amount": each.amount_pence,
                "state": f"payment_{each.state}",
                "next": next_step(each, actor),
            }
            for each in found
        ],
        for_keys=[waiting_row(each, f"/funds/{each.fund_id}") for each in waiting if each.for_keys],
        for_agreement=[waiting_row(each, agreement_of(each)) for each in waiting if each.for_agreement],
        errors=errors,
    )


@post("/council/payments-in", opt=DECIDES, status_code=200)
async def do_propose(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Make today's proposal now."""
    try:
        made = await propose_now(actor)
    except DomainError as refusal:
        return await _list_page(request, actor, {"_form": refusal.message}, status=refusal.status)
    return await done(request, f"/council/payments-in/{made}", "The payment is proposed.")


@get("/council/payments-in/{payment_id:uuid}", opt=DECIDES)
async def show_payment(request: AnyRequest, actor: Actor, payment_id: UUID) -> Response[Any]:
    """One proposal: its totals, and its lines with the biggest differences first."""
    return await _payment_page(request, actor, payment_id, Form({}))


async def _payment_page(
    request: AnyRequest, actor: Actor, payment_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    head = await queries.payment(actor, payment_id)
    here = f"/council/payments-in/{payment_id}"
    show = request.query_params.get("show", "all")
    show = show if show in _SHOWN else "all"
    number = page_number(request)
    found, total = await queries.lines(actor, payment_id, _SHOWN[show][1], number)
    return await page(
        request,
        "isf/payments/payment_in.html",
        status=status,
        payment=head,
        state=f"payment_{head.state}",
        next_step=next_step(head, actor),
        may_approve=actor.user_id not in (head.checked_by, head.proposed_by),
        undecided=head.state in (PaymentState.PROPOSED, PaymentState.CHECKED),
        totals=[
            {
                "route": each.route.label.capitalize() if each.route != "isf" else "Individual service funds",
                "holder": each.holder,
                "funds": each.funds,
                "amount": each.amount_pence,
            }
            for each in await queries.totals(actor, payment_id)
        ],
        rows=[line_row(each) for each in found],
        tabs=[
            {"text": text, "href": formats.link(here, show=name), "current": name == show}
            for name, (text, _) in _SHOWN.items()
        ],
        total=total,
        page_number=number,
        pages=-(-total // queries.PAGE_SIZE),
        show=show,
        form=form.values,
        errors=form.errors,
    )  # fmt: skip


@post("/council/payments-in/{payment_id:uuid}", opt=DECIDES, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, payment_id: UUID) -> Response[Any]:
    """Checked, approved or refused; the page again with what stands in the way."""
    form = await Form.read(request)
    words = ""
    try:
        match form.text("do"):
            case "check":
                await commands.check_payment(actor, payment_id)
                words = "Noted that you looked at it. Another finance officer approves it."
            case "approve":
                await commands.approve_payment(actor, payment_id)
                words = "The payment is approved and entered in the books."
            case "refuse":
                await commands.refuse_payment(actor, payment_id, form.text("because"))
                words = "The payment is refused. What is owed comes with the next proposal."
            case _:
                form.fail("_form", "Choose what to do")
                form.check()
    except DomainError as refusal:
        form.take(refusal)
        return await _payment_page(request, actor, payment_id, form, status=refusal.status)
    return await done(request, f"/council/payments-in/{payment_id}", words)


@get("/council/payments-in/{payment_id:uuid}/lines/{line_id:uuid}", opt=DECIDES)
async def show_line(request: AnyRequest, actor: Actor, payment_id: UUID, line_id: UUID) -> Response[Any]:
    """One line: keep it back with a reason, or let it go."""
    return await _line_page(request, actor, payment_id, line_id, Form({}))


async def _line_page(
    request: AnyRequest, actor: Actor, payment_id: UUID, line_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/payments/line.html",
        status=status,
        payment=await queries.payment(actor, payment_id),
        line=line_row(await queries.line(actor, payment_id, line_id)),
        form=form.values,
        errors=form.errors,
    )


@post("/council/payments-in/{payment_id:uuid}/lines/{line_id:uuid}", opt=DECIDES, status_code=200)
async def do_line(request: AnyRequest, actor: Actor, payment_id: UUID, line_id: UUID) -> Response[Any]:
    """Keep a line back, or let it go."""
    form = await Form.read(request)
    try:
        if form.text("do") == "let_go":
            await commands.let_go(actor, payment_id, line_id)
            words = "The line is not kept back any more."
        else:
            await commands.hold_line(actor, payment_id, line_id, form.text("because"))
            words = "The line is kept back."
    except DomainError as refusal:
        form.take(refusal)
        return await _line_page(request, actor, payment_id, line_id, form, status=refusal.status)
    return await done(request, f"/council/payments-in/{payment_id}", words)


@get("/council/payments-in/{payment_id:uuid}/bank.csv", opt=DECIDES)
async def bank_file(actor: Actor, payment_id: UUID) -> Response[str]:
    """Every transfer of an approved payment, for the finance system."""
    head = await queries.payment(actor, payment_id)
    return Response(
        as_csv(await queries.bank_rows(actor, payment_id)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{head.reference}.csv"'},
    )


@get("/council/payments-in/schedule/{fund_id:uuid}", opt=DECIDES)
async def show_schedule(request: AnyRequest, actor: Actor, fund_id: UUID) -> Response[Any]:
    """How often one fund is paid, and changing it."""
    return await _schedule_page(request, actor, fund_id, Form({}))


async def _schedule_page(
    request: AnyRequest, actor: Actor, fund_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/payments/schedule.html",
        status=status,
        fund=await queries.schedule(actor, fund_id),
        form=form.values,
        errors=form.errors,
    )


_OFTEN = {"1": 1, "2": 2, "4": 4, "monthly": None}


@post("/council/payments-in/schedule/{fund_id:uuid}", opt=DECIDES, status_code=200)
async def do_schedule(request: AnyRequest, actor: Actor, fund_id: UUID) -> Response[Any]:
    """Set how often a fund is paid."""
    form = await Form.read(request)
    try:
        often = form.one_of("often", _OFTEN, required="Choose how often")
        advance = form.whole("advance_days", required="Enter a number of days from 0 to 60", most=60)
        because = form.text("because", required="Say why", most=500)
        form.check()
        await commands.set_schedule(actor, fund_id, Schedule(_OFTEN[often], advance), because)
    except DomainError as refusal:
        form.take(refusal)
        return await _schedule_page(request, actor, fund_id, form, status=refusal.status)
    return await done(request, f"/council/payments-in/schedule/{fund_id}", "It counts from the next payment.")


HANDLERS = [
    show_payments,
    do_propose,
    show_payment,
    do_decide,
    show_line,
    do_line,
    bank_file,
    show_schedule,
    do_schedule,
]
