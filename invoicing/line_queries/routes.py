"""The pages of queries: querying a line, the talk about it, the list, and how promptly a payer pays."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from invoicing import queries as invoices
from invoicing.line_queries import commands, queries
from invoicing.line_queries.promptness import promptness
from invoicing.line_queries.queries import QueryView
from invoicing.line_queries.rules import OPEN, Step, Wish, wanted_credit
from invoicing.routes import invoice_id
from invoicing.rules import PAYMENT_DAYS
from marketplace.identity.access import Actor, record_view
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, files, formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from marketplace.kernel.reasons import REASON_MOST

SEES = {"permission": Permission.INVOICE_SEE}
PAYS = {"permission": Permission.INVOICE_PAY}

STEP_WORDS = {
    Step.EXPLAIN: "Answer it: the line is right, and why",
    Step.ACCEPT: "Accept it: the line can be paid",
    Step.DISPUTE: "Keep it disputed",
    Step.WRITE: "Only write",
}
WISH_WORDS = {
    Wish.ANSWER: "An answer",
    Wish.WHOLE: "A credit note for the whole line",
    Wish.PART: "A credit note for a part of it",
}
SAID = {
    "ask": "queried the line",
    "write": "wrote",
    "explain": "answered",
    "dispute": "keeps it disputed",
    "accept": "accepted it",
    "credit": "credited it",
}


@get("/line-queries", opt=SEES)
async def show_line_queries(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The queries that the actor may see, open ones first."""
    found = await queries.line_queries(actor)
    rows = [
        {
            **row,
            "href": f"/line-queries/{row['id']}",
            "line": f"{row['booking_reference']}, {row['description']}",
        }
        for row in found
    ]
    return await page(
        request,
        "invoicing/line_queries/list.html",
        open_rows=[row for row in rows if row["state"] in OPEN],
        settled=[row for row in rows if row["state"] not in OPEN],
    )


@get("/invoices/{name:str}/query", opt=PAYS)
async def show_query(request: AnyRequest, actor: Actor, name: str) -> Response[Any]:
    """The form that queries a line."""
    return await _query_page(request, await invoices.payable_invoice(actor, invoice_id(name)), Form({}), 200)


