"""What becomes of each row of a sheet: values in, values out."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from uuid import UUID

from marketplace.bookings.timetable_changes.commands import Asked
from marketplace.bookings.timetable_files import sheet
from marketplace.bookings.timetable_files.known import Known, KnownDate, KnownTimetable
from marketplace.bookings.timetable_files.sheet import Line
from marketplace.kernel.clock import from_wall
from marketplace.kernel.errors import Invalid
from providers.commands import SessionDraft
from providers.timetables import rules
from providers.timetables.changing import Change, Place, Reach
from providers.timetables.recurrence import parse
from providers.timetables.rules import BankHolidays, InTerms, TimetableDraft
from providers.timetables.words import rule_in_words


class Outcome(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The word on a page."""
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class Fate:
    """A row and what becomes of it; what is to be done is in one of the last four."""

    number: int
    about: str
    outcome: Outcome
    words: str = ""
    activity_id: UUID | None = None
    timetable: TimetableDraft | None = None
    single: SessionDraft | None = None
    asked: Asked | None = None
    ends: tuple[UUID, date] | None = None


@dataclass(slots=True)
class _Seen:
    """What the rows before were about."""

    keys: set[object] = field(default_factory=set)

    def again(self, key: object) -> bool:
        """Whether it was there before; it is now."""
        before = key in self.keys
        self.keys.add(key)
        return before


def fates(lines: Sequence[Line], known: Known, today: date) -> list[Fate]:
    """What becomes of each row, in the order of the sheet."""
    seen = _Seen()
    told = []
    for line in lines:
        try:
            told.append(_fate(line, known, today, seen))
        except Invalid as refusal:
            told.append(_refused(line, " ".join(dict.fromkeys(refusal.fields.values()))))
        except ValueError as wrong:
            told.append(_refused(line, str(wrong)))
    return told


def counts(told: Sequence[Fate]) -> Counter[Outcome]:
    """How many rows have each outcome."""
    return Counter(fate.outcome for fate in told)


def fingerprint(text: str, told: Sequence[Fate]) -> str:
    """The file and what was said of it, in a few letters."""
    seen = hashlib.sha256(text.encode())
    for fate in told:
        seen.update(repr((fate.number, fate.outcome, fate.words, fate.asked, fate.ends)).encode())
    return seen.hexdigest()[:24]


def _refused(line: Line, words: str) -> Fate:
    return Fate(line.number, line.cell("activity")[:80], Outcome.REFUSED, words)


def _fate(line: Line, known: Known, today: date, seen: _Seen) -> Fate:
    activity_id, title, usual = _activity(line, known)
    first = sheet.day(line.cell("first_day"))
    if first is None:
        raise ValueError("The first day is missing")
    minutes = sheet.whole(line.cell("minutes"), "minutes")
    places = sheet.whole(line.cell("places"), "places") if line.cell("places") else usual
    if not places:
        raise ValueError("Say how many places there are")
    venue_id = _venue(line, known)
    at = sheet.clock(line.cell("start"))
    if line.cell("rule"):
        draft = _timetable(line, known, first, at, minutes, places, venue_id)
        if seen.again((activity_id, draft.rule, first, at)):
            raise ValueError("This timetable is in the sheet twice")
        return _fate_of_timetable(line, activity_id, title, draft, known, today)
    if seen.again((activity_id, first, at)):
        raise ValueError("This date is in the sheet twice")
    return _fate_of_date(
        line, activity_id, title, SessionDraft(first, at, minutes, places, venue_id), known, today
    )


def _activity(line: Line, known: Known) -> tuple[UUID, str, int | None]:
    name = line.cell("activity")
    found = known.activities.get(name.casefold(), ())
    if not found:
        raise ValueError("You have no activity of this name" if name else "The activity is missing")
    if len(found) > 1:
        raise ValueError("You have more than one activity of this name: write its id, as your own sheet does")
    return found[0]


def _venue(line: Line, known: Known) -> UUID | None:
    name = line.cell("place")
    if name and name.casefold() not in known.venues:
        raise ValueError(f"You have no place called “{name[:60]}”")
    return known.venues.get(name.casefold()) if name else None


