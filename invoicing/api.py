"""The API about invoices: the same queries and commands as the pages."""

from datetime import date
from typing import Annotated, Any

from litestar import Response, Router, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, Parameter, PathParameter, QueryParameter

from invoicing import queries
from invoicing.files import as_file, form_of, month_file
from invoicing.payment_runs.by_hand import Paid, mark_paid
from invoicing.routes import invoice_id
from invoicing.rules import InvoiceState
from invoicing.schemas import InvoiceDetailOut, InvoicesOut, PayIn, detail_out, invoices_out
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.idempotency import key_of, once

SEES = {"permission": Permission.INVOICE_SEE}
PAYS = {"permission": Permission.INVOICE_PAY}

InvoiceName = Annotated[
    str,
    PathParameter(
        description="The invoice’s id; with `.pdf`, `.xml` (UBL 2.1) or `.csv` after it the answer is that file"
    ),
]


@get("/invoices", opt=SEES)
async def list_invoices(
    actor: Actor,
    in_state: Annotated[
        InvoiceState | None, QueryParameter(name="state", description="Only those that are issued, or paid")
    ] = None,
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Parameter(ge=1, le=100)] = queries.PAGE_SIZE,
) -> InvoicesOut:
    """The invoices that you sent or have to pay, the newest first."""
    return invoices_out(await queries.invoices(actor, in_state, page, page_size))


@get(
    "/invoices/{name:str}",
    opt=SEES,
    responses={200: ResponseSpec(InvoiceDetailOut, description="The invoice")},
)
async def get_invoice(actor: Actor, name: InvoiceName) -> Response[Any]:
    """One invoice with its lines and VAT, as it was issued; or as a PDF, an e-invoice or a spreadsheet."""
    wanted, form = form_of(name)
    view = await queries.invoice(actor, invoice_id(wanted))
    await record_view(actor, "invoice", view.row["id"])
    return Response(detail_out(view)) if form is None else await as_file(actor, view, form)


@get("/invoices/lines.csv", opt=SEES, media_type="text/csv")
async def list_lines(
    actor: Actor, month: Annotated[date, QueryParameter(description="The first day of a month of issue")]
) -> Response[Any]:
    """Every line of the invoices that were issued in a month, yours to send or to pay, for a ledger."""
    return await month_file(actor, month.replace(day=1))


@post(
    "/invoices/{name:str}/pay",
    opt=PAYS,
    responses={200: ResponseSpec(Paid, description="It is paid")},
    status_code=200,
)
async def pay_invoice(
    actor: Actor,
    name: Annotated[str, PathParameter(description="The invoice’s id")],
    data: PayIn,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[bytes]:
    """Say that you paid an invoice; the same reference again gives the same answer."""
    paid = invoice_id(name)
    key = key_of(actor.user_id, idempotency_key, f"invoice.pay:{paid}", data)

    async def run() -> Paid:
        return await mark_paid(actor, paid, data.payment_reference, data.paid_on or clock.today())

    status, answer = await once(key, 200, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[list_invoices, list_lines, get_invoice, pay_invoice],
    tags=["invoices"],
)
