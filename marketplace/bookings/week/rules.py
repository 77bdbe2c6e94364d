"""Which money each idea of a week would use, and what would be left: values in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.bookings.rules import BookingFacts, Side, check_bookable, check_fund_user
from marketplace.kernel.errors import DomainError, PersonBusy, SessionFull
from marketplace.kernel.routes_of_money import Route

# An ISF is for exactly this; a direct payment, which the person also spends elsewhere, comes last.
_ORDER = {Route.ISF: 0, Route.COUNCIL_MANAGED: 1, Route.DIRECT_PAYMENT: 2}


@dataclass(frozen=True, slots=True)
class Span:
    """A time that somebody is busy, half-open."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: "Span") -> bool:
        """Whether they share a moment."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Idea:
    """A session wished for, with what decides about it for each of the person's funds."""

    id: UUID
    title: str
    span: Span
    facts: Mapping[UUID, BookingFacts]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of an idea: the fund that would pay and the price, or why it cannot be booked."""

    idea_id: UUID
    fund_id: UUID | None = None
    price_pence: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """The ideas that one fund would pay for, and what is left after; below zero when the money is short."""

    fund_id: UUID
    idea_ids: tuple[UUID, ...]
    price_pence: int
    after_pence: int


def refusal_of(facts: BookingFacts, side: Side, now: datetime) -> DomainError | None:
    """Why this fund cannot book the session, money and places left aside; None when it can."""
    try:
        check_fund_user(facts.route, side)
        check_bookable(facts, now)
    except DomainError as refusal:
        return refusal
    return None


def order_of(facts: BookingFacts) -> int:
    """Which fund is asked first."""
    return _ORDER[facts.route]


def plan_ideas(ideas: Sequence[Idea], busy: Sequence[Span], side: Side, now: datetime) -> list[Plan]:
    """For each idea, earliest first, the fund that would pay for it after the ideas before it.

    A fund that can pay and has enough is taken before one that is short. What meets a booking, or an idea that comes
    before it, cannot be booked with it.
    """
    taken = list(busy)
    left: dict[UUID, int] = {}
    plans = []
    for idea in sorted(ideas, key=lambda each: (each.span.starts_at, each.title)):
        plan = _plan(idea, taken, left, side, now)
        if plan.fund_id is not None:
            taken.append(idea.span)
            left[plan.fund_id] -= plan.price_pence
        plans.append(plan)
    return plans


def _plan(idea: Idea, taken: Sequence[Span], left: dict[UUID, int], side: Side, now: datetime) -> Plan:
    if not idea.facts:
        return Plan(
            idea.id, refusal="You cannot book this, because there is no money yet. You can ask the council."
        )
    refusals = {fund_id: refusal_of(facts, side, now) for fund_id, facts in idea.facts.items()}
    able = sorted(
        (fund_id for fund_id, refusal in refusals.items() if refusal is None),
        key=lambda fund_id: order_of(idea.facts[fund_id]),
    )
    if not able:
        return Plan(idea.id, refusal=_clearest(refusals, idea.facts, side).message)
    first = idea.facts[able[0]]
    if first.places_left <= 0:
        return Plan(idea.id, refusal=SessionFull().message)
    if any(span.meets(idea.span) for span in taken):
        return Plan(idea.id, refusal=PersonBusy().message)
    for fund_id in able:
        left.setdefault(fund_id, idea.facts[fund_id].available_pence)
    price = first.price.pence
    chosen = next((fund_id for fund_id in able if left[fund_id] >= price), able[0])
    return Plan(idea.id, chosen, price)


def _clearest(
    refusals: Mapping[UUID, DomainError | None], facts: Mapping[UUID, BookingFacts], side: Side
) -> DomainError:
    """The refusal of money that this side may spend says more than that the other side's is not theirs."""
    own = [refusal for fund_id, refusal in refusals.items() if refusal and _may_use(facts[fund_id], side)]
    every = [refusal for refusal in refusals.values() if refusal]
    return (own or every)[0]


def _may_use(facts: BookingFacts, side: Side) -> bool:
    return facts.route.personalised is (side is Side.PERSON)


def together(plans: Sequence[Plan], ideas: Sequence[Idea]) -> list[Together]:
    """The plans that can be booked, added up for each fund, in the order in which the funds are first used."""
    facts = {idea.id: idea.facts for idea in ideas}
    by_fund: dict[UUID, list[Plan]] = {}
    for plan in plans:
        if plan.fund_id is not None:
            by_fund.setdefault(plan.fund_id, []).append(plan)
    sums = []
    for fund_id, its in by_fund.items():
        price = sum(plan.price_pence for plan in its)
        available = facts[its[0].idea_id][fund_id].available_pence
        sums.append(Together(fund_id, tuple(plan.idea_id for plan in its), price, available - price))
    return sums


def percent_of(part: int, whole: int) -> int:
    """Whole per cent, rounded down, so that it never says more than there is."""
    return 100 * part // whole if whole else 0
