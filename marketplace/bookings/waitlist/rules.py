"""Who is next, how long an offer is kept, and what ends a line: values in, values out (row B3).

The line is fair: by the moment of joining. Whoever cannot book at the moment (no money, another booking at that
time) keeps their place in it, and the next who can is asked.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.bookings.rules import BookingFacts, check_bookable
from marketplace.kernel import formats
from marketplace.kernel.errors import Conflict, DomainError


class WaitState(StrEnum):
    """Where somebody in a line stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    LEFT = "left"
    ENDED = "ended"

    @property
    def open(self) -> bool:
        """Whether they still stand in the line."""
        return self in (WaitState.WAITING, WaitState.OFFERED)


TRANSITIONS: Mapping[WaitState, frozenset[WaitState]] = {
    WaitState.WAITING: frozenset({WaitState.OFFERED, WaitState.ACCEPTED, WaitState.LEFT, WaitState.ENDED}),
    WaitState.OFFERED: frozenset(
        {WaitState.ACCEPTED, WaitState.DECLINED, WaitState.LAPSED, WaitState.LEFT, WaitState.ENDED}
    ),
    WaitState.ACCEPTED: frozenset(),
    WaitState.DECLINED: frozenset(),
    WaitState.LAPSED: frozenset(),
    WaitState.LEFT: frozenset(),
    WaitState.ENDED: frozenset(),
}


class Ended(StrEnum):
    """Why a line came to its end."""

    NO_PLACE = "no_place"
    SESSION_CANCELLED = "session_cancelled"
    NOT_OFFERED = "not_offered"
    SUSPENDED = "suspended"
    PERSON_PAUSED = "person_paused"
    PERSON_ENDED = "person_ended"

    def words(self, title: str, when: str) -> str:
        """What is told to those who waited."""
        own = {
            Ended.PERSON_PAUSED: f"The wait for {title} on {when} has ended, because support is paused then.",
            Ended.PERSON_ENDED: f"The wait for {title} on {when} has ended, because support ends before it.",
        }
        return (
            own.get(self)
            or {
                Ended.NO_PLACE: f"No place became free in {title} on {when}. The waitlist has ended.",
                Ended.SESSION_CANCELLED: f"{title} on {when} is cancelled. The waitlist has ended.",
                Ended.SUSPENDED: f"{title} on {when} cannot be booked at the moment. The waitlist has ended.",
                Ended.NOT_OFFERED: f"{title} on {when} is not offered any more. The waitlist has ended.",
            }[self]
            + " You can look for another date."
        )


ANSWER_BEFORE = timedelta(hours=2)
"""The last answer comes so long before the session: whoever gets the place has to get there."""

LEAST_TIME = timedelta(minutes=30)
"""A shorter offer is none."""


def closes_at(starts_at: datetime) -> datetime:
    """When the line of a session ends: from then on a free place is for whoever comes first."""
    return starts_at - ANSWER_BEFORE


def offer_until(now: datetime, starts_at: datetime, offer_hours: int) -> datetime | None:
    """Until when an offer made now is kept, to the minute; None when there is no time left for one.

    At most half of the time that is left, so that the next in line has time too.
    """
    left = closes_at(starts_at) - now
    kept = min(timedelta(hours=offer_hours), left / 2)
    if left < LEAST_TIME:
        return None
    kept = max(kept, LEAST_TIME)
    return (now + kept).replace(second=0, microsecond=0)


def why_over(
    session_state: str, activity_state: str, starts_at: datetime, now: datetime, *, suspended: bool
) -> Ended | None:
    """What ends the line of a session, if anything does."""
    if session_state == "cancelled":
        return Ended.SESSION_CANCELLED
    if suspended:
        return Ended.SUSPENDED
    if session_state != "scheduled" or activity_state != "published":
        return Ended.NOT_OFFERED
    return Ended.NO_PLACE if now >= closes_at(starts_at) else None


def can_book(facts: BookingFacts, now: datetime) -> bool:
    """Whether the money meant for it can book the session now, were there a place."""
    try:
        check_bookable(facts, now)
    except DomainError:
        return False
    return facts.in_plan and facts.price.pence <= facts.available_pence


def check_can_join(starts_at: datetime, now: datetime) -> None:
    """Raises Conflict when a line would be over before anybody could answer."""
    if now >= closes_at(starts_at) - LEAST_TIME:
        raise Conflict(
            "You cannot wait for a place, because it begins too soon for anybody to be asked. "
            "You can choose another date."
        )


_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth"),
)


def in_line(place: int) -> str:
    """`first in line`, `number 12 in line`; counted from 1."""
    return f"{_ORDINALS[place - 1] if place <= len(_ORDINALS) else f'number {place}'} in line"


def before_words(waiting: int) -> str:
    """How many were there before, for somebody who thinks of joining."""
    if not waiting:
        return "Nobody waits for a place yet. You would be first in line."
    verb = "waits" if waiting == 1 else "wait"
    return (
        f"{formats.count(waiting, 'person', 'people')} {verb} already. You would be {in_line(waiting + 1)}."
    )
