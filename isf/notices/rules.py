"""What is told to whom, and how it reads: values in, values out."""

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from marketplace.identity.rules import Scope
from marketplace.kernel import formats
from marketplace.kernel.icalendar import Event


class Way(StrEnum):
    """How somebody likes to be told."""

    MAIL = "mail"
    LETTER = "letter"
    NONE = "none"

    @property
    def label(self) -> str:
        """The choice in words."""
        return {"mail": "By e-mail", "letter": "By letter", "none": "No messages"}[self.value]


class Print(StrEnum):
    """How a letter is printed."""

    STANDARD = "standard"
    LARGE = "large"
    EASY_READ = "easy_read"

    @property
    def label(self) -> str:
        """The choice in words."""
        return {"standard": "Usual print", "large": "Large print", "easy_read": "Easy Read"}[self.value]


class NoticeKind(StrEnum):
    """What a message is about: it decides who beside the person is told."""

    BOOKING = "booking"
    ATTENDANCE = "attendance"
    PLAN = "plan"
    MONEY = "money"
    PERSONAL = "personal"
    SELLER = "seller"

    @property
    def scope(self) -> Scope | None:
        """Those with this scope for the person are told too; None: only the person and who spoke for them."""
        return {
            NoticeKind.BOOKING: Scope.BOOK,
            NoticeKind.ATTENDANCE: Scope.BOOK,
            NoticeKind.PLAN: Scope.PLAN,
            NoticeKind.MONEY: Scope.PAY,
        }.get(self)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell. `path` is the page where it is read; `events` go into calendars, all in one file.

    The words name the dates of several events; of a single one the date is told beneath them. Subject and words hold
    no name, because letters are left lying about: those who may see it follow the path.
    """

    subject: str
    words: str
    path: str
    events: tuple[Event, ...] = ()
    kind: NoticeKind = NoticeKind.BOOKING

    @property
    def event(self) -> Event | None:
        """The event, where it is about a single one."""
        return self.events[0] if len(self.events) == 1 else None


@dataclass(frozen=True, slots=True)
class ToPerson:
    """A notice and the person whom it is about; `spoken_by` is the user who spoke for them, `but_not` an organisation
    that knows already."""

    person_id: UUID
    notice: Notice
    spoken_by: UUID | None = None
    but_not: UUID | None = None


def print_for(needs: str, *, prefers_easy_read: bool) -> Print:
    """How a letter is printed for somebody with these communication needs, unless they chose."""
    told = needs.lower()
    if prefers_easy_read or "easy read" in told:
        return Print.EASY_READ
    return Print.LARGE if "large print" in told else Print.STANDARD


def sentences(words: str) -> list[str]:
    """One idea each, for Easy Read."""
    return [part.strip() for part in re.split(r"(?<=[.?])\s+", words) if part.strip()]


def mail_words(notice: Notice, site: str, *, easy: bool, note: str = "") -> str:
    """The plain text of a mail. `site` is where the pages are; `note` is a paragraph about how to communicate."""
    if easy:
        query = "&" if "?" in notice.path else "?"
        told = [
            *sentences(notice.words),
            "You can read it here:",
            f"{site}{notice.path}{query}easy=on",
        ]
        return "\n\n".join(told) + "\n"
    when = f"\n\nWhen: {formats.when(notice.event)}" if notice.event else ""
    where = f"\nWhere: {notice.event.place}" if notice.event and notice.event.place else ""
    extra = f"\n\n{note}" if note else ""
    return f"{notice.words}{when}{where}{extra}\n\nSign in to read it:\n{site}{notice.path}\n"
