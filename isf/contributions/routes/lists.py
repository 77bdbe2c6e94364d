"""The lists: everything that the council asked for, and what a holder collects."""

import csv
import io
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from litestar import Response, get

from isf.contributions import queries, words
from isf.contributions.queries import Age, BillLine, Bills, Shown
from isf.contributions.routes.reading import COLLECTS, MANAGES
from isf.routes.reading import page_number
from isf.rules import Collection
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.kernel import audit, clock
from marketplace.kernel.formats import count, money
from marketplace.kernel.money import Money

_Choice = TypeVar("_Choice", bound=StrEnum)
_MOST = 100_000
_TABS = {Shown.UNPAID: "To be paid", Shown.LATE: "Late", Shown.PAID: "Paid", Shown.ALL: "All"}


def one_of(kind: type[_Choice], asked: str | None) -> _Choice | None:
    """A value of an address; None for anything that is not one."""
    return kind(asked) if asked in set(kind) else None


def _asked(request: AnyRequest) -> dict[str, Any]:
    query = request.query_params
    return {
        "shown": one_of(Shown, query.get("shown")) or Shown.UNPAID,
        "age": one_of(Age, query.get("age")),
        "collection": one_of(Collection, query.get("collection")),
        "search": query.get("search", "")[:100],
    }


def _params(asked: dict[str, Any]) -> dict[str, str]:
    told = {name: str(value) for name, value in asked.items() if value}
    return {name: value for name, value in told.items() if (name, value) != ("shown", "unpaid")}


@get("/council/charges", opt=MANAGES)
async def show_charges(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What people were asked for: the oldest debt first, with sums that tie."""
    asked = _asked(request)
    found = await queries.bills_of_council(actor, **asked, page=page_number(request))
    ages = [
        {
            "number": money(each.owed_pence),
            "text": f"{each.age.words}: {count(each.bills, 'bill')}",
            "href": f"/council/charges?age={each.age}",
            "current": asked["age"] is each.age,
            "urgent": each.age is Age.OLDER and each.owed_pence > 0,
        }
        for each in found.ages
    ]
    return await page(
        request,
        "isf/contributions/charges.html",
        **_list(found, asked, "/council/charges"),
        ages=ages,
        collections=[("", "Any way"), *words.COLLECTED.items()],
        export_href="/council/charges.csv",
    )


@get("/council/charges.csv", opt=MANAGES)
async def export_charges(request: AnyRequest, actor: Actor) -> Response[str]:
    """What is filtered, for a spreadsheet; that it was taken is audited."""
    found = await queries.bills_of_council(actor, **_asked(request), page_size=_MOST)
    await audit.record(actor, "charges.exported", "council", actor.council_id, after={"bills": found.total})
    return Response(
        as_csv(found.items),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="contributions-{clock.today().isoformat()}.csv"'
        },
    )


def as_csv(lines: Iterable[BillLine]) -> str:
    """Bills as comma-separated values; names cannot become formulas."""
    told = io.StringIO()
    writer = csv.writer(told)
    writer.writerow(
        [
            "bill",
            "person",
            "name",
            "from",
            "to",
            "issued",
            "due",
            "collected",
            "amount",
            "to pay",
            "days late",
        ]
    )
    for line in lines:
        writer.writerow([
            line.reference, line.person_reference, _safe(line.person_name), line.starts_on, line.last_day,
            line.issued_on, line.due_on, words.COLLECTED[line.collection], _plain(line.amount_pence),
            _plain(line.owed_pence), line.days_late,
        ])  # fmt: skip
    return told.getvalue()


def _safe(text: str) -> str:
    # A spreadsheet runs a cell that begins like this as a formula.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _plain(pence: int) -> str:
    return str(Money(pence)).replace("£", "").replace(",", "")


@get("/holder/contributions", opt=COLLECTS)
async def show_to_collect(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What the holder of ISFs collects from people."""
    asked = _asked(request)
    found = await queries.bills_of_holder(
        actor, asked["shown"], search=asked["search"], page=page_number(request)
    )
    asked = {"shown": asked["shown"], "search": asked["search"]}
    return await page(
        request, "isf/contributions/collect.html", **_list(found, asked, "/holder/contributions")
    )


def _list(found: Bills, asked: dict[str, Any], path: str) -> dict[str, Any]:
    params = _params(asked)
    others = {name: value for name, value in params.items() if name not in ("shown", "age")}
    return {
        "bills": found,
        "path": path,
        "params": params,
        "pages": -(-found.total // found.page_size),
        "collected": words.COLLECTED,
        "tabs": [
            {"text": text, "params": {**others, "shown": shown}, "current": shown is asked["shown"]}
            for shown, text in _TABS.items()
        ],
        "form": {name: str(value or "") for name, value in asked.items()},
    }


HANDLERS = [show_charges, export_charges, show_to_collect]
