"""Which dates a series asks for, and what each would come to: values in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from marketplace.bookings.rules import BookingFacts, Side
from marketplace.bookings.week.rules import Span, refusal_of
from marketplace.kernel.clock import LONDON
from marketplace.kernel.errors import Conflict, DomainError, FundExhausted, PersonBusy, SessionFull
from marketplace.kernel.money import Money

MOST_DATES = 60
"""How many dates one series has at most: more than a year of weeks."""


class SeriesState(StrEnum):
    """Where a series stands."""

    RUNNING = "running"
    STOPPED = "stopped"


SERIES_TRANSITIONS: Mapping[SeriesState, frozenset[SeriesState]] = {
    SeriesState.RUNNING: frozenset({SeriesState.STOPPED}),
    SeriesState.STOPPED: frozenset(),
}


class Mode(StrEnum):
    """What happens when a date cannot be booked."""

    WHAT_FITS = "what_fits"
    ALL_OR_NOTHING = "all_or_nothing"


class SeriesRefused(Conflict):
    """Dates that had to be booked together could not be; nothing was booked."""

    code = "series_refused"

    def __init__(self, refused: Mapping[UUID, DomainError], of: int) -> None:
        first = next(iter(refused.values()))
        told = (
            f"Nothing was booked, because {len(refused)} of the {of} dates cannot be booked."
            if of > 1
            else "Nothing was booked."
        )
        super().__init__(
            f"{told} {first.message}",
            dates=[
                {"activity_session_id": str(session), "code": refusal.code, "title": refusal.message}
                for session, refusal in refused.items()
            ],
        )


@dataclass(frozen=True, slots=True)
class Date:
    """A dated session that can be asked for."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    service_on: date


@dataclass(frozen=True, slots=True)
class Busy:
    """What the person has at a time: the booking's id, its session and what it is called."""

    booking_id: UUID
    session_id: UUID
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class Answer:
    """What a date would come to: the price and what is left after it, or why it cannot be booked."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    price_pence: int | None
    after_pence: int | None = None
    refusal: DomainError | None = None
    clash: str = ""
    booked_id: UUID | None = None
    in_plan: bool = True

    @property
    def fits(self) -> bool:
        """Whether it can be booked; what is outside the plan needs a reason too."""
        return self.refusal is None and self.booked_id is None


def every(dates: Sequence[Date], first: Date, weeks: int, until: date) -> tuple[list[Date], list[date]]:
    """The dates every so many weeks from the first on, up to and with a day; and the days that have none.

    Of several on one day the one that begins nearest to the first one's time of day.
    """
    by_day: dict[date, list[Date]] = {}
    for each in dates:
        by_day.setdefault(each.service_on, []).append(each)
    chosen: list[Date] = []
    missing: list[date] = []
    on = first.service_on
    while on <= until and len(chosen) < MOST_DATES:
        if on in by_day:
            chosen.append(min(by_day[on], key=lambda each: _apart(each, first)))
        else:
            missing.append(on)
        on += timedelta(weeks=weeks)
    return chosen, missing


def _apart(one: Date, other: Date) -> int:
    """Minutes between two times of day, London wall time."""
    first, second = (each.starts_at.astimezone(LONDON) for each in (one, other))
    return abs(first.hour * 60 + first.minute - second.hour * 60 - second.minute)


def answers(
    facts: Mapping[UUID, BookingFacts], busy: Sequence[Busy], side: Side, now: datetime
) -> list[Answer]:
    """What each date would come to, earliest first; the money is counted from date to date.

    What is short is counted together: after the last date it is what all of them need.
    """
    taken = list(busy)
    found: list[Answer] = []
    left: int | None = None
    unpaid = 0
    for session_id, its in sorted(facts.items(), key=lambda item: (item[1].starts_at, item[0])):
        left = its.available_pence if left is None else left
        answer = _answer(session_id, its, taken, side, now)
        if answer.fits and its.price.pence > left:
            unpaid += its.price.pence
            answer = _refused(session_id, its, FundExhausted(Money(unpaid - left)))
        elif answer.fits:
            left -= its.price.pence
            answer = Answer(
                session_id, its.starts_at, its.ends_at, its.price.pence, left, in_plan=its.in_plan
            )
            taken.append(Busy(session_id, session_id, its.title, Span(its.starts_at, its.ends_at)))
        found.append(answer)
    return found


def _answer(session_id: UUID, its: BookingFacts, taken: Sequence[Busy], side: Side, now: datetime) -> Answer:
    span = Span(its.starts_at, its.ends_at)
    own = next((each for each in taken if each.session_id == session_id), None)
    if own is not None:
        return Answer(session_id, its.starts_at, its.ends_at, its.price_pence, booked_id=own.booking_id)
    if (refusal := refusal_of(its, side, now)) is not None:
        return _refused(session_id, its, refusal)
    clash = next((each.title for each in taken if each.span.meets(span)), "")
    if clash:
        return _refused(session_id, its, PersonBusy(), clash)
    if its.places_left <= 0:
        return _refused(session_id, its, SessionFull())
    return Answer(session_id, its.starts_at, its.ends_at, its.price.pence)


def _refused(session_id: UUID, its: BookingFacts, refusal: DomainError, clash: str = "") -> Answer:
    return Answer(session_id, its.starts_at, its.ends_at, its.price_pence, refusal=refusal, clash=clash)
