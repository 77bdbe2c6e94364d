"""The pages of invoices: what is to be billed, to be paid and paid, one invoice as page and PDF, and paying it."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from invoicing import queries, rules
from invoicing.credits import queries as credit_queries
from invoicing.document_words import invoice_words
from invoicing.files import as_file, form_of, month_file
from invoicing.line_queries.queries import of_invoice as queries_of_invoice
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.payment_runs.queries import payments_of_invoice
from invoicing.queries import InvoiceView, Listing, Show
from invoicing.rules import InvoiceState
from invoicing.uploads.queries import of_invoice
from invoicing.waiting import unbilled_lines, unbilled_months
from isf.routes.reading import page_number
from marketplace.bookings.checks.queries import disputed_on_invoice
from marketplace.identity.access import Actor, record_view
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from providers.suspensions.queries import Standing, standing_of

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}
PAYS = {"permission": Permission.INVOICE_PAY}

_WORDS = {
    Show.TO_BE_BILLED: ("To be billed", "session"),
    Show.BILLED: ("Billed", "invoice"),
    Show.QUERIED: ("Queried", "invoice"),
    Show.RECEIVED: ("Paid to you", "invoice"),
    Show.TO_PAY: ("To pay", "invoice"),
    Show.TO_CHECK: ("To check", "invoice"),
    Show.PAID: ("Paid", "invoice"),
}


@get("/invoices", opt=SEES)
async def show_invoices(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The actor's side of invoices; `show` says which rows, `page` which part of them."""
    tallies = await queries.tallies(actor)
    asked = request.query_params.get("show")
    show = next((known for known in tallies if known == asked), next(iter(tallies), None))
    if show is None:
        raise NotFound
    listing = None
    if show is not Show.TO_BE_BILLED:
        listing = await queries.listing(actor, show, page_number(request))
    return await page(
        request,
        "invoicing/invoices.html",
        show=show,
        numbers=[_number(known, tally, show) for known, tally in tallies.items()],
        heading=_WORDS[show][0],
        months=await unbilled_months(actor) if show is Show.TO_BE_BILLED else [],
        rows=[_row(row, show) for row in listing.rows] if listing else [],
        issue_months=_issue_months(listing) if listing else [],
        whole=listing.whole if listing else None,
        paging=_paging(listing, show) if listing else None,
        of_organisation=actor.organisation_id is not None,
    )


def _issue_months(listing: Listing) -> list[date]:
    """The months in which the shown invoices were issued, the newest first: each can be had as one file."""
    return sorted({rules.month_of(row["issued_on"]) for row in listing.rows}, reverse=True)


def _number(known: Show, tally: queries.Tally, shown: Show) -> dict[str, Any]:
    text, unit = _WORDS[known]
    return {
        "number": formats.money(tally.total),
        "text": f"{text}: {formats.count(tally.count, unit)}",
        "href": formats.link("/invoices", show=known),
        "current": known is shown,
    }


def _row(row: dict[str, Any], show: Show) -> dict[str, Any]:
    selling = show in (Show.BILLED, Show.QUERIED, Show.RECEIVED)
    return {
        **row,
        "href": f"/invoices/{row['id']}",
        "other": row["payer_name"] if selling else row["provider_name"],
        "period": formats.month(row["period_starts"]),
        "state": shown_state(row, show),
    }


def shown_state(row: dict[str, Any], show: Show) -> str:
    """The state as a page tells it: what the seller has sent, the payer has to pay, and either may be overdue."""
    if row["state"] not in rules.UNPAID:
        return str(row["state"])
    if row["on_hold"]:
        return "on_hold"
    if show in (Show.QUERIED, Show.TO_CHECK):
        return "queried"
    if row["due_on"] < clock.today():
        return "overdue"
    if row["state"] == InvoiceState.PART_PAID:
        return str(row["state"])
    return "to_pay" if show is Show.TO_PAY else "issued"


def _paging(listing: Listing, show: Show) -> dict[str, Any]:
    def href(number: int) -> str | None:
        return formats.link("/invoices", show=show, page=number) if 1 <= number <= listing.pages else None

    return {
        "page": listing.page,
        "pages": listing.pages,
        "earlier": href(listing.page - 1),
        "later": href(listing.page + 1),
    }


# --- Billing ----------------------------------------------------------------------------------------------------


