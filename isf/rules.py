"""What a budget and its funds must satisfy: values in, values out (`rules.md` 4, 5, 20)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.errors import Invalid
from marketplace.kernel.formats import MONTHS
from marketplace.kernel.money import Money, allocate, total
from marketplace.kernel.routes_of_money import Route


class FundState(StrEnum):
    """Whether a fund takes new bookings."""

    OPEN = "open"
    CLOSED = "closed"


class Collection(StrEnum):
    """How a person's contribution reaches the money (row F6)."""

    GROSS = "gross"
    """The council pays the whole budget in, and sends the person a bill for the contribution."""

    NET = "net"
    """The council pays its share in; the person pays the contribution in themselves."""

    HOLDER = "holder"
    """The council pays its share in; who holds the money collects the contribution from the person."""


@dataclass(frozen=True, slots=True)
class FundDraft:
    """A part of a budget to be: one route, one holder (a user for a direct payment, else an organisation)."""

    route: Route
    amount: Money
    holder_user_id: UUID | None = None
    holder_organisation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BudgetDraft:
    """A budget to be. `ends_on` is the first day without it (half-open)."""

    council_share: Money
    contribution: Money
    starts_on: date
    ends_on: date
    funds: Sequence[FundDraft]
    collection: Collection = Collection.NET

    @property
    def whole(self) -> Money:
        """What the person has for the period: the council's share and their own contribution."""
        return self.council_share + self.contribution


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the money of one fund comes from; together the fund's amount."""

    council_share: Money
    contribution: Money


def holder_error(fund: FundDraft, council_id: UUID) -> str:
    """What is wrong with a fund's holder, or nothing (`rules.md` 1, 4).

    Somebody holds a direct payment; an organisation that is not the council holds an ISF; council-managed money stays
    with the council.
    """
    user, organisation = fund.holder_user_id, fund.holder_organisation_id
    match fund.route:
        case Route.DIRECT_PAYMENT:
            fits = user is not None and organisation is None
            return "" if fits else "Choose who holds the direct payment: the person, or somebody for them"
        case Route.ISF:
            if organisation == council_id:
                return "The council cannot hold an Individual Service Fund: choose another organisation"
            fits = organisation is not None and user is None
            return "" if fits else "Choose the organisation that holds the Individual Service Fund"
        case Route.COUNCIL_MANAGED:
            fits = organisation == council_id and user is None
            return "" if fits else "Council-managed money stays with the council that funds the person"


def sum_error(whole: Money, amounts: Sequence[Money]) -> str:
    """By how much the parts differ from the whole, in words, or nothing."""
    difference = whole - total(amounts)
    if not difference:
        return ""
    if difference.pence > 0:
        return f"The parts are {difference} less than the budget of {whole}: share out all of it"
    return f"The parts are {-difference} more than the budget of {whole}: take some away"


def check_budget(draft: BudgetDraft, council_id: UUID) -> None:
    """Raises Invalid with everything that is wrong, field by field."""
    wrong: dict[str, str] = {}
    if draft.ends_on <= draft.starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    if draft.council_share.pence < 0:
        wrong["council_share"] = "Enter the council’s share in pounds, zero or more"
    if draft.contribution.pence < 0:
        wrong["contribution"] = "Enter the person’s contribution in pounds, zero or more"
    if draft.whole.pence <= 0:
        wrong.setdefault("council_share", "Enter a budget of more than £0.00")
    for fund in draft.funds:
        if fund.amount.pence <= 0:
            wrong.setdefault(
                f"{fund.route}-amount", "Enter an amount of more than £0.00, or leave this part out"
            )
        if told := holder_error(fund, council_id):
            wrong.setdefault(f"{fund.route}-holder", told)
    if told := sum_error(draft.whole, [fund.amount for fund in draft.funds]):
        wrong.setdefault("funds", told)
    if wrong:
        raise Invalid(wrong)


