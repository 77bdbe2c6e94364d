"""Bank statements for programs: the same queries and commands as the pages."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter, PathParameter, QueryParameter

from invoicing.reconciliation import commands, queries
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import explain_line, explain_lines, look_again
from invoicing.reconciliation.routes import BODY_MOST
from invoicing.reconciliation.rules import LineState, Meaning
from invoicing.reconciliation.things import suggested
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.money import Money

PAYS = {"permission": Permission.INVOICE_PAY}

LineId = Annotated[UUID, PathParameter(description="The line’s id")]


class GivenInOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a file brought: lines told, lines not known before, and lines that explained themselves."""

    statements: list[UUID]
    told_lines: int
    new_lines: int
    explained: int


class LineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One movement: pence in above zero, out below. `meaning` and `meaning_id` say what it was found to be.

    `return_code` is the bank’s reason (ISO 20022) where it is `returned`.
    """

    id: UUID
    booked_on: date
    amount_pence: int
    end_to_end: str
    bank_reference: str
    counterparty: str
    words: str
    returned: bool
    return_code: str
    state: LineState
    meaning: str
    meaning_id: UUID | None
    because: str


class LinesOut(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lines in a state, the oldest first."""

    lines: list[LineOut]
    count: int
    in_pence: int
    out_pence: int
    page: int
    pages: int


class ThingOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the same amount that a line may be."""

    meaning: Meaning
    id: UUID
    reference: str
    who: str
    amount_pence: int


class ExplainIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line is."""

    meaning: Meaning
    thing_id: UUID


class AsideIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line is that is nothing kept here."""

    because: str


@post("/bank-statements", opt=PAYS, status_code=201, request_max_body_size=BODY_MOST)
async def post_statement(
    actor: Actor, data: Annotated[UploadFile, Body(media_type=RequestEncodingType.MULTI_PART)]
) -> GivenInOut:
    """Give in a camt.053 or CSV file of your account; a file that you gave in before adds nothing."""
    told = await give_in(actor, data.file, data.filename)
    return GivenInOut(
        statements=list(told.statements),
        told_lines=told.told_lines,
        new_lines=told.new_lines,
        explained=await explain_lines(actor),
    )


@get("/bank-lines", opt=PAYS)
async def list_lines(
    actor: Actor,
    in_state: Annotated[LineState, QueryParameter(name="state", description="Only those")] = LineState.OPEN,
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
) -> LinesOut:
    """The lines of your bank statements that wait, or were matched or set aside."""
    found = await queries.lines(actor, in_state, page)
    return LinesOut(
        lines=[_line(row) for row in found.rows],
        count=found.count,
        in_pence=found.money_in.pence,
        out_pence=found.money_out.pence,
        page=found.page,
        pages=found.pages,
    )


def _line(row: dict[str, Any]) -> LineOut:
    return msgspec.convert({name: row[name] for name in LineOut.__struct_fields__}, LineOut)


@get("/bank-lines/{bank_line_id:uuid}/suggestions", opt=PAYS)
async def list_suggestions(actor: Actor, bank_line_id: LineId) -> list[ThingOut]:
    """What moved the same amount and no line explains yet."""
    row = await queries.line(actor, bank_line_id)
    found = await suggested(queries.own_organisation(actor), Money(row["amount_pence"]))
    return [
        ThingOut(
            meaning=each.meaning, id=each.id, reference=each.reference, who=each.who,
            amount_pence=each.amount.pence,
        )
        for each in found
    ]  # fmt: skip


@post("/bank-lines/{bank_line_id:uuid}/explain", opt=PAYS, status_code=200)
async def post_explain(actor: Actor, bank_line_id: LineId, data: ExplainIn) -> LineOut:
    """Say what a line is; a returned payment opens again what it paid."""
    await explain_line(actor, bank_line_id, data.meaning, data.thing_id)
    return _line(await queries.line(actor, bank_line_id))


@post("/bank-lines/{bank_line_id:uuid}/set-aside", opt=PAYS, status_code=200)
async def post_aside(actor: Actor, bank_line_id: LineId, data: AsideIn) -> LineOut:
    """Say that a line is nothing that is kept here."""
    await commands.set_aside(actor, bank_line_id, data.because)
    return _line(await queries.line(actor, bank_line_id))


@post("/bank-lines/{bank_line_id:uuid}/look-again", opt=PAYS, status_code=200)
async def post_again(actor: Actor, bank_line_id: LineId) -> LineOut:
    """Put a line back that was set aside or only seen."""
    await look_again(actor, bank_line_id)
    return _line(await queries.line(actor, bank_line_id))


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[post_statement, list_lines, list_suggestions, post_explain, post_aside, post_again],
    tags=["bank statements"],
)
