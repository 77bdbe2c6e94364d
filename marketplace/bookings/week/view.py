"""A week as the page shows it: plain values for `templates/bookings/week*.html`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from isf.queries import FundMoney, PersonRecord
from marketplace.bookings.rules import BookingState, Side, how_words
from marketplace.bookings.week.queries import BookingLine, IdeaLine
from marketplace.bookings.week.rules import Plan, Together, percent_of
from marketplace.kernel import formats
from marketplace.kernel.clock import london_day
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Category

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Week:
    """Everything that a week's page is made of."""

    person: PersonRecord
    monday: date
    funds: Sequence[FundMoney]
    bookings: Sequence[BookingLine]
    ideas: Sequence[IdeaLine]
    plans: Sequence[Plan]
    sums: Sequence[Together]

    @property
    def path(self) -> str:
        """The address of this person's weeks."""
        return f"/people/{self.person.id}/week"


def place_of(venue: str | None, town: str | None) -> str:
    """`The Hall, Sandiway`."""
    return ", ".join(part for part in (venue, town) if part)


def picture_of(category: str) -> str:
    """The drawing for a category; imported ones may be unknown."""
    return Category(category).picture if category in set(Category) else "other"


def weekly(fund: FundMoney, today: date) -> str:
    """What is left, shared out evenly over the days to come, as pounds a week; empty when a week or less is left."""
    days = (fund.ends_on - max(today, fund.starts_on)).days
    if days <= 7 or fund.available_pence <= 0:
        return ""
    return formats.money(fund.available_pence * 7 // days)


def shares(fund: FundMoney, today: date) -> tuple[int, int]:
    """Per cent of the money that is used or booked, and per cent of the time that has passed."""
    days = (fund.ends_on - fund.starts_on).days
    gone = min(max((today - fund.starts_on).days, 0), days)
    return percent_of(fund.committed_pence + fund.used_pence, fund.amount_pence), percent_of(gone, days)


_NOT_YOURS = {
    Side.PERSON: "Only the council books with this money. You can ask the care manager.",
    Side.COUNCIL: "This is the person’s own money. The council cannot book with it.",
}


def fund_card(fund: FundMoney, today: date, side: Side) -> Data:
    """For `fund_card`: whose money it is to spend, and only what is true today; no forecast."""
    money, time = shares(fund, today)
    each_week = weekly(fund, today)
    whose = "" if fund.route.personalised is (side is Side.PERSON) else _NOT_YOURS[side]
    words = [f"That is about {each_week} for each week." if each_week else ""]
    if whose:
        words = [whose]
    elif fund.starts_on > today:
        words.append(f"You can use it from {formats.full_date(fund.starts_on)}.")
    else:
        words.append(f"{money}% of the money is used or booked. {time}% of the time has passed.")
    return fund.card | {
        "until": formats.full_date(fund.last_day),
        "each_week": each_week,
        "whose": whose,
        "note": " ".join(word for word in words if word),
        "pace": "ahead" if money > time else "on_track",
    }


def shown_funds(funds: Sequence[FundMoney], monday: date) -> list[FundMoney]:
    """The funds that have money for a day of the week, the ISF first."""
    sunday = monday + timedelta(days=6)
    running = [fund for fund in funds if fund.starts_on <= sunday and fund.ends_on > monday]
    order = [Route.ISF, Route.DIRECT_PAYMENT, Route.COUNCIL_MANAGED]
    return sorted(running, key=lambda fund: (order.index(fund.route), fund.starts_on))


def days(week: Week, today: date, now: datetime, may_change: frozenset[str]) -> list[Data]:
    """The seven days with their entries; `may_change` names what the actor may do: plan, book."""
    titles = {fund.id: fund.title for fund in week.funds}
    plans = {plan.idea_id: plan for plan in week.plans}
    entries: dict[date, list[Data]] = {}
    for booking in week.bookings:
        entries.setdefault(london_day(booking.starts_at), []).append(
            _booked(booking, titles, now, may_change)
        )
    for idea in week.ideas:
        entry = _wished(week, idea, plans[idea.id], titles, may_change)
        entries.setdefault(london_day(idea.starts_at), []).append(entry)
    return [_day(week, offset, entries, today) for offset in range(7)]


def _day(week: Week, offset: int, entries: Mapping[date, list[Data]], today: date) -> Data:
    shown = week.monday + timedelta(days=offset)
    return {
        "date": shown,
        "entries": sorted(entries.get(shown, []), key=lambda entry: entry["starts_at"]),
        "is_today": shown == today,
        "find_href": find_on(shown) if shown >= today else None,
    }


def find_on(day: date) -> str:
    """The directory, asked for one day."""
    return f"/?day={day.isoformat()}"


def _booked(line: BookingLine, titles: Mapping[UUID, str], now: datetime, may_change: frozenset[str]) -> Data:
    actions = []
    if line.state is BookingState.CONFIRMED and line.starts_at > now and "book" in may_change:
        actions.append({"text": "Cancel", "href": f"/bookings/{line.id}/cancel"})
    if line.state is BookingState.HELD:
        actions.append({"text": "Look at the payment", "href": f"/bookings/{line.id}"})
    entry = _common(line.title, line.starts_at, line.ends_at, line.venue, line.town, line.category)
    entry |= {
        "href": f"/bookings/{line.id}",
        "state": str(line.state),
        "price_pence": line.cost_pence,
        "fund": titles.get(line.fund_id),
        "actions": actions,
    }
    if how := how_words(line.ratio, line.transport_pence):
        entry["place"] = " · ".join(part for part in (entry["place"], how) if part)
    if line.state is BookingState.CANCELLED:
        entry |= _cancelled(line, now, may_change)
    return entry


def _cancelled(line: BookingLine, now: datetime, may_change: frozenset[str]) -> Data:
    if line.charge_pence:
        return {"warning": f"It was cancelled late, so {Money(line.charge_pence)} is paid."}
    because = line.cancelled_because.label if line.cancelled_because else "It was cancelled"
    others = [{"text": "Choose something else", "href": f"/bookings/{line.id}"}]
    return {
        "price_pence": None,
        "fund": None,
        "warning": f"{because}. You pay nothing.",
        "actions": others if line.starts_at > now and "book" in may_change else [],
    }


def _wished(
    week: Week, line: IdeaLine, plan: Plan, titles: Mapping[UUID, str], may_change: frozenset[str]
) -> Data:
    path = f"/people/{week.person.id}"
    actions: list[Data] = []
    if plan.fund_id is not None and "book" in may_change:
        actions.append({"text": "Book", "href": f"{path}/book/{line.session_id}", "kind": "primary"})
    if may_change:
        hidden = {"on": week.monday.isoformat()}
        actions.append(
            {"text": "Remove", "action": f"{path}/ideas/{line.id}/remove", "hidden": hidden, "kind": "quiet"}
        )
    return _common(line.title, line.starts_at, line.ends_at, line.venue, line.town, line.category) | {
        "href": f"{path}/book/{line.session_id}" if "book" in may_change else None,
        "state": "idea",
        "price_pence": line.price_pence,
        "fund": titles.get(plan.fund_id) if plan.fund_id else None,
        "warning": plan.refusal,
        "actions": actions,
    }


def _common(
    title: str, starts_at: datetime, ends_at: datetime, venue: str | None, town: str | None, category: str
) -> Data:
    return {
        "title": title,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "place": place_of(venue, town),
        "picture": picture_of(category),
    }


def idea_sums(week: Week) -> list[Data]:
    """What the ideas cost together, fund by fund, with what the button posts."""
    funds = {fund.id: fund for fund in week.funds}
    return [
        {
            "id": f"ideas-{each.fund_id}",
            "fund": funds[each.fund_id].title,
            "count": len(each.idea_ids),
            "ideas_pence": each.price_pence,
            "after_pence": each.after_pence,
            "by_bank": funds[each.fund_id].route is Route.DIRECT_PAYMENT,
            "hidden": {
                "on": week.monday.isoformat(),
                "fund": str(each.fund_id),
                "ideas": ",".join(str(idea_id) for idea_id in each.idea_ids),
            },
        }
        for each in week.sums
    ]
