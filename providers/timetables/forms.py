"""The forms of dates: weekly timetables and single ones."""

import re
from datetime import date, timedelta
from typing import Any, Final

from marketplace.kernel import clock
from marketplace.kernel.forms import Form
from providers.offers.queries import Activity
from providers.timetables.commands import SessionDraft
from providers.timetables.rules import BankHolidays, TimetableDraft, Weekday

MOST_EXCEPTIONS: Final = 200

OPTIONS: Final[dict[str, Any]] = {
    "weekdays": [(day.code, day.label) for day in Weekday],
    "interval_weeks": [
        ("1", "Every week"),
        ("2", "Every 2 weeks"),
        ("3", "Every 3 weeks"),
        ("4", "Every 4 weeks"),
    ],
    "bank_holidays": [("off", "No, it is closed then"), ("on", "Yes, it is open then")],
}


def blank(shown: Activity) -> dict[str, Any]:
    """What a new timetable starts with."""
    return {
        "interval_weeks": "1",
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
    codes = {day.code: day for day in Weekday}
    ticked = form.all("weekdays")
    if not ticked or any(code not in codes for code in ticked):
        form.fail("weekdays", "Choose one day of the week or more")
    start_time = form.clock_time("start_time", required="Enter when it starts, like 10:00")
    minutes = _minutes(form)
    starts_on = _day_to_come(form, "starts_on", "Enter the first day, like 24 11 2026")
    ends_on = _day_to_come(form, "ends_on", "Enter the last day, like 31 3 2027")
    interval = form.whole("interval_weeks", required="Choose how often it happens", least=1, most=26)
    holidays = form.choice("bank_holidays", BankHolidays, required="Choose what happens on bank holidays")
    except_on = _dates(form, "except_on")
    capacity = form.whole("capacity", required="Enter how many places there are", least=1, most=10_000)
    if form.errors or starts_on is None or ends_on is None or holidays is None:
        return None
    return TimetableDraft(
        weekdays=frozenset(codes[code] for code in ticked),
        start_time=start_time,
        minutes=minutes,
        starts_on=starts_on,
        ends_on=ends_on,
        interval_weeks=interval,
        except_on=except_on,
        bank_holidays=holidays,
        capacity=capacity,
    )


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
    return SessionDraft(day, start_time, minutes, capacity)
