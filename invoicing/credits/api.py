"""Credit notes for programs: the same queries and commands as the pages; amounts in whole pence."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, Parameter, PathParameter

from invoicing import queries as invoices
from invoicing.credits import commands, queries
from invoicing.credits.commands import CreditDraft, IssuedCredit
from invoicing.credits.queries import CreditNoteView
from invoicing.credits.routes import as_file
from invoicing.routes import invoice_id
from invoicing.schemas import LineOut, VatOut, lines_out, vat_out
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.idempotency import key_of, once
from marketplace.kernel.money import Money

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}


class CreditNoteOut(msgspec.Struct, frozen=True):
    """A credit note in a list. `owed_pence` was paid already and is still owed by the provider."""

    id: UUID
    number: str
    invoice_id: UUID
    invoice_number: str
    provider_name: str
    payer_name: str
    issued_on: date
    net_pence: int
    vat_pence: int
    gross_pence: int
    owed_pence: int
    because: str


class CreditNotesOut(msgspec.Struct, frozen=True):
    """One page of credit notes, the newest first."""

    items: list[CreditNoteOut]
    page: int
    page_size: int
    total: int


class CreditNoteDetailOut(CreditNoteOut, frozen=True):
    """One credit note as it was issued; amounts are above zero."""

    lines: list[LineOut]
    vat: list[VatOut]


class CreditLineIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a line of the invoice, by its place on it, is credited; without an amount, all that is left."""

    position: int
    gross_pence: int | None = None


class CreditIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines to credit, and why."""

    lines: list[CreditLineIn]
    because: str


_FIELDS = CreditNoteOut.__struct_fields__


def _out(row: db.Row) -> CreditNoteOut:
    return CreditNoteOut(**{name: row[name] for name in _FIELDS})


def _detail(view: CreditNoteView) -> CreditNoteDetailOut:
    return CreditNoteDetailOut(
        **{name: view.row[name] for name in _FIELDS},
        lines=lines_out(view.document.people),
        vat=vat_out(view.document.vat),
    )


@get("/credit-notes", opt=SEES)
async def list_credit_notes(
    actor: Actor,
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Parameter(ge=1, le=100)] = invoices.PAGE_SIZE,
) -> CreditNotesOut:
    """The credit notes that you sent or got, the newest first."""
    found = await queries.credit_notes(actor, page, page_size)
    return CreditNotesOut([_out(row) for row in found.rows], page, page_size, found.total)


@get(
    "/credit-notes/{credit_note:str}",
    opt=SEES,
    responses={200: ResponseSpec(CreditNoteDetailOut, description="The credit note")},
)
async def get_credit_note(
    actor: Actor,
    credit_note: Annotated[
        str,
        PathParameter(
            description="The credit note’s id; with `.pdf`, `.xml` (UBL 2.1) or `.csv` (its lines) after it: that file"
        ),
    ],
) -> Response[Any]:
    """One credit note with its lines and VAT, as it was issued; or as a PDF, an e-invoice or lines."""
    name, _, form = credit_note.partition(".")
    view = await queries.credit_note(actor, invoice_id(name))
    await record_view(actor, "credit_note", view.row["id"])
    return await as_file(actor, view, form) if form else Response(_detail(view))


@post(
    "/invoices/{name:str}/credit-notes",
    opt=ISSUES,
    responses={201: ResponseSpec(IssuedCredit, description="It is issued")},
    status_code=201,
)
async def create_credit_note(
    actor: Actor,
    name: Annotated[str, PathParameter(description="The invoice’s id")],
    data: CreditIn,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[bytes]:
    """Credit lines of an invoice that you sent, for ever; never more than is left of them."""
    invoice = invoice_id(name)
    key = key_of(actor.user_id, idempotency_key, f"invoice.credit:{invoice}", data)

    async def run() -> IssuedCredit:
        await queries.invoice_of_seller(actor, invoice)
        by_position = {line.position: line for line in await queries.creditable(invoice)}
        amounts = {}
        for wanted in data.lines:
            line = by_position.get(wanted.position)
            if line is not None:
                amounts[line.id] = line.left if wanted.gross_pence is None else Money(wanted.gross_pence)
        return await commands.issue_credit_note(actor, invoice, CreditDraft(amounts, data.because))

    status, answer = await once(key, 201, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[list_credit_notes, get_credit_note, create_credit_note],
    tags=["invoices"],
)
