"""A desk as its page and its file show it: plain values."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from isf.burn import Burn
from isf.queries import FundMoney
from isf.routes.funds import chart_points
from isf.rules import last_day
from marketplace.bookings.desk.queries import Asked, Desk, Money
from marketplace.bookings.desk.rules import Kind, Line, Order, Sort
from marketplace.kernel import clock, formats
from marketplace.kernel.formats import link

Data = dict[str, Any]

SORTED: Mapping[str, Sort] = {"name": Sort.NAME, "left": Sort.MONEY, "time": Sort.TIME, "due": Sort.DUE}


def address(asked: Asked, **changes: Any) -> str:
    """The desk as it is shown, with changes; everything that was chosen is in the address."""
    return link("/desk", asked.params, **({"page": asked.page if asked.page > 1 else None} | changes))


def numbers(asked: Asked, desk: Desk) -> list[Data]:
    """How many people each list holds, each a link to those rows: everybody, then the kinds of work that there are."""
    every: Data = {
        "number": desk.everybody,
        "text": "person in all" if desk.everybody == 1 else "people in all",
        "href": f"{address(asked, show=None, page=None)}#people",
        "current": asked.show is None,
    }
    return [every] + [
        {
            "number": number,
            "text": kind.of(number),
            "href": f"{address(asked, show=kind, page=None)}#people",
            "urgent": kind.urgent,
            "current": asked.show is kind,
        }
        for kind, number in desk.counts.items()
        if number
    ]


def columns(asked: Asked) -> list[Data]:
    """The heads of the table; those that sort are links."""
    shown: list[Data] = [
        {"key": "name", "text": "Person"},
        {"key": "left", "text": "Money left"},
        {"key": "time", "text": "Time left"},
        {"key": "next", "text": "Next thing to do"},
        {"key": "due", "text": "Due"},
    ]
    for column in shown:
        by = SORTED.get(column["key"])
        if by is not None:
            mine = asked.sort is by
            other = Order.DOWN if mine and asked.order is Order.UP else Order.UP
            now = "none"
            if mine:
                now = "ascending" if asked.order is Order.UP else "descending"
            column["sort"] = {
                "href": f"{address(replace(asked, sort=by, order=other, page=1))}#people",
                "now": now,
            }
    return shown


def row(line: Line, asked: Asked, money: Money) -> Data:
    """One person: their funds with the line of each, and what is to do. Opening them keeps the place in the list."""
    task = line.task(asked.show)
    return {
        "id": f"person-{line.id}",
        "name": line.name,
        "reference": line.reference,
        "href": link(f"/people/{line.id}/money", back=address(asked)),
        "funds": [_fund(fund, money.burns[fund.id]) for fund in money.funds.get(line.id, ())],
        "time": time_left(line.facts.ends_on),
        "next": {"text": task.words, "href": _keeping(task.href, asked)} if task else None,
        "more": len(line.due) - 1 if task else 0,
        "due": task.due if task else None,
        "urgent": task is not None and task.kind.urgent,
    }


def _keeping(href: str, asked: Asked) -> str:
    """What is opened from a desk knows the way back to it."""
    return f"{href}{'&' if '?' in href else '?'}{urlencode({'back': address(asked)})}"


def _fund(fund: FundMoney, burn: Burn) -> Data:
    return {
        "title": fund.title,
        "href": f"/funds/{fund.id}",
        "left_pence": fund.available_pence,
        "words": burn.standing.words,
        "kind": burn.standing.kind,
        "points": chart_points(burn),
    }


def time_left(ends_on: date | None) -> str:
    """`12 weeks, until 31 March 2027`: of the fund that ends first."""
    if ends_on is None:
        return ""
    days = (ends_on - clock.today()).days
    span = formats.count(days // 7, "week") if days >= 14 else formats.count(days, "day")
    return f"{span}, until {formats.full_date(last_day(ends_on))}"


def saved_as(show: Kind | None) -> str:
    """What the list is called."""
    return show.label.capitalize() if show else "Everybody"


_HEAD = ("Reference", "Person", "Money left (£)", "Until", "Next thing to do", "Due", "Everything to do")


def as_csv(lines: Sequence[Line], show: Kind | None) -> str:
    """The list as a file for a spreadsheet: a row for each person, money in pounds, days as 2026-11-24."""
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(_HEAD)
    for line in lines:
        task = line.task(show)
        ends_on = line.facts.ends_on
        sheet.writerow(
            [
                plain(line.reference),
                plain(line.name),
                f"{line.facts.left_pence / 100:.2f}" if line.facts.funds else "",
                last_day(ends_on).isoformat() if ends_on else "",
                plain(task.words) if task else "",
                task.due.isoformat() if task and task.due else "",
                plain("; ".join(each.label for each, _ in line.due)),
            ]
        )
    # A byte order mark, or Excel reads our pound sign as something else.
    return "\ufeff" + written.getvalue()


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
