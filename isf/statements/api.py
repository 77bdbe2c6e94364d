"""The API about statements: the same queries as the pages."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import Parameter

from isf.statements import queries
from isf.statements.document import StatementDocument
from isf.statements.queries import Listing, StatementLine
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Invalid

SEES = {"permission": Permission.PERSON_SEE}


@get("/people/{person_id:uuid}/statements", opt=SEES)
async def statements(actor: Actor, person_id: UUID) -> list[StatementLine]:
    """A person's statements, the newest month first; amounts in pence."""
    found = await queries.statements_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return found


@get("/statements", opt=SEES)
async def statements_of_month(
    actor: Actor,
    month: Annotated[str, Parameter(pattern=r"^\d{4}-\d{2}$", description="For example 2026-10")],
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Parameter(ge=1, le=100)] = queries.PAGE_SIZE,
) -> Listing:
    """A month's statements of everybody whom you may see; amounts in pence."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Invalid({"month": "Write the month like 2026-10"}) from None
    return await queries.statements_in(actor, first, page, page_size)


@get("/statements/{statement_id:uuid}", opt=SEES)
async def statement(actor: Actor, statement_id: UUID) -> StatementDocument:
    """One statement as it was frozen; `ends_on` is the first day after it, amounts in pence."""
    return await queries.statement(actor, statement_id)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[statements, statements_of_month, statement],
    tags=["statements"],
)
