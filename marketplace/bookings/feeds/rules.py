"""What a calendar shows, and to whom it says how much: values in, values out (`rules.md` 27)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from marketplace.kernel.errors import DomainError
from marketplace.kernel.icalendar import Event

EARLIER = timedelta(days=60)
LATER = timedelta(days=400)
MOST_EVENTS = 5000
AGAIN_AFTER = timedelta(hours=1)
READINGS = 60
"""How often an address may be read in a quarter of an hour; telephones ask every hour or less."""


class FeedKind(StrEnum):
    """Whose days a calendar shows."""

    PERSON = "person"
    CASELOAD = "caseload"
    PROVIDER = "provider"
    VENUE = "venue"


class FeedOver(DomainError):
    """The address was good once: it was stopped, or whoever made it may not see this any more."""

    status = 410
    code = "feed_over"

    def __init__(self) -> None:
        super().__init__("This calendar has ended. You can sign in and make a new one.")


class FeedBusy(DomainError):
    """The address is read too often."""

    status = 429
    code = "feed_busy"

    def __init__(self) -> None:
        super().__init__("This calendar was read too often. Wait 15 minutes.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking or a session as it stands in a calendar; `who` is how the person is called there, if at all.

    `changed_at` is none where nothing keeps when it changed.
    """

    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    path: str
    changed_at: datetime | None
    sequence: int
    cancelled: bool
    who: str = ""
    words: str = ""


def event_of(entry: Entry, site: str) -> Event:
    """The event in the calendar; a caseload's begins with the person."""
    return Event(
        key=entry.key,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        title=f"{entry.who}: {entry.title}" if entry.who else entry.title,
        place=entry.place,
        words=entry.words,
        link=f"{site}{entry.path}",
        sequence=entry.sequence,
        cancelled=entry.cancelled,
        changed_at=entry.changed_at,
    )


def changed_last(entries: Sequence[Entry], made_at: datetime) -> datetime:
    """When something in the calendar changed last; a calendar without entries changed when it was made."""
    return max((entry.changed_at or made_at for entry in entries), default=made_at).replace(microsecond=0)


def etag_of(body: bytes) -> str:
    """A strong validator: the same bytes, the same tag."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def not_modified(
    etag: str, changed_at: datetime | None, if_none_match: str | None, since: datetime | None
) -> bool:
    """Whether the reader has it already; a tag counts before a date (RFC 9110, 13.1)."""
    if if_none_match is not None:
        tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        return "*" in tags or etag in tags
    return since is not None and changed_at is not None and changed_at <= since
