"""The broker's desk: a table that is work."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get

from isf.rules import last_day
from marketplace.bookings.desk import queries
from marketplace.bookings.desk.rules import Kind, Order, Sort, Work, ordered, tasks_of
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.formats import link

SEES = {"permission": Permission.PERSON_SEE}
_SORTED = [("name", "Person", Sort.NAME), ("left", "Money left", Sort.MONEY), ("due", "Due", Sort.DUE)]


@get("/desk", opt=SEES)
async def show_desk(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Everybody the actor acts for, what is to do first; `show` filters, `sort` and `order` order."""
    today = clock.today()
    work = [Work(line, tasks_of(line, today)) for line in await queries.lines(actor)]
    show = _one_of(Kind, request.query_params.get("show"))
    sort = _one_of(Sort, request.query_params.get("sort")) or Sort.DUE
    order = _one_of(Order, request.query_params.get("order")) or Order.UP
    shown = ordered((each for each in work if show is None or each.has(show)), sort, order)
    return await page(
        request,
        "bookings/desk.html",
        numbers=_numbers(work),
        heading=show.label.capitalize() if show else "Everybody",
        columns=_columns(show, sort, order),
        rows=[_row(each, show) for each in shown],
        everybody=len(work),
        show=show,
    )


def _one_of(kind: type[Any], typed: str | None) -> Any:
    try:
        return kind(typed)
    except ValueError:
        return None


def _address(show: Kind | None, **more: object) -> str:
    return link("/desk", {"show": show}, **more)


def _numbers(work: Sequence[Work]) -> list[dict[str, object]]:
    """How many people each list holds: everybody, then each kind of work that there is."""
    counted = [(kind, sum(each.has(kind) for each in work)) for kind in Kind]
    every: dict[str, object] = {
        "number": len(work),
        "text": "person in all" if len(work) == 1 else "people in all",
        "href": "/desk#people",
    }
    return [every] + [
        {
            "number": number,
            "text": f"{'person' if number == 1 else 'people'}: {kind.label}",
            "href": f"{_address(kind)}#people",
            "urgent": kind is Kind.NO_MONEY,
        }
        for kind, number in counted
        if number
    ]


def _columns(show: Kind | None, sort: Sort, order: Order) -> list[dict[str, object]]:
    columns: list[dict[str, object]] = [
        {"key": "name", "text": "Person"},
        {"key": "left", "text": "Money left", "kind": "money"},
        {"key": "time", "text": "Time left"},
        {"key": "week", "text": "Booked this week", "kind": "number"},
        {"key": "next", "text": "Next thing to do", "kind": "link"},
        {"key": "due", "text": "Due", "kind": "day"},
    ]
    for column in columns:
        for key, _, by in _SORTED:
            if column["key"] == key:
                other = Order.DOWN if sort is by and order is Order.UP else Order.UP
                now = "none"
                if sort is by:
                    now = "ascending" if order is Order.UP else "descending"
                column["sort"] = {"href": _address(show, sort=by, order=other), "now": now}
    return columns


def _row(work: Work, show: Kind | None) -> dict[str, object]:
    line = work.line
    week = f"/people/{line.id}/week"
    task = next((each for each in work.tasks if each.kind is show), work.next)
    href = week
    if task is not None and task.kind is Kind.IDEAS and task.due is not None:
        href = f"{week}?on={task.due.isoformat()}"
    return {
        "id": f"person-{line.id}",
        "name": line.name,
        "href": week,
        "left": line.left_pence if line.funds else None,
        "time": _time_left(work),
        "week": line.booked_week,
        "next": {"text": task.words, "href": href} if task else None,
        "due": task.due if task else None,
        "urgent": task is not None and task.kind is Kind.NO_MONEY,
    }


def _time_left(work: Work) -> str:
    """`12 weeks, until 31 March 2027`: of the fund that ends first."""
    ends_on = work.line.ends_on
    if ends_on is None:
        return ""
    days = (ends_on - clock.today()).days
    span = formats.count(days // 7, "week") if days >= 14 else formats.count(days, "day")
    return f"{span}, until {formats.full_date(last_day(ends_on))}"


HANDLERS = [show_desk]
