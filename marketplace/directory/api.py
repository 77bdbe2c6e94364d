"""The API of the directory: the same search as the pages; open to everybody."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import Parameter, QueryParameter

from marketplace.directory import queries
from marketplace.directory.forms import USUAL_MILES
from marketplace.directory.rules import MOST_WORDS, SearchQuery, Spot
from marketplace.directory.schemas import Sessions, session_out
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Invalid
from providers.rules import Category

PUBLIC = {"permission": Permission.PUBLIC}
USUAL_PAGE_SIZE = 25
DAY = {"format": "date"}


@get("/sessions", opt=PUBLIC)
async def sessions(
    q: Annotated[str, Parameter(max_length=MOST_WORDS, description="Words, as typed into a search")] = "",
    postcode: Annotated[str, Parameter(max_length=100, description="A postcode, or a town with venues")] = "",
    within_miles: Annotated[int, Parameter(ge=1, le=500, description="From the postcode")] = USUAL_MILES,
    first: Annotated[str, QueryParameter(name="from", description="First London day", schema_extra=DAY)] = "",
    last: Annotated[
        str, QueryParameter(name="to", description="Last London day, included", schema_extra=DAY)
    ] = "",
    max_price_pence: Annotated[int | None, Parameter(ge=0, le=100_000_000)] = None,
    free: Annotated[bool, Parameter(description="Only what costs nothing")] = False,  # noqa: FBT002 - a query parameter
    category: Category | None = None,
    provider_id: UUID | None = None,
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Parameter(ge=1, le=100)] = USUAL_PAGE_SIZE,
) -> Sessions:
    """Dated sessions to come, soonest first. What is not understood is refused with 422, field by field."""
    first_day, last_day = _day("from", first), _day("to", last)
    if first_day and last_day and last_day < first_day:
        raise Invalid({"to": "The last day is before the first day."})
    spot = await _spot(postcode.strip())
    rows, total = await queries.sessions(
        SearchQuery(
            words=q.strip() if any(letter.isalnum() for letter in q) else "",
            spot=spot,
            within_miles=within_miles if spot else None,
            first_day=first_day,
            last_day=last_day,
            most_pence=0 if free else max_price_pence,
            category=category,
            provider_id=provider_id,
            page=page,
            page_size=page_size,
        )
    )
    return Sessions(items=[session_out(row) for row in rows], page=page, page_size=page_size, total=total)


def _day(name: str, typed: str) -> date | None:
    # Read here and not by the framework, which would call the field by the name of our variable.
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Invalid({name: "Write the day as YYYY-MM-DD."}) from None


async def _spot(postcode: str) -> Spot | None:
    if not postcode:
        return None
    spot = await queries.find_spot(postcode)
    if spot is None:
        raise Invalid({"postcode": f"No postcode and no town with venues is known as “{postcode}”."})
    return spot


router = Router("/api/v1", include_in_schema=True, route_handlers=[sessions], tags=["directory"])
