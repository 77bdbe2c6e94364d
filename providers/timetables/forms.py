"""The forms of dates: timetables and single ones."""

import re
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from marketplace.kernel import clock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Form
from providers.offers.queries import Activity
from providers.timetables.commands import SessionDraft
from providers.timetables.recurrence import LAST, Frequency, Recurrence, Weekday, parse, weekly
from providers.timetables.rules import MOST_EXCEPTIONS, BankHolidays, InTerms, TimetableDraft
from providers.timetables.terms.queries import keepers_for

WEEKLY, DAILY, MONTH_DAYS, MONTH_WEEKDAYS, RULE = "weekly", "daily", "month_days", "month_weekdays", "rule"

OPTIONS: Final[dict[str, Any]] = {
    "weekdays": [(day.code, day.label) for day in Weekday],
    "interval_weeks": [
        ("1", "Every week"),
        ("2", "Every 2 weeks"),
        ("3", "Every 3 weeks"),
        ("4", "Every 4 weeks"),
    ],
    "places": [("1", "First"), ("2", "Second"), ("3", "Third"), ("4", "Fourth"), (str(LAST), "Last")],
    "bank_holidays": [("off", "No, it is closed then"), ("on", "Yes, it is open then")],
    "in_terms": [(str(kind), kind.label) for kind in InTerms],
}


async def options_for(shown: Activity) -> dict[str, Any]:
    """The choices of a timetable's form: with the provider's places, and whose terms it can follow."""
    places = await db.fetch_all(
        "SELECT id, name FROM venue WHERE provider_id = $1 ORDER BY name", shown.provider_id
    )
    usual = shown.venue.name if shown.venue else "none is set"
    return {
        **OPTIONS,
        "terms_of": await keepers_for(shown.provider_id),
        "venue_id": [
            ("", f"The activity’s own place ({usual})"),
            *((str(row["id"]), row["name"]) for row in places),
        ],
    }


def blank(shown: Activity) -> dict[str, Any]:
    """What a new timetable starts with."""
    return {
        "repeats": WEEKLY,
        "interval_weeks": "1",
        "every_days": "2",
        "every_months": "1",
        "in_terms": str(InTerms.ALWAYS),
        "bank_holidays": "off",
        "start_time": "10:00",
        "hours": "2",
        "extra_minutes": "0",
        "capacity": "" if shown.capacity is None else str(shown.capacity),
    }


def _minutes(form: Form) -> int:
    hours = form.whole("hours", required="Enter how many hours it lasts, like 2", most=24)
    extra = form.whole("extra_minutes", required="Enter the minutes, like 30, or 0", most=59)
    if not form.errors.keys() & {"hours", "extra_minutes"} and not 5 <= hours * 60 + extra <= 24 * 60:
        form.fail("hours", "Enter a length from 5 minutes to 24 hours")
    return hours * 60 + extra


def _day_to_come(form: Form, name: str, required: str) -> date | None:
    day = form.day(name, required=required)
    if day is not None and day < clock.today():
        form.fail(name, "Enter today or a later day")
    return day


def read_timetable(form: Form) -> TimetableDraft | None:
    """The timetable in a form; notes what is wrong, and is None when something is."""
    starts_on = _day_to_come(form, "starts_on", "Enter the first day, like 24 11 2026")
    recurrence, rule_ends_on = _recurrence(form, starts_on or clock.today())
    start_time = form.clock_time("start_time", required="Enter when it starts, like 10:00")
    minutes = _minutes(form)
    ends_on = form.day("ends_on") or rule_ends_on
    if ends_on is not None and ends_on < clock.today():
        form.fail("ends_on", "Enter today or a later day")
    holidays = form.choice("bank_holidays", BankHolidays, required="Choose what happens on bank holidays")
    in_terms = InTerms.ALWAYS
    if form.text("in_terms"):
        in_terms = form.choice("in_terms", InTerms, required="Choose whether it follows terms") or in_terms
    except_on, also_on = _dates(form, "except_on"), _dates(form, "also_on")
    capacity = form.whole("capacity", required="Enter how many places there are", least=1, most=10_000)
    terms_of, venue_id = known_id(form, "terms_of"), known_id(form, "venue_id")
    if form.errors or starts_on is None or holidays is None or recurrence is None:
        return None
    return TimetableDraft(
        weekdays=recurrence.weekdays,
        recurrence=recurrence,
        start_time=start_time,
        minutes=minutes,
        starts_on=starts_on,
        ends_on=ends_on,
        except_on=except_on,
        also_on=also_on,
        bank_holidays=holidays,
        in_terms=in_terms,
        terms_council_id=terms_of,
        venue_id=venue_id,
        capacity=capacity,
    )


