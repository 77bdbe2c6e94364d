"""Who could act on a day, as it was known on that day (row F4): pure, from an authority and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from marketplace.kernel.clock import from_wall


@dataclass(frozen=True, slots=True)
class Known:
    """From a moment on it was known that an authority ends on a day (the first without), or that it has no end."""

    since: datetime
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """How an authority stood on one day.

    `since` and `until` are moments inside the day when it did not hold for all of it; None where it held from the
    beginning or to the end. `changed_later` says that the record tells another story about that day by now.
    """

    could: bool
    since: datetime | None
    until: datetime | None
    changed_later: bool


def held_on(starts_on: date, known: Sequence[Known], day: date) -> Held:
    """How an authority stood on a day. `known` is in the order of its moments, and has at least one."""
    begins, ends = from_wall(day, time(0)), from_wall(day + timedelta(days=1), time(0))

    def covers(last: date | None) -> bool:
        return starts_on <= day and (last is None or last > day)

    spans = []
    for index, each in enumerate(known):
        over = known[index + 1].since if index + 1 < len(known) else ends
        first, last = max(each.since, begins), min(over, ends)
        if covers(each.ends_on) and first < last:
            spans.append((first, last))
    covered_now = covers(known[-1].ends_on)
    if not spans:
        return Held(could=False, since=None, until=None, changed_later=covered_now)
    since = spans[0][0] if spans[0][0] > begins else None
    until = spans[-1][1] if spans[-1][1] < ends else None
    # Taken back in the middle of the day: the record says the day is without, and that is the same story.
    return Held(could=True, since=since, until=until, changed_later=not covered_now and until is None)
