"""Queries of lines for programs: the same queries and commands as the pages."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import PathParameter, QueryParameter

from invoicing.credits.queries import creditable
from invoicing.line_queries import commands, queries
from invoicing.line_queries.promptness import promptness
from invoicing.line_queries.rules import QueryState, Step
from invoicing.queries import payable_invoice
from invoicing.routes import invoice_id
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money

SEES = {"permission": Permission.INVOICE_SEE}
PAYS = {"permission": Permission.INVOICE_PAY}


class LineQueryOut(msgspec.Struct, frozen=True):
    """A query of a line; it is open until it is `accepted` or `credited`.

    `wanted_pence` is how much of it, with its VAT, the payer asks to be credited.
    """

    id: UUID
    state: QueryState
    invoice_id: UUID
    invoice_number: str
    position: int
    booking_reference: str
    gross_pence: int
    wanted_pence: int | None
    asked_on: date
    settled_on: date | None


class AskIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which line is wrong, by its place on the invoice, what is wrong with it, and the credit that you ask for."""

    position: int
    words: str
    wanted_pence: int | None = None


class WriteIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What you do: `write`, `explain` (the seller), `dispute` or `accept` (the payer)."""

    step: Step
    words: str = ""


class PromptOut(msgspec.Struct, frozen=True):
    """How promptly you paid: shares count payments of invoices."""

    first: date
    last: date
    payments: int
    amount_pence: int
    in_time_percent: int | None
    average_days: int | None
    late: int


def _out(row: db.Row) -> LineQueryOut:
    told = {name: row[name] for name in LineQueryOut.__struct_fields__}
    return LineQueryOut(**{**told, "state": QueryState(row["state"])})


@get("/line-queries", opt=SEES)
async def list_queries(actor: Actor) -> list[LineQueryOut]:
    """The queries of lines that you may see, open ones first."""
    return [_out(row) for row in await queries.line_queries(actor)]


@post("/invoices/{name:str}/queries", opt=PAYS, status_code=201)
async def ask(
    actor: Actor, name: Annotated[str, PathParameter(description="The invoice’s id")], data: AskIn
) -> LineQueryOut:
    """Query a line of an invoice that you pay: it waits, the rest stays payable."""
    view = await payable_invoice(actor, invoice_id(name))
    by_position = {line.position: line.id for line in await creditable(view.row["id"])}
    if data.position not in by_position:
        raise Invalid({"position": "Choose a line of the invoice"})
    wanted = Money(data.wanted_pence) if data.wanted_pence is not None else None
    query_id = await commands.query_line(
        actor, view.row["id"], by_position[data.position], data.words, wanted=wanted
    )
    return _out((await queries.line_query(actor, query_id)).row)


@post("/line-queries/{query_id:uuid}", opt=SEES, status_code=200)
async def write(actor: Actor, query_id: UUID, data: WriteIn) -> LineQueryOut:
    """Write in a query, and answer, accept or dispute."""
    await commands.write_to_query(actor, query_id, data.step, data.words)
    return _out((await queries.line_query(actor, query_id)).row)


@get("/invoices/prompt-payment", opt=PAYS)
async def prompt(
    actor: Actor,
    first: Annotated[date, QueryParameter(description="The first day of payment")],
    last: Annotated[date, QueryParameter(description="The last day of payment")],
) -> PromptOut:
    """How promptly you paid invoices between two days."""
    told = await promptness(actor, first, last)
    return PromptOut(
        first,
        last,
        len(told.parts),
        told.amount.pence,
        told.in_time_percent,
        told.average_days,
        len(told.late),
    )


router = Router(
    "/api/v1", include_in_schema=True, route_handlers=[list_queries, ask, write, prompt], tags=["invoices"]
)
