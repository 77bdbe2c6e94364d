"""The API about people: the same queries as the pages."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import Parameter

from isf import queries
from isf.queries import People
from isf.schemas import FundOut, fund_out
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission

SEES = {"permission": Permission.PERSON_SEE}


@get("/people", opt=SEES)
async def people(
    actor: Actor,
    search: Annotated[str, Parameter(max_length=200, description="Part of a name or of a reference")] = "",
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Parameter(ge=1, le=100)] = queries.PAGE_SIZE,
) -> People:
    """Everyone whom you may see today, with their money in pence."""
    return await queries.people_of(actor, search, page, page_size)


@get("/people/{person_id:uuid}/funds", opt=SEES)
async def funds(actor: Actor, person_id: UUID) -> list[FundOut]:
    """A person's funds and how their money stands, in pence."""
    found = await queries.funds_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return [fund_out(fund) for fund in found]


router = Router("/api/v1", include_in_schema=True, route_handlers=[people, funds], tags=["people"])
