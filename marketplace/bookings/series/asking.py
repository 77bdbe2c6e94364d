"""What somebody asks for, read together with what each date would come to; nothing is booked (rows B1, B2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.queries import FundMoney, PersonRecord, funds_of, person
from marketplace.bookings.places.choice import Way, ways_of
from marketplace.bookings.queries import AS_USUAL, Wish, facts_of_dates
from marketplace.bookings.rules import BookingFacts, Side
from marketplace.bookings.series import queries
from marketplace.bookings.series.queries import ActivityLine
from marketplace.bookings.series.rules import MOST_DATES, Answer, Date, answers, every
from marketplace.identity.access import Actor
from marketplace.kernel import clock
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.routes_of_money import Route


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything from which a series is chosen. `dates` are all that the activity has from now on."""

    person: PersonRecord
    activity: ActivityLine
    first: Date
    dates: Sequence[Date]
    funds: Sequence[FundMoney]
    ways: Sequence[Way]
    transport_pence: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. With `every_weeks`, from the first date until a day; else the dates that are ticked."""

    fund_id: UUID
    every_weeks: int | None = None
    until: date | None = None
    session_ids: Sequence[UUID] = ()
    wish: Wish = AS_USUAL


@dataclass(frozen=True, slots=True)
class Preview:
    """What each date would come to, and the days that have no date at all."""

    fund_id: UUID
    answers: Sequence[Answer]
    missing: Sequence[date]

    @property
    def fitting(self) -> list[Answer]:
        """The dates that can be booked."""
        return [answer for answer in self.answers if answer.fits]

    @property
    def price_pence(self) -> int:
        """What all of them cost."""
        return sum(answer.price_pence or 0 for answer in self.fitting)

    @property
    def after_pence(self) -> int | None:
        """What is left after the last of them."""
        return self.fitting[-1].after_pence if self.fitting else None

    @property
    def in_plan(self) -> bool:
        """Whether all that can be booked is in the plan."""
        return all(answer.in_plan for answer in self.fitting)


async def read_choice(actor: Actor, person_id: UUID, session_id: UUID, side: Side) -> Choice:
    """What can be chosen, beginning with one session; the view of the person is audited. Raises NotFound."""
    record = await person(actor, person_id)
    activity = await queries.activity_of(session_id)
    dates = await queries.dates_to_come(activity.id)
    first = next((each for each in dates if each.id == session_id), None)
    if first is None:
        raise NotFound("This date is over, or not offered any more. You can choose another one.")
    own = [
        fund for fund in await funds_of(actor, person_id) if fund.route.personalised is (side is Side.PERSON)
    ]
    running = [fund for fund in own if fund.ends_on > clock.today()]
    ways, transport = await ways_of(session_id)
    return Choice(record, activity, first, dates, sorted(running, key=_order), ways, transport)


def _order(fund: FundMoney) -> int:
    return [Route.ISF, Route.COUNCIL_MANAGED, Route.DIRECT_PAYMENT].index(fund.route)


async def preview(actor: Actor, first: Date, dates: Sequence[Date], asked: Asked, side: Side) -> Preview:
    """What each date asked for would come to; four statements for any number. Raises NotFound, Forbidden, Invalid."""
    missing: list[date] = []
    if asked.every_weeks is not None:
        chosen, missing = every(dates, first, asked.every_weeks, asked.until or first.service_on)
    else:
        ticked = set(asked.session_ids)
        chosen = [each for each in dates if each.id in ticked]
    if not 1 <= len(chosen) <= MOST_DATES:
        raise Invalid({"session": f"Choose from 1 to {MOST_DATES} dates"})
    facts = await facts_of_dates(actor, [each.id for each in chosen], asked.fund_id, wish=asked.wish)
    return Preview(asked.fund_id, await _answers(facts, side), missing)


async def _answers(facts: dict[UUID, BookingFacts], side: Side) -> list[Answer]:
    person_id = next(iter(facts.values())).person_id
    first = min(its.starts_at for its in facts.values())
    last = max(its.ends_at for its in facts.values())
    busy = await queries.busy_between(person_id, first, last)
    return answers(facts, busy, side, clock.now())
