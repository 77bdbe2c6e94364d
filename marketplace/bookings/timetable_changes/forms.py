"""The form of a change: what is as it is stays, what was typed otherwise changes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from marketplace.bookings.timetable_changes.commands import Asked
from marketplace.bookings.timetable_changes.rules import DateChange, Fate, Movers
from marketplace.kernel import db
from marketplace.kernel.clock import LONDON
from marketplace.kernel.formats import count
from marketplace.kernel.forms import Form
from providers.timetables.changing import Change, Place, Reach, Slot
from providers.timetables.forms import known_id
from providers.timetables.recurrence import Weekday

MOVERS = [
    (
        str(Movers.MOVE),
        "They move with the date",
        "Price and terms stay as agreed. Who cannot is given back at no cost",
    ),
    (str(Movers.OFFER), "They are given back at no cost", "They are told which other dates have places"),
]


async def options_for(slot: Slot, provider_id: UUID) -> dict[str, Any]:
    """The choices of the form for a date."""
    places = await db.fetch_all(
        "SELECT id, name FROM venue WHERE provider_id = $1 ORDER BY name", provider_id
    )
    on = Weekday(slot.starts_at.astimezone(LONDON).weekday())
    return {
        "reach": [(str(reach), reach.label) for reach in Reach],
        "weekday": [("", f"{on.label}, as it is"), *((day.code, day.label) for day in Weekday if day != on)],
        "venue_id": [("", "The activity’s own place"), *((str(row["id"]), row["name"]) for row in places)],
        "movers": MOVERS,
    }


def as_it_is(slot: Slot) -> dict[str, Any]:
    """What the form shows first."""
    hours, minutes = divmod(int((slot.ends_at - slot.starts_at) / timedelta(minutes=1)), 60)
    return {
        "reach": str(Reach.THIS),
        "weekday": "",
        "start_time": f"{slot.starts_at.astimezone(LONDON):%H:%M}",
        "hours": str(hours),
        "extra_minutes": str(minutes),
        "capacity": str(slot.capacity),
        "venue_id": str(slot.venue_id or ""),
        "movers": str(Movers.MOVE),
    }


def read_change(form: Form, slot: Slot) -> Asked | None:
    """The change in a form; notes what is wrong, and is None when something is."""
    reach = (
        form.choice("reach", Reach, required="Choose which dates change") if slot.timetable_id else Reach.THIS
    )
    movers = form.choice("movers", Movers, required="Choose what happens to people who booked")
    change = Change(stop=True) if form.ticked("stop") else _change(form, slot)
    if form.errors or reach is None or movers is None:
        return None
    return Asked((slot.id,), change, reach, movers)


def _change(form: Form, slot: Slot) -> Change:
    codes = {day.code: day for day in Weekday}
    weekday = form.text("weekday")
    if weekday and weekday not in codes:
        form.fail("weekday", "Choose a day from the list")
    at = form.clock_time("start_time", required="Enter when it starts, like 10:00")
    hours = form.whole("hours", required="Enter how many hours it lasts, like 2", most=24)
    extra = form.whole("extra_minutes", required="Enter the minutes, like 30, or 0", most=59)
    capacity = form.whole("capacity", required="Enter how many places there are", least=1, most=10_000)
    venue_id, day = known_id(form, "venue_id"), form.day("day")
    now = slot.starts_at.astimezone(LONDON)
    minutes = hours * 60 + extra
    return Change(
        start_time=at if at != now.time().replace(second=0) else None,
        minutes=minutes if timedelta(minutes=minutes) != slot.ends_at - slot.starts_at else None,
        weekday=codes.get(weekday),
        day=day if day != now.date() else None,
        capacity=capacity if capacity != slot.capacity else None,
        place=Place(venue_id) if venue_id != slot.venue_id else None,
    )


def summary(changes: Sequence[DateChange]) -> list[str]:
    """What happens, in lines."""
    off = sum(each.off for each in changes)
    lines = []
    if changed := len(changes) - off:
        lines.append(f"{count(changed, 'date')} {'changes' if changed == 1 else 'change'}.")
    if off:
        lines.append(f"{count(off, 'date')} {'is' if off == 1 else 'are'} off.")
    words = {
        Fate.KEPT: "kept as it is|kept as they are",
        Fate.MOVED: "moves with its date|move with their dates",
        Fate.ELSEWHERE: "is given back at no cost|are given back at no cost",
    }
    for fate, told in words.items():
        number = sum(len(each.those(fate)) for each in changes)
        if number:
            lines.append(f"{count(number, 'booking')} {told.split('|')[number > 1]}.")
    if not any(each.bookings for each in changes):
        lines.append("Nobody has booked any of them.")
    return lines
