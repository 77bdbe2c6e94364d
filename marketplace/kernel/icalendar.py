"""Calendars as RFC 5545 wants them: an event in a letter, and many of them in a feed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from icalendar import Calendar, vDuration
from icalendar import Event as Component

PRODUCT: Final = "-//Fairday//Bookings//EN"
HOST: Final = "fairday.example"


class Method(StrEnum):
    """What a calendar asks of the program that gets it; a feed says PUBLISH."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is on, from one moment to another.

    `key` is the same for as long as it is the same thing, and makes its UID; `sequence` grows when it changes.
    """

    key: str
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str = ""
    words: str = ""
    link: str = ""
    sequence: int = 0
    cancelled: bool = False
    changed_at: datetime | None = None

    @property
    def method(self) -> Method:
        """What a letter about it asks."""
        return Method.CANCEL if self.cancelled else Method.REQUEST


def method_of(events: Sequence[Event]) -> Method:
    """What a letter with these events asks. Only events of one UID may be asked for or called off together (RFC 5546,
    3.2.2); of several a letter tells, and each says whether it is on."""
    return events[0].method if len(events) == 1 else Method.PUBLISH


def as_json(events: Sequence[Event]) -> str | None:
    """The events of a letter as they are kept: one by itself, several in a list, None for none."""
    if not events:
        return None
    return msgspec.json.encode(events[0] if len(events) == 1 else list(events)).decode()


def from_json(kept: str | None) -> tuple[Event, ...]:
    """The events of a letter as `as_json` wrote them."""
    if kept is None:
        return ()
    found = msgspec.json.decode(kept, type=Event | list[Event])
    return (found,) if isinstance(found, Event) else tuple(found)


def calendar(
    events: Iterable[Event],
    *,
    at: datetime,
    method: Method = Method.PUBLISH,
    name: str = "",
    again_after: timedelta | None = None,
) -> bytes:
    """The calendar as the bytes of an `.ics` file; `at` is when it was made. Moments are written in UTC.

    `again_after` tells whoever subscribes when to ask again (RFC 7986).
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", str(method))
    if name:
        made.add("x-wr-calname", name)
    if again_after:
        made.add("refresh-interval", again_after, {"VALUE": "DURATION"})
        made.add("x-published-ttl", vDuration(again_after))
    for event in events:
        made.add_component(_component(event, at))
    written: bytes = made.to_ical()
    return written


def _component(event: Event, at: datetime) -> Component:
    made = Component()
    made.add("uid", f"{event.key}@{HOST}")
    made.add("dtstamp", event.changed_at or at)
    if event.changed_at:
        made.add("last-modified", event.changed_at)
    made.add("dtstart", event.starts_at)
    made.add("dtend", event.ends_at)
    made.add("summary", event.title)
    made.add("sequence", event.sequence)
    made.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    for field, value in (("location", event.place), ("description", event.words), ("url", event.link)):
        if value:
            made.add(field, value)
    return made
