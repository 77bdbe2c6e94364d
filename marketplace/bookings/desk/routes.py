"""The broker's desk: a table that is work (`pages.md` 5)."""

from enum import StrEnum
from typing import Any, TypeVar

from litestar import Response, get

from isf.routes.reading import page_number
from marketplace.bookings.desk import queries, view
from marketplace.bookings.desk.queries import PAGE_SIZE, Asked
from marketplace.bookings.desk.rules import Kind, Order, Sort
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock
from marketplace.kernel.formats import link

SEES = {"permission": Permission.PERSON_SEE}

Choice = TypeVar("Choice", bound=StrEnum)


@get("/desk", opt=SEES)
async def show_desk(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Everybody the actor acts for, what is to do first. `show` and `search` filter, `sort` and `order` order."""
    asked = asked_for(request)
    desk = await queries.desk(actor, asked)
    money = await queries.money_of(actor, [line.id for line in desk.lines])
    return await page(
        request,
        "bookings/desk.html",
        numbers=view.numbers(asked, desk),
        heading=view.saved_as(asked.show),
        columns=view.columns(asked),
        rows=[view.row(line, asked, money) for line in desk.lines],
        everybody=desk.everybody,
        total=desk.total,
        asked=asked,
        whole_council=actor.council_id is not None,
        pages=-(-desk.total // PAGE_SIZE),
        export_href=link("/desk/export.csv", asked.params),
    )


@get("/desk/export.csv", opt=SEES)
async def export_desk(request: AnyRequest, actor: Actor) -> Response[str]:
    """What is filtered, as a file for a spreadsheet; that it was taken is audited."""
    asked = asked_for(request)
    desk = await queries.whole_desk(actor, asked)
    await audit.record(
        actor, "desk.exported", "app_user", actor.user_id, after={"people": desk.total, "show": asked.show}
    )
    return Response(
        view.as_csv(desk.lines, asked.show),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="desk-{clock.today().isoformat()}.csv"'},
    )


def asked_for(request: AnyRequest) -> Asked:
    """What the address asks for; anything unknown in it is left out."""
    query = request.query_params
    return Asked(
        show=one_of(Kind, query.get("show")),
        search=query.get("search", "")[:100],
        sort=one_of(Sort, query.get("sort")) or Sort.DUE,
        order=one_of(Order, query.get("order")) or Order.UP,
        page=page_number(request),
    )


def one_of(kind: type[Choice], typed: str | None) -> Choice | None:
    """The choice of that name, or None."""
    try:
        return kind(typed or "")
    except ValueError:
        return None


HANDLERS = [show_desk, export_desk]