def known_id(form: Form, name: str) -> UUID | None:
    """The id chosen in a field; None when it is empty. Whose it is, is asked by the command."""
    try:
        return UUID(form.text(name)) if form.text(name) else None
    except ValueError:
        form.fail(name, "Choose from the list")
        return None


def _recurrence(form: Form, starts_on: date) -> tuple[Recurrence | None, date | None]:
    """How often it happens, and the last day when a typed rule says one."""
    repeats = form.text("repeats") or WEEKLY
    codes = {day.code: day for day in Weekday}
    if repeats == RULE:
        try:
            imported = parse(form.text("rule", required="Enter a rule, like FREQ=WEEKLY;BYDAY=TU"), starts_on)
        except Invalid as refusal:
            form.take(refusal)
            return None, None
        return imported.recurrence, imported.ends_on(starts_on)
    if repeats == DAILY:
        every = form.whole(
            "every_days", required="Enter a number of days, like 2", least=1, most=Frequency.DAILY.most
        )
        return Recurrence(Frequency.DAILY, every), None
    if repeats in (MONTH_DAYS, MONTH_WEEKDAYS):
        return _monthly(form, repeats), None
    ticked = form.all("weekdays")
    if not ticked or any(code not in codes for code in ticked):
        form.fail("weekdays", "Choose one day of the week or more")
        return None, None
    interval = form.whole("interval_weeks", required="Choose how often it happens", least=1, most=26)
    return weekly(frozenset(codes[code] for code in ticked), interval), None


def _monthly(form: Form, repeats: str) -> Recurrence | None:
    most = Frequency.MONTHLY.most
    every = form.whole("every_months", required="Enter a number of months, like 1", least=1, most=most)
    if repeats == MONTH_DAYS:
        typed = re.split(
            r"[\s,]+", form.text("days_of_month", required="Enter days of the month, like 1, 15").strip()
        )
        if not all(day == "last" or (day.isdecimal() and 1 <= int(day[:4]) <= 31) for day in typed):
            form.fail("days_of_month", "Enter days of the month from 1 to 31, or last, like 1, 15")
            return None
        days = frozenset(LAST if day == "last" else int(day) for day in typed)
        return Recurrence(Frequency.MONTHLY, every, month_days=days)
    places, days_of_week = form.all("places"), form.all("month_weekdays")
    codes = {day.code: day for day in Weekday}
    known = {value for value, _ in OPTIONS["places"]}
    if not places or not set(places) <= known:
        form.fail("places", "Choose which one of the month, like First")
    if not days_of_week or not set(days_of_week) <= set(codes):
        form.fail("month_weekdays", "Choose one day of the week or more")
    if form.errors.keys() & {"places", "month_weekdays"}:
        return None
    nths = frozenset((int(place), codes[code]) for place in places for code in days_of_week)
    return Recurrence(Frequency.MONTHLY, every, nth_weekdays=nths)


def _dates(form: Form, name: str) -> frozenset[date]:
    """One date on each line; a line with `to` between two dates is every day from one to the other."""
    found: set[date] = set()
    for line in form.text(name, most=5000).splitlines():
        ends = [_date(part) for part in re.split(r"\s+to\s+", line.strip())] if line.strip() else []
        first, last = (ends[0], ends[-1]) if ends else (None, None)
        if not ends:
            continue
        if first is None or last is None or len(ends) > 2 or not 0 <= (last - first).days <= 366:
            form.fail(
                name, f"Enter each date on its own line, like 29 12 2026: “{line.strip()[:40]}” is not one"
            )
            continue
        found.update(first + timedelta(days=later) for later in range((last - first).days + 1))
    if len(found) > MOST_EXCEPTIONS:
        form.fail(name, f"Enter {MOST_EXCEPTIONS} days or fewer")
    return frozenset(found)


def _date(text: str) -> date | None:
    numbers = re.fullmatch(r"(\d{1,2})[\s/.-]+(\d{1,2})[\s/.-]+(\d{4})", text.strip())
    try:
        if numbers is None:
            return date.fromisoformat(text.strip())
        day, month, year = (int(number) for number in numbers.groups())
        return date(year, month, day)
    except ValueError:
        return None


def read_session(form: Form) -> SessionDraft | None:
    """The single date in a form; notes what is wrong, and is None when something is."""
    day = _day_to_come(form, "day", "Enter the day, like 24 11 2026")
    start_time = form.clock_time("start_time", required="Enter when it starts, like 10:00")
    minutes = _minutes(form)
    capacity = form.whole("capacity", required="Enter how many places there are", least=1, most=10_000)
    if form.errors or day is None:
        return None
    return SessionDraft(day, start_time, minutes, capacity, known_id(form, "venue_id"))