@post("/invoices/{name:str}/query", opt=PAYS, status_code=200, request_max_body_size=files.BODY_MOST)
async def do_query(request: AnyRequest, actor: Actor, name: str) -> Response[Any]:
    """Query a line; what was typed stays when something is wrong."""
    view = await invoices.payable_invoice(actor, invoice_id(name))
    form = await Form.read(request)
    lines = {str(line["id"]): line for line in await queries.queriable(view.row["id"])}
    line = form.one_of("line", lines, required="Choose the line that is wrong")
    words = form.text("words", required="Write what is wrong")
    wish = form.choice("wish", Wish, required="Choose what you ask for")
    part = form.money("amount", required="Enter how much is to be credited") if wish is Wish.PART else None
    try:
        form.check()
        assert wish is not None  # noqa: S101 - required
        wanted = wanted_credit(wish, part, Money(lines[line]["left_pence"]))
        query_id = await commands.query_line(
            actor, view.row["id"], lines[line]["id"], words, form.file("file"), wanted=wanted
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _query_page(request, view, form, refusal.status)
    due = formats.full_date(view.row["due_on"])
    said = f"{view.row['provider_name']} is told. The other lines stay to be paid by {due}."
    return await done(request, f"/line-queries/{query_id}", said)


async def _query_page(
    request: AnyRequest, view: invoices.InvoiceView, form: Form, status: int
) -> Response[Any]:
    lines = await queries.queriable(view.row["id"])
    return await page(
        request,
        "invoicing/line_queries/ask.html",
        status=status,
        row=view.row,
        options=[
            (
                line["id"],
                f"{formats.full_date(line['service_on'])}: {line['description']}, {formats.money(line['gross_pence'])}",
                f"{line['booking_reference']}, {line['person_reference']}",
            )
            for line in lines
        ],
        wishes=list(WISH_WORDS.items()),
        form=form.values,
        errors=form.errors,
    )


@get("/line-queries/{query_id:uuid}", opt=SEES)
async def show_line_query(request: AnyRequest, actor: Actor, query_id: UUID) -> Response[Any]:
    """One query with what was written."""
    view = await queries.line_query(actor, query_id)
    await record_view(actor, "line_query", query_id)
    return await _thread(request, view, Form({}), 200)


@post("/line-queries/{query_id:uuid}", opt=SEES, status_code=200, request_max_body_size=files.BODY_MOST)
async def do_write(request: AnyRequest, actor: Actor, query_id: UUID) -> Response[Any]:
    """Write in a query, and answer, accept or dispute."""
    view = await queries.line_query(actor, query_id)
    form = await Form.read(request)
    step = form.choice("step", Step, required="Choose what you want to do")
    try:
        form.check()
        assert step is not None  # noqa: S101 - required
        await commands.write_to_query(actor, query_id, step, form.text("words"), form.file("file"))
    except DomainError as refusal:
        form.take(refusal)
        return await _thread(request, view, form, refusal.status)
    return await done(request, f"/line-queries/{query_id}", "The other side is told.")


async def _thread(request: AnyRequest, view: QueryView, form: Form, status: int) -> Response[Any]:
    return await page(
        request,
        "invoicing/line_queries/thread.html",
        status=status,
        row=view.row,
        view=view,
        messages=[
            {
                **message,
                "who": view.row["payer_name"] if message["side"] == "payer" else view.row["provider_name"],
                "said": _said(view, message["step"]),
            }
            for message in view.messages
        ],
        options=[(step, _step_words(view, step)) for step in view.steps],
        reason=view.messages[0]["words"][:REASON_MOST] if view.messages else "",
        form=form.values,
        errors=form.errors,
    )


def _step_words(view: QueryView, step: Step) -> str:
    if step is Step.EXPLAIN and view.asked_credit is not None:
        return "Decline the credit note, and say why"
    return STEP_WORDS[step]


def _said(view: QueryView, step: str) -> str:
    wanted = view.row["wanted_pence"]
    if step == Step.ASK and wanted is not None:
        return f"queried the line and asked for a credit note of {Money(wanted)}"
    return SAID[step]


@get("/line-queries/{query_id:uuid}/files/{attachment_id:uuid}", opt=SEES)
async def show_file(actor: Actor, query_id: UUID, attachment_id: UUID) -> Response[Any]:
    """A file of a query, to save."""
    stored = await files.find(await queries.file_of(actor, query_id, attachment_id))
    if stored is None or not stored.path.is_file():
        raise NotFound
    await record_view(actor, "stored_file", attachment_id)
    return files.given_back(stored)


@get("/invoices/prompt-payment", opt=PAYS)
async def show_promptness(request: AnyRequest, actor: Actor) -> Response[Any]:
    """How promptly the actor's organisation paid in a year that ends today, or in days that were typed."""
    form = Form(dict(request.query_params))
    today = clock.today()
    last = form.day("last") or today
    first = form.day("first") or _a_year_before(last)
    told = await promptness(actor, first, last)
    return await page(
        request,
        "invoicing/line_queries/promptness.html",
        told=told,
        late=[{"number": each.number, "href": f"/invoices/{each.invoice_id}", "provider_name": each.provider_name,
               "clock_from": each.clock_from, "paid_on": each.paid_on, "days": each.days,
               "amount": each.amount.pence} for each in told.late],
        first=first,
        last=last,
        days=PAYMENT_DAYS,
        form=form.values,
        errors=form.errors,
    )  # fmt: skip


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28))


router = Router(
    "/",
    route_handlers=[
        show_line_queries,
        show_query,
        do_query,
        show_line_query,
        do_write,
        show_file,
        show_promptness,
    ],
    include_in_schema=False,
)
