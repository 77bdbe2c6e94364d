"""The API about a desk: the same query as the page."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import Parameter

from marketplace.bookings.desk import queries
from marketplace.bookings.desk.queries import PAGE_SIZE, Asked
from marketplace.bookings.desk.rules import Kind, Line, Order, Sort, told
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

SEES = {"permission": Permission.PERSON_SEE}


class TaskOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do for a person; `due` is null where no day is set."""

    kind: Kind
    words: str
    due: date | None


class DeskLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person on a desk; money in pence, `ends_on` is the first day without the fund that ends first."""

    id: UUID
    reference: str
    name: str
    funds: int
    amount_pence: int
    left_pence: int
    ends_on: date | None
    tasks: list[TaskOut]


class DeskOut(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a desk. `counts` is of the whole desk, `total` of what was asked for."""

    items: list[DeskLineOut]
    counts: dict[Kind, int]
    everybody: int
    page: int
    page_size: int
    total: int


@get("/desk", opt=SEES)
async def desk(
    actor: Actor,
    show: Annotated[Kind | None, Parameter(description="Only people with this kind of work")] = None,
    search: Annotated[str, Parameter(max_length=100, description="Part of a name or of a reference")] = "",
    sort: Sort = Sort.DUE,
    order: Order = Order.UP,
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Parameter(ge=1, le=200)] = PAGE_SIZE,
) -> DeskOut:
    """The people you act for today, with what is to do for each, the most pressing first."""
    found = await queries.desk(actor, Asked(show, search, sort, order, page, page_size))
    return DeskOut(
        items=[_line(line) for line in found.lines],
        counts={kind: count for kind, count in found.counts.items() if count},
        everybody=found.everybody,
        page=page,
        page_size=page_size,
        total=found.total,
    )


def _line(line: Line) -> DeskLineOut:
    return DeskLineOut(
        id=line.id,
        reference=line.reference,
        name=line.name,
        funds=line.facts.funds,
        amount_pence=line.facts.amount_pence,
        left_pence=line.facts.left_pence,
        ends_on=line.facts.ends_on,
        tasks=[TaskOut(kind=kind, words=told(kind, line.facts), due=due) for kind, due in line.due],
    )