def _timetable(
    line: Line, known: Known, first: date, at: time, minutes: int, places: int, venue_id: UUID | None
) -> TimetableDraft:
    imported = parse(line.cell("rule"), first)
    holidays = {"": BankHolidays.OFF, "on": BankHolidays.ON, "off": BankHolidays.OFF}.get(
        line.cell("bank_holidays").lower()
    )
    terms = {"": InTerms.ALWAYS, **{str(each): each for each in InTerms}}.get(
        line.cell("terms").lower().replace(" ", "_")
    )
    if holidays is None or terms is None:
        raise ValueError("Write on or off for bank holidays; always, term_time or holidays for terms")
    council = line.cell("terms_of")
    if council and council.casefold() not in known.councils:
        raise ValueError(f"No terms of “{council[:60]}” are known")
    draft = TimetableDraft(
        weekdays=imported.recurrence.weekdays,
        recurrence=imported.recurrence,
        start_time=at,
        minutes=minutes,
        starts_on=first,
        ends_on=sheet.day(line.cell("last_day")) or imported.ends_on(first),
        except_on=sheet.days(line.cell("except")),
        also_on=sheet.days(line.cell("extra")),
        bank_holidays=holidays,
        in_terms=terms,
        terms_council_id=known.councils.get(council.casefold()) if council else None,
        venue_id=venue_id,
        capacity=places,
    )
    rules.check(draft)
    return draft


def _fate_of_timetable(
    line: Line, activity_id: UUID, title: str, draft: TimetableDraft, known: Known, today: date
) -> Fate:
    about = f"{title}: {rule_in_words(draft.rule)}, {draft.start_time:%H:%M}"
    there = known.timetables.get((activity_id, draft.rule, draft.starts_on, draft.start_time))
    if there is None:
        if draft.starts_on < today:
            raise ValueError("The first day is over")
        return Fate(line.number, about, Outcome.ADDED, activity_id=activity_id, timetable=draft)
    wanted = (
        draft.except_on,
        draft.also_on,
        str(draft.bank_holidays),
        str(draft.in_terms),
        draft.terms_council_id,
    )
    if wanted != (
        there.except_on,
        there.also_on,
        there.bank_holidays,
        there.in_terms,
        there.terms_council_id,
    ):
        raise ValueError(
            "Exceptions, extra days, bank holidays and terms of a timetable that is there cannot change by a sheet: "
            "end it and add another one"
        )
    ends: tuple[UUID, date] | None = None
    if draft.ends_on != there.ends_on:
        if draft.ends_on is None or (there.ends_on and draft.ends_on > there.ends_on):
            raise ValueError(
                "A timetable that is there can only end earlier: add another one for the days after it"
            )
        if draft.ends_on < today:
            raise ValueError("The last day is over")
        ends = (there.id, draft.ends_on)
    change, words = _difference(draft.minutes, draft.capacity or 0, draft.venue_id, there)
    if ends:
        words.append(f"ends on {ends[1].isoformat()}")
    if not words:
        return Fate(line.number, about, Outcome.UNCHANGED)
    if not change.nothing and there.next_session_id is None:
        raise ValueError("There are no dates to come that could change")
    asked = (
        Asked((there.next_session_id,), change, Reach.ALL)
        if not change.nothing and there.next_session_id is not None
        else None
    )
    return Fate(line.number, about, Outcome.CHANGED, _sentence(words), activity_id, asked=asked, ends=ends)


def _fate_of_date(
    line: Line, activity_id: UUID, title: str, draft: SessionDraft, known: Known, today: date
) -> Fate:
    about = f"{title}: {draft.day.isoformat()}, {draft.start_time:%H:%M}"
    if not 5 <= draft.minutes <= 24 * 60:
        raise ValueError("Enter a length from 5 minutes to 24 hours")
    if not 1 <= (draft.capacity or 0) <= 10_000:
        raise ValueError("Enter a number of places from 1 to 10,000")
    there = known.dates.get((activity_id, from_wall(draft.day, draft.start_time)))
    if there is None:
        if draft.day < today or draft.day > today + timedelta(days=3 * 366):
            raise ValueError(
                "The day is over" if draft.day < today else "The day is more than three years away"
            )
        return Fate(line.number, about, Outcome.ADDED, activity_id=activity_id, single=draft)
    change, words = _difference(draft.minutes, draft.capacity or 0, draft.venue_id, there)
    if not words:
        return Fate(line.number, about, Outcome.UNCHANGED)
    return Fate(
        line.number, about, Outcome.CHANGED, _sentence(words), activity_id, asked=Asked((there.id,), change)
    )


def _difference(
    minutes: int, capacity: int, venue_id: UUID | None, there: KnownDate | KnownTimetable
) -> tuple[Change, list[str]]:
    change = Change(
        minutes=minutes if minutes != there.minutes else None,
        capacity=capacity if capacity != there.capacity else None,
        place=Place(venue_id) if venue_id != there.venue_id else None,
    )
    words = []
    if change.minutes:
        words.append(f"{there.minutes} minutes become {minutes}")
    if change.capacity:
        words.append(f"{there.capacity} places become {capacity}")
    if change.place:
        words.append("another place")
    return change, words


def _sentence(words: list[str]) -> str:
    told = ", ".join(words)
    return told[:1].upper() + told[1:]
