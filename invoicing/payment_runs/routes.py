"""The pages of payment runs and of payments."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import anyio
from litestar import Response, Router, get, post

from invoicing.payment_runs import commands, queries
from invoicing.payment_runs.letters import advice_document
from invoicing.payment_runs.pain001 import payment_file
from invoicing.payment_runs.proposing import propose_run
from invoicing.payment_runs.queries import PaymentRow, RunHead, Waiting
from invoicing.payment_runs.remittance import remittance_words
from invoicing.payment_runs.returning import return_payment
from invoicing.payment_runs.rules import PaymentState, RunState
from invoicing.queries import sides_of
from isf.routes.reading import page_number
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.typesetting import typeset_here

DECIDES = {"permission": Permission.PAYMENT_RUN_DECIDE}
SEES = {"permission": Permission.INVOICE_SEE}
PAYS = {"permission": Permission.INVOICE_PAY}
HERE = "/payment-runs"

_WHY = {
    "ready": "Can be paid",
    "no_account": "No bank details in use",
    "on_hold": "On hold: a council has stopped the provider",
    "queried": "Queried",
    "in_payment": "In an open payment run",
}


def next_step(head: RunHead, actor: Actor) -> str:
    """Who has to do what next."""
    match head.state:
        case RunState.PROPOSED:
            return "Another person approves it" if head.proposed_by == actor.user_id else "Approve it"
        case RunState.APPROVED:
            return "Send it"
        case RunState.SENT:
            return "Take the file to the bank"
        case _:
            return ""


@get(HERE, opt=DECIDES)
async def show_runs(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What is due and what stands in its way, the form that proposes a run, and every run."""
    return await _list_page(request, actor, Form({}))


