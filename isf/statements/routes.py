"""The pages of statements: one as page, PDF and Easy Read; a person's; a month's for council and holder."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import anyio
from litestar import Response, Router, get
from litestar.response import Stream

from isf.routes.reading import SEES, page_number
from isf.statements import queries
from isf.statements.document import StatementDocument
from isf.statements.easy import easy_words
from isf.statements.printing import Form, file_name, printed
from isf.statements.words import statement_words, title
from marketplace.identity.access import Actor, record_view
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import easy_read, page
from marketplace.kernel.errors import NotFound

_COLUMNS = (
    *(
        "month",
        "kind",
        "number",
        "person",
        "fund",
        "left_at_start",
        "left",
        "booked",
        "used",
        "booked_for_later_days",
    ),
    "made_on",
)


@get("/people/{person_id:uuid}/statements", opt=SEES)
async def show_statements(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """A person's statements, the newest month first."""
    lines = await queries.statements_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return await page(
        request,
        "isf/statements/of_person.html",
        about=person_id,
        person_id=person_id,
        statements=lines,
    )


@get("/statements/{statement:str}", opt=SEES)
async def show_statement(request: AnyRequest, actor: Actor, statement: str) -> Response[Any]:
    """One statement as a page, in Easy Read when that is on; with `.pdf` after its id, as the PDF."""
    told = await queries.statement(actor, _id(statement.removesuffix(".pdf")))
    if statement.endswith(".pdf"):
        return await _pdf(told, Form.FULL)
    easy = easy_read(request)
    return await page(
        request,
        "isf/statements/easy.html" if easy else "isf/statements/statement.html",
        about=told.person_id,
        told=easy_words(told) if easy else statement_words(told),
        id=told.id,
        person_id=told.person_id,
        fund_id=told.fund_id,
        person_name=told.person_name,
        title=title(told),
        caption=f"{told.fund}, {told.person_name}",
        pence={"left": told.closing.left, "booked": told.closing.booked, "used": told.closing.used},
    )


@get("/statements/{statement_id:uuid}/easy-read.pdf", opt=SEES)
async def show_easy_pdf(actor: Actor, statement_id: UUID) -> Response[Any]:
    """One statement as an Easy Read PDF."""
    return await _pdf(await queries.statement(actor, statement_id), Form.EASY_READ)


async def _pdf(told: StatementDocument, form: Form) -> Response[bytes]:
    return Response(
        await anyio.to_thread.run_sync(printed, told, form),
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{file_name(told, form)}"',
            "Cache-Control": "private, no-store",
        },
    )


@get(["/council/statements", "/holder/statements"], opt=SEES)
async def show_month(request: AnyRequest, actor: Actor) -> Response[Any]:
    """A month's statements of everybody whom the actor may see; `month` says which, the newest without."""
    counted = await queries.months(actor)
    month = _month(request) or (counted[0].month if counted else queries.last_month())
    listing = await queries.statements_in(actor, month, page_number(request))
    return await page(
        request,
        "isf/statements/month.html",
        path=request.url.path,
        month=month,
        months=counted,
        listing=listing,
        pages=max(1, -(-listing.total // listing.page_size)),
    )


@get(["/council/statements.csv", "/holder/statements.csv"], opt=SEES)
async def download_month(request: AnyRequest, actor: Actor) -> Stream:
    """The figures of a month's statements as CSV, people by reference."""
    month = _month(request) or queries.last_month()
    return Stream(
        _rows(actor, month),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="statements-{month:%Y-%m}.csv"'},
    )


async def _rows(actor: Actor, month: date) -> AsyncIterator[str]:
    yield _csv(_COLUMNS)
    async for line in queries.every_statement_in(actor, month):
        yield _csv(
            (
                f"{line.month:%Y-%m}", line.kind, line.number, line.person_reference, line.fund,
                *map(_pounds, (line.opening_left_pence, line.left_pence, line.booked_pence, line.used_pence)),
                _pounds(line.ahead_pence), line.made_on.isoformat(),
            )
        )  # fmt: skip


def _csv(values: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _pounds(pence: int) -> str:
    """Pounds with two decimals and nothing else, as a spreadsheet reads them."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02}"


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _month(request: AnyRequest) -> date | None:
    asked = request.query_params.get("month")
    if asked is None:
        return None
    try:
        return date.fromisoformat(f"{asked}-01")
    except ValueError:
        raise NotFound("There is no such month. Go back and choose one.") from None


router = Router(
    "/",
    route_handlers=[show_statements, show_statement, show_easy_pdf, show_month, download_month],
    include_in_schema=False,
)
