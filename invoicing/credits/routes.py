"""The pages of credit notes: crediting lines, the note as page and PDF, what it owes, and billing anew."""

from typing import Any
from uuid import UUID

import anyio
from litestar import Response, Router, get, post

from invoicing import ledger_lines
from invoicing import queries as invoices
from invoicing.credits import commands, queries, rules
from invoicing.credits.commands import CreditDraft
from invoicing.credits.queries import CreditNoteView
from invoicing.credits.rules import Creditable
from invoicing.credits.words import credit_words, render_credit_note
from invoicing.files import file_answer
from invoicing.routes import invoice_id
from invoicing.ubl.writer import ubl_credit_note
from marketplace.identity.access import Actor, record_view
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import total

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}
PAYS = {"permission": Permission.INVOICE_PAY}


@get("/credit-notes", opt=SEES)
async def show_credit_notes(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The credit notes that the actor sent or got."""
    found = await queries.credit_notes(actor)
    sells = Permission.INVOICE_ISSUE in actor.permissions
    rows = [
        {
            **row,
            "href": f"/credit-notes/{row['id']}",
            "other": row["payer_name"] if sells else row["provider_name"],
            "owed": row["owed_pence"] or None,
        }
        for row in found.rows
    ]
    return await page(
        request, "invoicing/credits/list.html", rows=rows, total=found.total, owed=found.owed, sells=sells
    )


@get("/credit-notes/{credit_note:str}", opt=SEES)
async def show_credit_note(request: AnyRequest, actor: Actor, credit_note: str) -> Response[Any]:
    """One credit note as a page; with `.pdf`, `.xml` or `.csv` after its id, as that file."""
    name, _, form = credit_note.partition(".")
    view = await queries.credit_note(actor, invoice_id(name))
    await record_view(actor, "credit_note", view.row["id"])
    if form:
        return await as_file(actor, view, form)
    return await page(
        request,
        "invoicing/credits/credit_note.html",
        credit=credit_words(view.document),
        row=view.row,
        view=view,
        visits=await queries.rebillable(view.row["id"]) if view.sells else [],
    )


async def as_file(actor: Actor, view: CreditNoteView, form: str) -> Response[Any]:
    """The credit note printed (`pdf`), as UBL (`xml`) or as lines (`csv`). Raises NotFound for another, MixedScope."""
    number = view.document.number
    if form == "csv":
        return await ledger_lines.of_credit_note(actor, view.row["id"], number)
    if form == "xml":
        return file_answer(
            ubl_credit_note(view.document), "application/xml", f'attachment; filename="{number}.xml"'
        )
    if form != "pdf":
        raise NotFound
    # In a thread, because Typst keeps a processor busy.
    printed = await anyio.to_thread.run_sync(render_credit_note, view.document)
    return file_answer(printed, "application/pdf", f'inline; filename="{number}.pdf"')


# --- Crediting --------------------------------------------------------------------------------------------------


@get("/invoices/{name:str}/credit", opt=ISSUES)
async def show_credit(request: AnyRequest, actor: Actor, name: str) -> Response[Any]:
    """The form that credits lines; `line` in the address ticks one."""
    view = await queries.invoice_of_seller(actor, invoice_id(name))
    ticked = request.query_params.get("line")
    return await _credit_page(request, view, Form({"lines": [ticked]} if ticked else {}), 200)


@post("/invoices/{name:str}/credit", opt=ISSUES, status_code=200)
async def do_credit(request: AnyRequest, actor: Actor, name: str) -> Response[Any]:
    """Check what was typed and show it once more; issue it when that was seen."""
    view = await queries.invoice_of_seller(actor, invoice_id(name))
    form = await Form.read(request)
    lines = await queries.creditable(view.row["id"])
    try:
        draft = _draft(form, lines)
        credited = rules.check_credit(lines, draft.amounts, draft.because)
        if not form.ticked("seen"):
            return await page(
                request,
                "invoicing/credits/check.html",
                row=view.row,
                credited=credited,
                total=total(each.gross for each in credited),
                owed_back=rules.owed_back(credited),
                form=form.values,
                draft=draft,
            )
        issued = await commands.issue_credit_note(actor, view.row["id"], draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _credit_page(request, view, form, refusal.status)
    words = f"Credit note {issued.number} is issued. {view.row['payer_name']} is told."
    return await done(request, f"/credit-notes/{issued.id}", words)


def _draft(form: Form, lines: list[Creditable]) -> CreditDraft:
    """Ticked lines with their amounts; a line without an amount is credited whole. Raises Invalid."""
    ticked = set(form.all("lines"))
    amounts = {}
    for line in lines:
        if str(line.id) in ticked:
            field = f"amount-{line.position}"
            required = f"Enter an amount from £0.01 to {line.left}"
            amounts[line.id] = form.money(field, required=required) if form.text(field) else line.left
    because = form.text("because")
    form.check()
    return CreditDraft(amounts, because, _id_of(form))


def _id_of(form: Form) -> UUID:
    """The id that the form was given, so that a double click issues one credit note."""
    try:
        return UUID(form.text("credit_note"))
    except ValueError:
        return new_id()


async def _credit_page(
    request: AnyRequest, view: invoices.InvoiceView, form: Form, status: int
) -> Response[Any]:
    lines = await queries.creditable(view.row["id"])
    return await page(
        request,
        "invoicing/credits/form.html",
        status=status,
        row=view.row,
        lines=[line for line in lines if line.left],
        form=form.values,
        ticked=form.all("lines"),
        errors=form.errors,
        credit_note=_id_of(form),
    )


# --- What it owes, and billing anew -----------------------------------------------------------------------------


@get("/credit-notes/{credit_note:str}/received", opt=PAYS)
async def show_receive(request: AnyRequest, actor: Actor, credit_note: str) -> Response[Any]:
    """The form that says that the provider paid back."""
    return await _receive_page(request, await _owed(actor, credit_note), Form({}), 200)


@post("/credit-notes/{credit_note:str}/received", opt=PAYS, status_code=200)
async def do_receive(request: AnyRequest, actor: Actor, credit_note: str) -> Response[Any]:
    """Say that the provider paid back."""
    view = await _owed(actor, credit_note)
    form = await Form.read(request)
    reference = form.text("reference", required="Enter the reference as your bank shows it", most=100)
    on = form.day("received_on", required="Enter the day on which it arrived, like 24 11 2026")
    try:
        form.check()
        assert on is not None  # noqa: S101 - required
        back = await commands.receive_credit(actor, view.row["id"], reference, on)
    except DomainError as refusal:
        form.take(refusal)
        return await _receive_page(request, view, form, refusal.status)
    words = f"{back} is back, and left again in the budgets that had paid it."
    return await done(request, f"/credit-notes/{view.row['id']}", words)


async def _owed(actor: Actor, credit_note: str) -> CreditNoteView:
    view = await queries.credit_note(actor, invoice_id(credit_note))
    if not invoices.is_payer(actor, view.row):
        raise NotFound
    return view


async def _receive_page(request: AnyRequest, view: CreditNoteView, form: Form, status: int) -> Response[Any]:
    return await page(
        request,
        "invoicing/credits/received.html",
        status=status,
        row=view.row,
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@post("/credit-notes/{credit_note:str}/bill-again", opt=ISSUES, status_code=303)
async def do_bill_again(request: AnyRequest, actor: Actor, credit_note: str) -> Response[Any]:
    """Open a visit that was credited whole, so that its register can be corrected and it is billed anew."""
    view = await queries.credit_note(actor, invoice_id(credit_note))
    form = await Form.read(request)
    visit = next(
        (row for row in await queries.rebillable(view.row["id"]) if str(row["id"]) == form.text("booking")),
        None,
    )
    if visit is None:
        raise NotFound
    await commands.bill_again(actor, visit["id"], f"Credited by {view.row['number']}")
    words = (
        f"{visit['reference']} of {formats.full_date(visit['service_on'])} is billed again. "
        "Correct its register first."
    )
    return await done(request, f"/credit-notes/{view.row['id']}", words)


router = Router(
    "/",
    route_handlers=[
        show_credit_notes,
        show_credit_note,
        show_credit,
        do_credit,
        show_receive,
        do_receive,
        do_bill_again,
    ],
    include_in_schema=False,
)