@post(HERE, opt=DECIDES, status_code=200)
async def do_propose(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Propose a run."""
    form = await Form.read(request)
    due_until = form.day("due_until", required="Enter a day, like 24 11 2026")
    pay_on = form.day("pay_on", required="Enter the day on which the bank pays, like 24 11 2026")
    try:
        form.check()
        assert due_until is not None  # noqa: S101 - required
        assert pay_on is not None  # noqa: S101 - required
        made = await propose_run(actor, due_until, pay_on)
    except DomainError as refusal:
        form.take(refusal)
        return await _list_page(request, actor, form, status=refusal.status)
    return await done(request, f"{HERE}/{made}", "The payment run is proposed. Another person approves it.")


async def _list_page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    until = clock.today() + timedelta(days=7)
    found = await queries.runs(actor)
    waiting = await queries.owed(actor, until)
    ready = [each for each in waiting if each.why == "ready"]
    return await page(
        request,
        "invoicing/payment_runs/runs.html",
        status=status,
        rows=[_run_row(each, actor) for each in found],
        open_run=next((each for each in found if each.state in (RunState.PROPOSED, RunState.APPROVED)), None),
        ready=len(ready),
        ready_pence=sum(each.amount_pence for each in ready),
        waiting=[_waiting_row(each) for each in waiting if each.why != "ready"],
        until=until,
        today=clock.today(),
        has_account=await queries.payable_now(actor),
        form=form.values,
        errors=form.errors,
    )


def _run_row(head: RunHead, actor: Actor) -> dict[str, Any]:
    return {
        "href": f"{HERE}/{head.id}",
        "reference": head.reference,
        "pay_on": head.pay_on,
        "payees": formats.count(head.payees, "payee"),
        "amount": head.amount_pence,
        "state": f"run_{head.state}",
        "next": next_step(head, actor),
    }


def _waiting_row(each: Waiting) -> dict[str, Any]:
    return {
        "payee": each.payee,
        "why": _WHY[each.why],
        "lines": formats.count(each.lines, "line"),
        "amount": each.amount_pence,
    }


@get(HERE + "/{pay_run_id:uuid}", opt=DECIDES)
async def show_run(request: AnyRequest, actor: Actor, pay_run_id: UUID) -> Response[Any]:
    """One run with its payments, and what can be done with it."""
    return await _run_page(request, actor, pay_run_id, Form({}))


@post(HERE + "/{pay_run_id:uuid}", opt=DECIDES, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, pay_run_id: UUID) -> Response[Any]:
    """Approved, sent or withdrawn."""
    form = await Form.read(request)
    try:
        match form.text("do"):
            case "approve":
                await commands.approve_run(actor, pay_run_id)
                words = "The payment run is approved. Send it to make the file for the bank."
            case "send":
                await commands.send_run(actor, pay_run_id)
                words = "The payment run is sent and entered in the books. Take the file to the bank."
            case "withdraw":
                await commands.withdraw_run(actor, pay_run_id, form.text("withdrawn_because"))
                words = "The payment run is withdrawn. Everything in it is open again."
            case _:
                raise Invalid({"_form": "Choose what to do"})
    except DomainError as refusal:
        form.take(refusal)
        return await _run_page(request, actor, pay_run_id, form, status=refusal.status)
    return await done(request, f"{HERE}/{pay_run_id}", words)


async def _run_page(
    request: AnyRequest, actor: Actor, pay_run_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    head = await queries.run(actor, pay_run_id)
    found = await queries.payments_of_run(actor, pay_run_id)
    return await page(
        request,
        "invoicing/payment_runs/run.html",
        status=status,
        run=head,
        state=f"run_{head.state}",
        mine=head.proposed_by == actor.user_id,
        rows=[payment_row(each) for each in found if each.state is not PaymentState.LEFT_OUT],
        left_out=[payment_row(each) for each in found if each.state is PaymentState.LEFT_OUT],
        has_account=await queries.payable_now(actor),
        form=form.values,
        errors=form.errors,
    )


def payment_row(each: PaymentRow) -> dict[str, Any]:
    """A payment as tables show it."""
    return {
        "id": each.id,
        "href": f"/payments/{each.id}",
        "payee": each.payee,
        "payer": each.payer,
        "reference": each.reference,
        "account": each.account,
        "what": f"{formats.count(each.invoices, 'invoice')}, {formats.count(each.lines, 'line')}",
        "netted": each.netted_pence,
        "amount": each.amount_pence,
        "paid_on": each.paid_on,
        "state": f"pay_{each.state}",
        "because": each.because,
    }


@get(HERE + "/{pay_run_id:uuid}/bank.xml", opt=DECIDES)
async def download(actor: Actor, pay_run_id: UUID) -> Response[bytes]:
    """The file of a sent run for the bank: the same bytes each time."""
    order = await queries.bank_order(actor, pay_run_id)
    return Response(
        await anyio.to_thread.run_sync(payment_file, order),
        media_type="application/xml",
        headers={
            "Content-Disposition": f'attachment; filename="{order.reference}.xml"',
            "Cache-Control": "private, no-store",
        },
    )


@get("/payments", opt=SEES)
async def show_payments(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What was paid and when, for both sides; each sees the other one."""
    number, sides = page_number(request), sides_of(actor)
    found = await queries.payments(actor, number)
    return await page(
        request,
        "invoicing/payment_runs/payments.html",
        rows=[payment_row(each) for each in found],
        sells=sides.seller_organisation is not None,
        pays=sides.payer_organisation is not None or sides.payer_user is not None,
        number=number,
        more=len(found) == queries.PAGE_SIZE,
    )


@get("/payments/{paid:str}", opt=SEES)
async def show_payment(request: AnyRequest, actor: Actor, paid: str) -> Response[Any]:
    """One payment: its advice as a page; with `.pdf` after its id, as the PDF."""
    payment_id = _id(paid.removesuffix(".pdf"))
    if not paid.endswith(".pdf"):
        return await _payment_page(request, actor, payment_id, Form({}))
    told = advice_document((await queries.payment(actor, payment_id)).told)
    printed = await anyio.to_thread.run_sync(
        lambda: typeset_here(told.layout, told.words, title=told.title, made_on=told.made_on)
    )
    headers = {
        "Content-Disposition": f'inline; filename="{told.file_name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(printed, media_type="application/pdf", headers=headers)


@post("/payments/{paid:str}", opt=PAYS, status_code=200)
async def do_decide_payment(request: AnyRequest, actor: Actor, paid: str) -> Response[Any]:
    """Left out of its run, or returned by the bank."""
    payment_id, form = _id(paid), await Form.read(request)
    view = await queries.payment(actor, payment_id)
    try:
        if form.text("do") == "leave_out" and view.run_id is not None:
            await commands.leave_out(actor, view.run_id, payment_id, form.text("because"))
            words, there = f"{view.row.payee} is left out.", f"{HERE}/{view.run_id}"
        elif form.text("do") == "return":
            came_back = form.day(
                "returned_on", required="Enter the day on which it came back, like 24 11 2026"
            )
            form.check()
            assert came_back is not None  # noqa: S101 - required
            await return_payment(actor, payment_id, came_back, form.text("because"))
            words, there = "The payment came back: its lines are open again.", f"/payments/{payment_id}"
        else:
            raise Invalid({"_form": "Choose what to do"})
    except DomainError as refusal:
        form.take(refusal)
        return await _payment_page(request, actor, payment_id, form, status=refusal.status)
    return await done(request, there, words)


async def _payment_page(
    request: AnyRequest, actor: Actor, payment_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    view = await queries.payment(actor, payment_id)
    return await page(
        request,
        "invoicing/payment_runs/payment.html",
        status=status,
        view=view,
        row=view.row,
        state=f"pay_{view.row.state}",
        words=remittance_words(view.told),
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


router = Router(
    "/",
    route_handlers=[
        show_runs,
        do_propose,
        show_run,
        do_decide,
        download,
        show_payments,
        show_payment,
        do_decide_payment,
    ],
    include_in_schema=False,
)