@get("/invoices/to-be-billed", opt=ISSUES)
async def show_unbilled(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every attendance of a month that the next invoices bill."""
    month = _month(request.query_params.get("month")) or rules.month_of(clock.today())
    lines = await unbilled_lines(actor, month)
    return await page(
        request,
        "invoicing/to_be_billed.html",
        month=month,
        lines=lines,
        total=Money(sum(line["charge_pence"] for line in lines)),
    )


def _month(text: str | None) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


@get("/invoices/lines.csv", opt=SEES)
async def show_lines(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every line of the invoices of a month of issue, for a ledger or a spreadsheet."""
    return await month_file(actor, _month(request.query_params.get("month")))


# --- One invoice ------------------------------------------------------------------------------------------------


@get("/invoices/{name:str}", opt=SEES)
async def show_invoice(request: AnyRequest, actor: Actor, name: str) -> Response[Any]:
    """One invoice as a page; with `.pdf`, `.xml` or `.csv` after its id, as that file."""
    wanted, form = form_of(name)
    view = await queries.invoice(actor, invoice_id(wanted))
    await record_view(actor, "invoice", view.row["id"])
    if form is not None:
        return await as_file(actor, view, form)
    return await page(
        request,
        "invoicing/invoice.html",
        invoice=invoice_words(view.document),
        state=shown_state(view.row, Show.TO_PAY if view.may_pay else Show.BILLED),
        row=view.row,
        may_pay=view.may_pay and view.state in rules.UNPAID and not view.row["on_hold"],
        stopped_by=await _stopped_by(actor, view),
        payments=await payments_of_invoice(view.row["id"]),
        disputed=await disputed_on_invoice(view.row["id"]),
        line_queries=await queries_of_invoice(view.row["id"]),
        may_query=view.may_pay and view.state is not InvoiceState.CREDITED,
        received_id=await of_invoice(view.row["id"]) if view.document.received_on else None,
        credit_notes=await credit_queries.of_invoice(view.row["id"]),
        open_pence=await queries.open_pence(view.row["id"]),
        may_credit=await credit_queries.is_seller(actor, view.row["provider_id"])
        and view.state is not InvoiceState.CREDITED,
    )


async def _stopped_by(actor: Actor, view: InvoiceView) -> list[Standing]:
    """Which councils hold the invoice back: told to councils and to the provider itself, to nobody else."""
    sells = Permission.INVOICE_ISSUE in actor.permissions
    if not view.row["on_hold"] or (actor.council_id is None and not sells):
        return []
    return await standing_of(view.row["provider_id"])


def invoice_id(text: str) -> UUID:
    """The id in an address. Raises NotFound when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


@get("/invoices/{name:str}/pay", opt=PAYS)
async def show_pay(request: AnyRequest, actor: Actor, name: str) -> Response[Any]:
    """The form that says that an invoice was paid."""
    view = await queries.payable_invoice(actor, invoice_id(name))
    return await _pay_page(request, view, Form({}), 200)


@post("/invoices/{name:str}/pay", opt=PAYS, status_code=200)
async def do_pay(request: AnyRequest, actor: Actor, name: str) -> Response[Any]:
    """Mark an invoice paid; what was typed stays when something is wrong."""
    view = await queries.payable_invoice(actor, invoice_id(name))
    form = await Form.read(request)
    reference = form.text(
        "payment_reference", required="Enter the reference of the payment, as your bank shows it", most=100
    )
    paid_on = form.day("paid_on", required="Enter the day on which you paid, like 24 11 2026")
    try:
        form.check()
        assert paid_on is not None  # noqa: S101 - required
        await mark_paid(actor, view.row["id"], reference, paid_on)
    except DomainError as refusal:
        form.take(refusal)
        return await _pay_page(request, view, form, refusal.status)
    words = f"Invoice {view.document.number} is marked as paid. {view.row['provider_name']} is told."
    return await done(request, f"/invoices/{view.row['id']}", words)


async def _pay_page(request: AnyRequest, view: InvoiceView, form: Form, status: int) -> Response[Any]:
    return await page(
        request,
        "invoicing/pay.html",
        status=status,
        row=view.row,
        open_pence=await queries.open_pence(view.row["id"]),
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/", route_handlers=[show_invoices, show_unbilled, show_lines, show_invoice, show_pay, do_pay]
)