def parts_of(draft: BudgetDraft) -> list[Parts]:
    """Share out the contribution over the funds by amount; both columns add up to the budget's own (`rules.md` 20)."""
    amounts = [fund.amount for fund in draft.funds]
    contributions = allocate(draft.contribution, [amount.pence for amount in amounts])
    return [
        Parts(council_share=amount - contribution, contribution=contribution)
        for amount, contribution in zip(amounts, contributions, strict=True)
    ]


def runs_on(starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether a half-open period holds a day."""
    return starts_on <= day and (ends_on is None or day < ends_on)


def last_day(ends_on: date) -> date:
    """The last day inside a half-open period; what people read and type."""
    return ends_on - timedelta(days=1)


def first_day_after(last: date) -> date:
    """The end of a half-open period whose last day is told."""
    return last + timedelta(days=1)


def for_days(weekly: Money, days: int) -> Money:
    """What a weekly amount comes to for so many days, the half penny up: part weeks, leap years and 53 weeks alike."""
    return Money((2 * weekly.pence * days + 7) // 14)


@dataclass(frozen=True, slots=True)
class Spread:
    """An amount over a half-open period: by the week where it was set so, else evenly by the day."""

    amount: Money
    starts_on: date
    ends_on: date
    weekly: Money | None = None

    def by(self, day: date) -> Money:
        """What belongs to the days before `day`; all of it from the end on. Parts of a period add up to the whole."""
        days = (self.ends_on - self.starts_on).days
        gone = min(max((day - self.starts_on).days, 0), days)
        if gone == days or self.weekly is None:
            return Money(self.amount.pence * gone // days)
        return for_days(self.weekly, gone)


def planned_by(amount: Money, starts_on: date, ends_on: date, day: date) -> Money:
    """What would be used by the start of a day if a fund were used evenly; all of it when the period is over."""
    days = (ends_on - starts_on).days
    gone = min(max((day - starts_on).days, 0), days)
    return Money(amount.pence * gone // days)


def first_days(starts_on: date, ends_on: date) -> Iterator[tuple[date, date]]:
    """The months of a half-open period: each one's first day inside, and the first day after it."""
    day = starts_on
    while day < ends_on:
        after = min((day.replace(day=1) + timedelta(days=32)).replace(day=1), ends_on)
        yield day, after
        day = after


class PaceKind(StrEnum):
    """Whether money goes as time goes."""

    ON_TRACK = "on_track"
    AHEAD = "ahead"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Pace:
    """How money and time go together, with one sentence about it."""

    kind: PaceKind
    words: str


def pace(amount: Money, spent: Money, starts_on: date, ends_on: date, day: date) -> Pace:
    """Compare what is spent by a day with even use; two weeks' worth more or less is on track."""
    last = last_day(ends_on)
    until = f"{last.day} {MONTHS[last.month - 1]}"
    if day < starts_on:
        return Pace(PaceKind.ON_TRACK, f"Starts on {starts_on.day} {MONTHS[starts_on.month - 1]}")
    if day >= ends_on:
        return Pace(PaceKind.ON_TRACK, f"Ended on {until}")
    by_now = planned_by(amount, starts_on, ends_on, first_day_after(day))
    usual = planned_by(amount, starts_on, ends_on, starts_on + timedelta(days=14))
    difference = spent - by_now
    if abs(difference.pence) <= usual.pence:
        return Pace(PaceKind.ON_TRACK, f"On track until {until}")
    if difference.pence > 0:
        return Pace(PaceKind.AHEAD, f"{difference} more used than planned by now")
    return Pace(PaceKind.BEHIND, f"{-difference} less used than planned by now")


def fund_title(route: Route, holder: str) -> str:
    """What people call a fund."""
    match route:
        case Route.DIRECT_PAYMENT:
            return "Direct payment"
        case Route.ISF:
            return f"ISF with {holder}"
        case Route.COUNCIL_MANAGED:
            return "Money the council manages"
