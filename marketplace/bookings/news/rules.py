"""How what happened to a booking reads: values in, values out."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from isf.notices import Notice
from marketplace.bookings.rules import Reason, how_words
from marketplace.kernel import formats
from marketplace.kernel.icalendar import Event
from marketplace.kernel.money import Money


class NewsKind(StrEnum):
    """What happened."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The word on a page."""
        return self.value.capitalize()


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a booking, and the booking as it is now. `sequence` counts what was told about it before."""

    id: UUID
    kind: NewsKind
    was_at: datetime | None
    change: str
    person_knows: bool
    provider_knows: bool
    booking_id: UUID
    series_id: UUID | None
    reference: str
    person_id: UUID
    provider_id: UUID
    title: str
    provider_name: str
    place: str
    starts_at: datetime
    ends_at: datetime
    cancelled_because: str
    cancelled_words: str
    charge_pence: int
    sequence: int
    booked_for: UUID | None
    communication: str
    ratio: str
    transport_pence: int

    @property
    def by_provider(self) -> bool:
        """Whether the provider did it: they need not be told."""
        return self.kind is NewsKind.CANCELLED and self.cancelled_because == Reason.PROVIDER

    @property
    def event(self) -> Event:
        """The booking in a calendar; the same UID from first to last."""
        return Event(
            key=f"booking-{self.booking_id}",
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            title=f"{self.title}, {self.provider_name}",
            place=self.place,
            words=f"Booking {self.reference}",
            sequence=self.sequence,
            cancelled=self.kind is NewsKind.CANCELLED,
        )

    @property
    def path(self) -> str:
        """Where it is read."""
        return f"/bookings/{self.booking_id}"


def to_person(news: Happened) -> Notice:
    """What the person's side is told."""
    what = f"{news.title} with {news.provider_name}, booking {news.reference}"
    match news.kind:
        case NewsKind.BOOKED:
            subject, words = f"Booked: {news.title}", f"A place is booked: {what}."
        case NewsKind.MOVED:
            before = (
                f" It was on {formats.day(news.was_at)} at {formats.clock_time(news.was_at)}."
                if news.was_at
                else ""
            )
            subject, words = (
                f"Moved: {news.title}",
                f"The time has changed: {what}.{before} The place is kept.",
            )
        case NewsKind.CANCELLED:
            subject, words = (
                f"Cancelled: {news.title}",
                f"This does not happen for you any more: {what}. "
                + why(news.cancelled_because, news.cancelled_words, news.charge_pence),
            )
    return Notice(subject, words, news.path, (news.event,))


def why(because: str, words: str, charge_pence: int) -> str:
    """Why something is cancelled and what that costs, for the person."""
    charge = (
        f"{Money(charge_pence)} is charged, as agreed at booking." if charge_pence else "Nothing is charged."
    )
    reason = next((each for each in Reason if each == because), None)
    if reason is None or (reason.by_person and reason is not Reason.COUNCIL):
        return charge
    said = f"{reason.label}: {words.rstrip('.')}." if words else f"{reason.label}."
    return f"{said} {charge} There you see other dates with a place."


def to_provider(news: Happened) -> Notice:
    """What the provider is told; who it is stands on their register."""
    how = how_words(news.ratio, news.transport_pence)
    match news.kind:
        case NewsKind.BOOKED:
            subject, words = (
                f"New booking {news.reference}",
                f"One place was booked{f' ({how[0].lower()}{how[1:]})' if how else ''}."
                " The register shows who is coming.",
            )
        case NewsKind.MOVED:
            subject, words = f"Moved: {news.reference}", "This booking has moved with its date."
        case NewsKind.CANCELLED:
            charged = (
                f"Under your terms {Money(news.charge_pence)} is charged."
                if news.charge_pence
                else "Nothing is charged."
            )
            subject, words = f"Cancelled: {news.reference}", f"A place is free again. {charged}"
    return Notice(subject, f"{news.title}: {words}", news.path, (news.event,))
