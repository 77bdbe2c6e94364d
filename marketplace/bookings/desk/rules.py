"""What is to do for a person, from what is on record: values in, words out.

Which kinds of work there are for each person is decided in `statement.py`, for any number of people at once; this
says them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from isf.queries.locks import KEYS
from isf.rules import last_day
from marketplace.bookings.terms import moment
from marketplace.kernel import formats

ENDS_SOON = timedelta(days=42)
"""Six weeks: time to plan what comes after."""


class Kind(StrEnum):
    """The kinds of work, the most pressing first."""

    NO_MONEY = "no_money"
    OVER = "over"
    OFFER = "offer"
    PLAN = "plan"
    SIGN = "sign"
    UNPAID = "unpaid"
    OWED = "owed"
    NO_ANSWER = "no_answer"
    IDEAS = "ideas"
    KEYS = "keys"
    ENDS_SOON = "ends_soon"
    AHEAD = "ahead"
    NOTHING_BOOKED = "nothing_booked"

    @property
    def label(self) -> str:
        """The words of the filter."""
        return _LABELS[self]

    def of(self, people: int) -> str:
        """The words beside the number of people to whom it belongs."""
        return _LABELS[self] if people == 1 else _OF_MANY.get(self, _LABELS[self])

    @property
    def urgent(self) -> bool:
        """Whether it cannot wait."""
        return self in (Kind.NO_MONEY, Kind.OVER, Kind.OFFER)


_LABELS = {
    Kind.NO_MONEY: "no money today",
    Kind.OVER: "more booked than there is",
    Kind.OFFER: "offer to answer",
    Kind.PLAN: "plan to write",
    Kind.SIGN: "agreement to sign",
    Kind.UNPAID: "invoice to pay",
    Kind.OWED: "contribution not paid",
    Kind.NO_ANSWER: "booking without answer",
    Kind.IDEAS: "ideas to book",
    Kind.KEYS: "plan waits for keys",
    Kind.ENDS_SOON: "money ends soon",
    Kind.AHEAD: "money ahead of time",
    Kind.NOTHING_BOOKED: "nothing booked this month",
}
_OF_MANY = {
    Kind.OFFER: "offers to answer",
    Kind.PLAN: "plans to write",
    Kind.SIGN: "agreements to sign",
    Kind.UNPAID: "invoices to pay",
    Kind.OWED: "contributions not paid",
    Kind.NO_ANSWER: "bookings without answer",
    Kind.KEYS: "plans wait for keys",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about a person. Money in pence, of the funds that run today; `ends_on` is half-open.

    `booked_month` counts from today to the end of the month; `ideas` are those to come that are not booked.
    """

    funds: int
    amount_pence: int
    left_pence: int
    ends_on: date | None
    ahead_pence: int
    over_pence: int
    plan_state: str | None
    keys: int
    offers: int
    offer_until: datetime | None
    unpaid_invoices: int
    unpaid_due_on: date | None
    owed_pence: int
    unanswered: int
    unanswered_on: date | None
    booked_week: int
    booked_month: int
    ideas: int
    first_idea_on: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """A person on the desk, with the kinds of work that there are and the day by which each is due."""

    id: UUID
    reference: str
    name: str
    facts: Facts
    due: Sequence[tuple[Kind, date | None]]

    def task(self, kind: Kind | None) -> "Task | None":
        """What is to do first, or what is to do of a kind."""
        for each, due in self.due:
            if kind is None or each is kind:
                return Task(each, told(each, self.facts), due, page_of(each, self.id, due))
        return None


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, the day by which, and where."""

    kind: Kind
    words: str
    due: date | None
    href: str


def month_end(day: date) -> date:
    """The last day of a month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def told(kind: Kind, facts: Facts) -> str:
    """What is to do, in words that say why."""
    until = formats.full_date(last_day(facts.ends_on)) if facts.ends_on else ""
    written = (
        "Finish writing the plan" if facts.plan_state == "draft" else "Write the plan: the money is locked"
    )
    words = {
        Kind.NO_MONEY: "There is no money to book with today: ask the council",
        Kind.OVER: f"{formats.money(facts.over_pence)} more is booked than the budget gives: cancel or move",
        Kind.OFFER: f"Say yes or no to {formats.count(facts.offers, 'place')} that became free{_until(facts)}",
        Kind.PLAN: written,
        Kind.SIGN: "Sign the agreement",
        Kind.UNPAID: f"Pay {formats.count(facts.unpaid_invoices, 'invoice')}",
        Kind.OWED: f"Collect the contribution: {formats.money(facts.owed_pence)} is not paid",
        Kind.NO_ANSWER: f"{formats.count(facts.unanswered, 'booking')} without an answer: ask the provider",
        Kind.IDEAS: f"Book or remove {formats.count(facts.ideas, 'idea')}",
        Kind.KEYS: f"The plan waits for {formats.count(KEYS - facts.keys, 'key')}",
        Kind.ENDS_SOON: f"{formats.money(facts.left_pence)} is left when the money ends on {until}",
        Kind.AHEAD: f"{formats.money(facts.ahead_pence)} more used and booked than planned by today",
        Kind.NOTHING_BOOKED: "Nothing is booked from today to the month’s end",
    }
    return words[kind]


def _until(facts: Facts) -> str:
    """By when the first offer is to be answered."""
    return f", by {moment(facts.offer_until)}" if facts.offer_until else ""


def page_of(kind: Kind, person_id: UUID, due: date | None) -> str:
    """Where it is done."""
    path, week = f"/people/{person_id}", f"/people/{person_id}/week"
    on = f"?on={due.isoformat()}" if due else ""
    return {
        Kind.OFFER: f"{path}/waitlist",
        Kind.PLAN: f"{path}/plan",
        Kind.KEYS: f"{path}/plan",
        Kind.SIGN: f"{path}/agreements",
        Kind.UNPAID: "/invoices?show=to-pay",
        Kind.OWED: f"{path}/contribution",
        Kind.IDEAS: week + on,
        Kind.NO_ANSWER: week + on,
        Kind.NOTHING_BOOKED: week,
        Kind.OVER: week,
    }.get(kind, f"{path}/money")


class Sort(StrEnum):
    """What the table is ordered by."""

    DUE = "due"
    NAME = "name"
    MONEY = "left"
    TIME = "time"


class Order(StrEnum):
    """Which end comes first."""

    UP = "up"
    DOWN = "down"
