"""A person's own page as its templates show it: plain values."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from isf.burn import BurnKind
from isf.queries import FundMoney
from marketplace.bookings.mine.queries import Mine
from marketplace.bookings.week.queries import BookingLine
from marketplace.bookings.week.view import picture_of, place_of
from marketplace.kernel import formats
from marketplace.kernel.clock import london_day

Data = dict[str, Any]

# One idea a line, and no figures that the page does not need twice.
EASY: Mapping[BurnKind, tuple[str, str]] = {
    BurnKind.ON_TRACK: ("tick", "You use the money as planned."),
    BurnKind.AHEAD: ("warning", "The money is used faster than planned."),
    BurnKind.BEHIND: ("purse", "More money is left than planned."),
    BurnKind.WAITING: ("key", "This money is locked."),
    BurnKind.TO_START: ("clock", "You can use it later."),
    BurnKind.OVER: ("clock", "The time for this money is over."),
    BurnKind.UNJUDGED: ("clock", "You can look at how much is used."),
}


def figures(mine: Mine, today: date) -> list[Data]:
    """The answer in three figures, each a link to the part of the page that says more; urgent is only what is late."""
    left = sum(fund.available_pence for fund in mine.funds)
    week = sum(line.cost_pence for line in mine.bookings)
    number = len(mine.todos)
    return [
        {"number": formats.money(left), "text": _left(mine.funds), "href": "#money", "money": True},
        {"number": formats.money(week), "text": "is booked this week", "href": "#week", "money": True},
        {
            "number": number,
            "text": "thing to do" if number == 1 else "things to do",
            "href": "#do",
            "urgent": any(todo.due_on is not None and todo.due_on < today for todo in mine.todos),
        },
    ]


def _left(funds: Sequence[FundMoney]) -> str:
    if funds and all(fund.locked for fund in funds):
        return "is there, and locked"
    return f"is left in {formats.count(len(funds), 'fund')}" if len(funds) > 1 else "is left"


def cards(mine: Mine) -> list[Data]:
    """The money bars, with what comes next and where more is booked than there is."""
    return [_card(fund, mine.coming, mine.short, mine.waits) for fund in mine.funds]


def _card(fund: FundMoney, coming: Mapping[Any, Any], short: Mapping[Any, Sequence[str]], waits: str) -> Data:
    following = coming.get(fund.id)
    return fund.card | {
        "until": formats.full_date(fund.last_day),
        "locked": fund.locked,
        "short": short.get(fund.id, ()),
        "coming": following,
        "waits": waits,
        "easy": EASY[fund.standing.kind],
    }


def days(mine: Mine, today: date) -> list[Data]:
    """This week's bookings, day by day in their order; days with nothing are left out."""
    found: dict[date, list[Data]] = {}
    for line in mine.bookings:
        found.setdefault(london_day(line.starts_at), []).append(_entry(line, mine))
    return [{"date": day, "is_today": day == today, "entries": found[day]} for day in sorted(found)]


def _entry(line: BookingLine, mine: Mine) -> Data:
    titles = {fund.id: fund.title for fund in mine.funds}
    return {
        "href": f"/bookings/{line.id}",
        "title": line.title,
        "starts_at": line.starts_at,
        "ends_at": line.ends_at,
        "place": place_of(line.venue, line.town),
        "price_pence": line.cost_pence,
        "fund": titles.get(line.fund_id, ""),
        "state": str(line.state),
        "picture": picture_of(line.category),
    }
