"""Moving published dates by whole weeks, for a demonstration on old data."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from marketplace.directory.imports.records import ImportedActivity, Record
from marketplace.kernel.clock import LONDON, from_wall, london_day


def shift_weeks(earliest: datetime, to: date) -> timedelta:
    """The whole weeks that bring the earliest session to the day `to` (London) or up to six days after it."""
    days = (to - london_day(earliest)).days
    return timedelta(weeks=-(-days // 7))


def shifted(moment: datetime, by: timedelta) -> datetime:
    """The moment whole weeks away at the same London wall time: Monday 19:00 stays Monday 19:00."""
    if by % timedelta(weeks=1):
        raise ValueError(f"{by} is not a whole number of weeks")
    wall = moment.astimezone(LONDON)
    return from_wall((wall + by).date(), wall.time())


def earliest_start(records: tuple[Record, ...]) -> datetime | None:
    """When the first of all sessions starts; None where there are none."""
    starts = (
        session.starts_at
        for record in records
        if isinstance(record, ImportedActivity)
        for session in record.sessions
    )
    return min(starts, default=None)


def shift_activity(activity: ImportedActivity, by: timedelta) -> ImportedActivity:
    """The activity with its sessions moved; each keeps its length in hours, also over a clock change."""
    sessions = []
    for session in activity.sessions:
        starts_at = shifted(session.starts_at, by)
        sessions.append(
            replace(session, starts_at=starts_at, ends_at=starts_at + (session.ends_at - session.starts_at))
        )
    return replace(activity, sessions=tuple(sessions))
